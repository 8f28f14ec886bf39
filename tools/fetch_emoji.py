"""Fetch 3,391 rendered emoji (256x256, transparent ground), a small data set under the MIT licence.

    python tools/fetch_emoji.py --out ~/emoji --skin_tones=false

Needs npm. Nothing is installed: the package is unpacked in a temporary folder and thrown away.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

from absl import app, flags

PACKAGE = "@lobehub/fluent-emoji-3d@1.1.0"
LICENCE = "MIT (as the package declares; drawings from Microsoft's Fluent Emoji)"

# Code points U+1F3FB to U+1F3FF in a file name: the same drawing in another skin tone.
SKIN_TONE = re.compile("1f3f[b-f]")

_OUT = flags.DEFINE_string("out", None, "Folder to write into; new or empty.", required=True)
_SKIN_TONES = flags.DEFINE_bool("skin_tones", True, "Keep the skin tone variants.")


def main(argv) -> None:
    del argv
    out = pathlib.Path(_OUT.value).expanduser()
    if out.exists() and any(out.iterdir()):
        sys.exit(f"--out={out}: must be a new or an empty folder.")
    if shutil.which("npm") is None:
        sys.exit("npm: is needed to fetch the package; install Node.js first.")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        quiet = subprocess.DEVNULL
        subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=work, check=True, stdout=quiet)
        (archive,) = pathlib.Path(work).glob("*.tgz")
        with tarfile.open(archive) as package:
            package.extractall(work, filter="data")
        images = sorted(
            path
            for path in pathlib.Path(work).rglob("*")
            if path.suffix in (".png", ".webp")
            and (_SKIN_TONES.value or not SKIN_TONE.search(path.name))
        )
        for path in images:
            shutil.copy(path, out / path.name)
    print(f"{len(images)} images in {out}, licence: {LICENCE}")


if __name__ == "__main__":
    app.run(main)
