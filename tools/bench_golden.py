"""Run the golden tests on the card, float32 without TF32, and say what they tolerate.

    python tools/bench_golden.py
    python tools/bench_golden.py --tests=test_ema,test_modconv --json=out.json
    python tools/bench_golden.py --compiled            # those that go through XLA, minutes for each

Of each file of tests/golden: how many tests passed and failed, and its tolerances. Ends with code 1
if one failed.
"""

import ast
import os
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

from _bench import device_name, write_json
from absl import flags

from ada_tf.cli import _program
from ada_tf.errors import UserError

FLAGS = flags.FLAGS
flags.DEFINE_boolean(
    "compiled", None, "Only tests that XLA compiles, or --nocompiled; default both."
)
FOLDER = pathlib.Path(__file__).resolve().parents[1] / "tests" / "golden"
flags.DEFINE_list("tests", None, "Files of tests/golden, without .py; default all.")


def tolerances(source: str) -> list[str]:
    """Of a test's source, the assignments to names of tolerances, and those that stand in its calls."""
    tree = ast.parse(source)
    named = [
        ast.unparse(node)
        for node in tree.body
        if isinstance(node, ast.Assign) and "TOL" in ast.unparse(node.targets[0])
    ]
    literal = {
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword)
        and node.arg in ("atol", "rtol", "abs", "rel")
        and isinstance(node.value, ast.Constant)
        and node.value.value  # 0 says that the other one decides
    }
    return named + sorted(literal)


def run_tests(names: list[str], report: pathlib.Path) -> None:
    """Run files of tests and have pytest write its report."""
    # Without setup.cfg: its settings need plugins, and a warning of a new driver is no wrong number.
    bare = ["-c", os.devnull, f"--rootdir={FOLDER.parents[1]}", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *bare, "-v", "--tb=short", f"--junitxml={report}"]
    if FLAGS.compiled is not None:
        command += ["-k", "compiled" if FLAGS.compiled else "not compiled"]
    # tests/conftest.py has XLA improve nothing, unless flags are given: on a card, all that it does is meant.
    environment = {"XLA_FLAGS": "", **os.environ}
    files = [str(FOLDER / f"{name}.py") for name in names]
    subprocess.run([*command, *files], cwd=FOLDER, env=environment)
    if not report.exists():
        sys.exit("pytest did not end.")


def read_report(text: str) -> tuple[dict[str, dict[str, int]], dict[str, str]]:
    """(file -> its numbers of passed and failed tests, failed test -> why), of pytest's report."""
    counts, failures = {}, {}
    for case in ElementTree.fromstring(text).iter("testcase"):
        # A file that cannot be imported is a case without a class, named after its module.
        module = (case.get("classname") or case.get("name")).rpartition(".")[2]
        count = counts.setdefault(module, {"passed": 0, "failed": 0})
        problems = [*case.iter("failure"), *case.iter("error")]
        count["failed" if problems else "passed"] += 1
        if problems:
            why = " ".join((problems[0].get("message") or "").split())
            failures[f"{module}::{case.get('name')}"] = why[:300]
    return counts, failures


def main(argv):
    """Flags to figures."""
    known = sorted(path.stem for path in FOLDER.glob("test_*.py"))
    names = FLAGS.tests or known
    for name in names:
        if name not in known:
            raise UserError(f"tests={name!r} must be of {', '.join(known)}.")
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report.xml"
        run_tests(names, report)
        counts, failures = read_report(report.read_text())
    golden = {
        name: {**count, "tolerances": tolerances((FOLDER / f"{name}.py").read_text())}
        for name, count in counts.items()
    }
    write_json({"device": device_name(), "golden": golden, "failures": failures})
    if failures:
        sys.exit(1)


if __name__ == "__main__":
    _program.run_tool(main)
