"""Colour transforms: one affine map of (r, g, b) per image (arXiv:2006.06676, Appendix B).

The map of a colour is (r, g, b, 1) -> (r, g, b). Brightness, contrast and the luma flip of grey are its
1x2 case, (v, 1) -> v. Each of several bands is treated as grey: hue and saturation of RGB mix channels,
and a mixture of red and infrared, or of two stains, is no picture that could be. Alpha stays.
"""

import functools
import math

import numpy as np
import tensorflow as tf
from absl import logging

from ada_tf.augment.transform_row import (
    NORMAL,
    UNIFORM,
    Transform,
    choice,
    lognormal,
    normal,
    symmetric,
)
from ada_tf.channels import RGB, are_bands, has_alpha

# Projector on the luma axis v = (1, 1, 1) / sqrt(3), and the cross product with v.
_LUMA = np.full([3, 3], 1.0 / 3.0, np.float32)
_CROSS = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], np.float32) / np.float32(np.sqrt(3.0))
_EYE = np.eye(3, dtype=np.float32)

UNMIXED = (
    "Images of %d bands: hue and saturation are those of RGB and left out; brightness, contrast and luma "
    "flip act on each band as on a grey image."
)


def _product(a, b):
    """[N, 3, 3] @ [N, 3, 4], by elements: on a GPU a matrix product would be rounded to TF32."""
    return tf.reduce_sum(a[:, :, :, None] * b[:, None, :, :], axis=2)


def color_matrices(params):
    """Compose the colour transforms.

    Args:
        params: the `AugmentParams`; at least one colour transform is enabled.

    Returns:
        float32 [N, 3, 4]: (r, g, b, 1) -> (r, g, b). Each transform multiplies on the left.
    """
    m = tf.constant(np.eye(3, 4, dtype=np.float32))[None]  # [1, 3, 4]
    if params.brightness is not None:
        # Into the last column, the offset.
        m += params.brightness[:, None, None] * tf.constant([0.0, 0.0, 0.0, 1.0])
    if params.contrast is not None:
        # Matrix and offset alike: values are scaled about 0, middle grey.
        m *= params.contrast[:, None, None]
    if params.lumaflip is not None:  # mirror image with respect to the plane normal to v
        m = _product(_EYE - 2.0 * _LUMA * params.lumaflip[:, None, None], m)
    if params.hue is not None:  # rotation about v, by Rodrigues' formula
        cos, sin = tf.cos(params.hue)[:, None, None], tf.sin(params.hue)[:, None, None]
        m = _product(cos * _EYE + sin * _CROSS + (1.0 - cos) * _LUMA, m)
    if params.saturation is not None:  # stretch everything that is normal to v
        m = _product(_LUMA + (_EYE - _LUMA) * params.saturation[:, None, None], m)
    return m


def _recolor(images, params):
    """Apply the colour transforms. Values are not clipped.

    The number of channels says what they mean, see `ada_tf.channels`: alpha stays as it is; grey and
    bands have neither hue nor saturation, and for bands a warning says so.

    Args:
        images: [N, H, W, C].
        params: the `AugmentParams`; at least one colour transform is enabled.

    Returns:
        [N, H, W, C].
    """
    channels = images.shape[-1]
    if has_alpha(channels):
        return tf.concat([_recolor(images[..., :-1], params), images[..., -1:]], axis=-1)
    if channels != RGB:
        if are_bands(channels) and not (params.hue is None and params.saturation is None):
            logging.log_first_n(logging.WARNING, UNMIXED, 1, channels)
        return _recolor_each(images, params)
    m = tf.cast(color_matrices(params), images.dtype)[:, None, None]  # [N, 1, 1, 3, 4]
    # Three products by elements: a matrix of 3x3 for each pixel would be TF32 on a GPU.
    mixed = [images[..., c : c + 1] * m[..., c] for c in range(3)]  # [N, H, W, 3] each
    return mixed[0] + mixed[1] + mixed[2] + m[..., 3]


def _recolor_each(images, params):
    """Treat each channel as a grey image: a factor and an offset."""

    def per_image(value, neutral):
        if value is None:
            return tf.constant(neutral, images.dtype)
        return tf.cast(value, images.dtype)[:, None, None, None]

    # In grey the luma axis is all there is: the flip is a factor of -1.
    factor = per_image(params.contrast, 1.0) * (1.0 - 2.0 * per_image(params.lumaflip, 0.0))
    return images * factor + factor * per_image(params.brightness, 0.0)


_row = functools.partial(Transform, stage=lambda images, params, options: _recolor(images, params))
# Strengths: arXiv:2006.06676, Appendix B.
TRANSFORMS = (
    _row(
        name="brightness",
        about="adding N(0, `brightness_std`)",
        strengths={"brightness_std": 0.2},
        distribution=NORMAL,
        formula=normal("brightness_std"),
    ),
    _row(
        name="contrast",
        about="scaling the values by 2**N(0, `contrast_std`)",
        strengths={"contrast_std": 0.5},
        distribution=NORMAL,
        formula=lognormal("contrast_std"),
        neutral=1.0,
    ),
    _row(name="lumaflip", about="inverting the luma", distribution=UNIFORM, formula=choice(2.0)),
    _row(
        name="hue",
        about="rotating the hue by up to `hue_max` times 180 degrees",
        strengths={"hue_max": 1.0},
        distribution=UNIFORM,
        formula=symmetric("hue_max", unit=math.pi),
    ),
    _row(
        name="saturation",
        about="scaling the saturation by 2**N(0, `saturation_std`)",
        strengths={"saturation_std": 1.0},
        distribution=NORMAL,
        formula=lognormal("saturation_std"),
        neutral=1.0,
    ),
)
