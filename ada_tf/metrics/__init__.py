"""Scores of generators, and copies among their images: of ours, and of any other.

metrics.kid(generator, photos)  # Estimate(value=0.012, error=0.003)
metrics.score("fakes/", "photos/", "kid,pr", features="mobilenet")
"""

import importlib
import warnings

from ada_tf.door import door
from ada_tf.renames import renamed_names

_get, __dir__, __all__ = door(__name__)


def _with_pictures(name):
    if name != "Pictures":
        return _get(name)
    warnings.warn(
        "ada_tf.metrics.Pictures is now ada_tf.metrics.images_of, which takes folders and zip files"
        " as well.",
        FutureWarning,
        stacklevel=2,
    )
    return importlib.import_module("ada_tf.metrics.images.pictures").images_of_folder


__getattr__ = renamed_names(__name__, otherwise=_with_pictures, Kind="MetricKind")
