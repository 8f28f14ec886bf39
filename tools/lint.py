"""Run ruff with the settings of setup.cfg: `python tools/lint.py` checks, `python tools/lint.py --fix` mends."""

import configparser
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main(fix: bool) -> int:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    lint = config["lint"]
    shared = ["--line-length", lint["line-length"]]
    target = ["--target-version", lint["target-version"]]
    ruff = [sys.executable, "-m", "ruff"]
    check = [
        *ruff,
        "check",
        ".",
        *shared,
        *target,
        "--select",
        lint["select"],
        "--ignore",
        lint["ignore"],
    ]
    layout = [*ruff, "format", ".", *shared, *target]
    check, layout = (check + ["--fix"], layout) if fix else (check, layout + ["--check"])
    codes = [
        subprocess.run(command, cwd=ROOT, check=False).returncode for command in (check, layout)
    ]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(fix="--fix" in sys.argv[1:]))
