"""Resizing of images to the side of a feature network; each network has its own way, which decides scores.

A way is a function (float32 [N, H, W, C], side) -> float32 [N, side, side, C].
"""

import tensorflow as tf


def tf1_bilinear(x, side: int):
    """Resize as TensorFlow 1 and torch-fidelity do: bilinear without half-pixel centres.

    Output pixel i looks at i * H / side, so images shift by a fraction of a pixel, and nothing is
    smoothed before shrinking.
    """
    return tf.raw_ops.ResizeBilinear(
        images=x, size=[side, side], align_corners=False, half_pixel_centers=False
    )


def bilinear(x, side: int, antialias: bool = True):
    """Bilinear, smoothed where it shrinks if `antialias`."""
    return tf.image.resize(x, [side, side], antialias=antialias)


def bicubic(x, side: int, antialias: bool = True):
    """Bicubic (a = -1/2), smoothed where it shrinks if `antialias`: Pillow's then, in float."""
    return tf.image.resize(x, [side, side], "bicubic", antialias=antialias)


def clean_bicubic(x, side: int):
    """Bicubic as of clean-fid (arXiv 2104.11222): Pillow's in float, back within 0 to 255."""
    return tf.clip_by_value(bicubic(x, side), 0, 255)


def area(x, side: int):
    """The mean of the pixels below each output pixel; where it enlarges, the nearest one."""
    return tf.image.resize(x, [side, side], "area")
