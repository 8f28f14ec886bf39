"""Perceptual distances between two pictures, for projection and tuning: LPIPS, lite0 or pixels.

LPIPS of VGG16 is the measure of the papers; its weights are the user's to bring. EfficientNet-Lite0 comes
with the extra `features`. Both see little in pictures of few pixels: there a pyramid of the pixels
themselves is the better measure, see experiments/projection.
"""

import dataclasses
from collections.abc import Callable

import keras
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.inference.picture_distance import pixel_pyramid
from ada_tf.metrics.features import feature_network, lite0, weight_files
from ada_tf.metrics.features.vgg16 import LPIPS_EPSILON
from ada_tf.metrics.path_length import shrink
from ada_tf.ops.pixels import as_rgb
from ada_tf.shape import Shape

_AUTO, LPIPS, _LITE0, _PIXELS = DISTANCES = ("auto", "lpips", "lite0", "pixels")
_NEEDED = {LPIPS: ("vgg16", "lpips"), _LITE0: ("lite0",), _PIXELS: ()}  # weight files
_LEAST_SIDE = 64  # pixels, from which a network is preferred
_LPIPS_SIDE = 16  # pixels, below which VGG16 has nothing left
# Of EfficientNet-Lite0: the last blocks of four sizes, an eighth to a half of what it looks at.
_BLOCKS = (0, 2, 4, 10)


@dataclasses.dataclass(frozen=True)
class Perceptual:
    """A distance.

    Attributes:
        name: of `DISTANCES`.
        title: for people.
        embed: float32 [N, H, W, C] in [-1, 1] -> [N, D]; distances are squared.
    """

    name: str
    title: str
    embed: Callable


def perceptual(
    name: str, shape: Shape, paths=None, cache_dir=None, download=False, log=print
) -> Perceptual:
    """Load a distance between pictures.

    Args:
        name: of `DISTANCES`. "auto" is the one whose weight file is given in `paths`; else "pixels"
            below 64 pixels a side; else the first whose weights are here.
        shape: of the pictures.
        paths: key of `networks.WEIGHT_FILES` -> its file; others are looked for.
        cache_dir: see `feature_network.load_network`.
        download: see `feature_network.load_network`.
        log: see `feature_network.load_network`.

    Raises:
        UserError: there is none of that name, its weights are not here, or pictures are too small.
    """
    if name not in DISTANCES:
        raise UserError(f"distance={name!r:.80} must be one of {', '.join(DISTANCES)}.")
    options = {"paths": paths, "cache_dir": cache_dir, "download": download, "log": log}
    name = _chosen(shape, paths or {}, cache_dir) if name == _AUTO else name
    if name == _PIXELS:
        return Perceptual(name, "a pyramid of pixels", pixel_pyramid)
    if name == _LITE0:
        look = _lite0(**options)
        embed = lambda images: tf.concat([look(images), pixel_pyramid(images)], axis=1)  # noqa: E731
        return Perceptual(name, "EfficientNet-Lite0 and a pyramid of pixels", embed)
    if min(shape.hwc[:2]) < _LPIPS_SIDE:
        raise UserError(
            f"distance={name!r} needs pictures of {_LPIPS_SIDE} pixels a side, where these have"
            f" {shape.size}; give --distance={_PIXELS}."
        )
    model = feature_network.load_perceptual(**options)
    return Perceptual(
        name, "LPIPS of VGG16", lambda images: model(shrink((as_rgb(images) + 1) * 127.5))
    )


def _chosen(shape: Shape, paths, cache_dir) -> str:
    """Choose the distance of "auto" for pictures of a shape."""
    for name, needed in _NEEDED.items():
        if any(paths.get(weights) for weights in needed):
            return name
    if min(shape.hwc[:2]) < _LEAST_SIDE:
        return _PIXELS
    return next(
        name
        for name, needed in _NEEDED.items()
        if all(weight_files.is_here(weights, None, cache_dir) for weights in needed)
    )


def _lite0(paths, cache_dir, download, log):
    """Embed by activations of four blocks, of unit length: float [N, H, W, C] in [-1, 1] -> [N, D].

    As LPIPS does it (arXiv 1801.03924, equation 1), without weights for channels.
    """
    path = (paths or {}).get("lite0")
    found = weight_files.find_weights("lite0", path, cache_dir, download, log)
    model, _ = lite0.load(found.path)
    names = [f"_blocks-{number}-_bn2" for number in _BLOCKS]
    inner = keras.Model(model.input, [model.get_layer(name).output for name in names])

    def embed(images):
        parts = inner((as_rgb(images) + 1) * 127.5, training=False)
        return tf.concat([_unit(part) for part in parts], axis=1)

    return embed


def _unit(x):
    """Scale activations to unit length over channels, and to a mean over places: -> [N, H W C]."""
    _, h, w, c = x.shape
    norm = tf.sqrt(tf.reduce_sum(tf.square(x), axis=-1, keepdims=True) + LPIPS_EPSILON)
    return tf.reshape(x / norm, [-1, h * w * c]) / (h * w) ** 0.5
