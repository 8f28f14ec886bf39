"""Scores of generators, and copies among their images: of ours, and of any other.

metrics.kid(generator, photos)  # Estimate(value=0.012, error=0.003)
metrics.score("fakes/", "photos/", "kid,pr", features="mobilenet")
"""

import importlib

from ada_tf.door import door
from ada_tf.renames import renamed_names, warn_renamed

_get, __dir__, __all__ = door(__name__)


def _with_pictures(name):
    if name != "Pictures":
        return _get(name)
    # No mere former name: the second argument of images_of is another one.
    warn_renamed("ada_tf.metrics.Pictures", "ada_tf.metrics.images_of", stacklevel=2)
    return importlib.import_module("ada_tf.metrics.images.pictures").images_of_folder


__getattr__ = renamed_names(__name__, otherwise=_with_pictures, Kind="MetricKind")
