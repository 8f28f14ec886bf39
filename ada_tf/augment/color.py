"""Colour transforms: one affine map of (r, g, b) per image (arXiv:2006.06676, Appendix B).

The map of a colour is (r, g, b, 1) -> (r, g, b). Brightness, contrast and the luma flip of grey are its
1x2 case, (v, 1) -> v. Bands get that, the same for each of them: the luma flip, saturation and hue of
RGB are reflections, stretches and rotations about the axis (1, 1, 1), hence mixtures of channels, and a
mixture of red and infrared, or of two stains, is no picture that could be. Alpha is no colour.
"""

import numpy as np
import tensorflow as tf
from absl import logging

from ada_tf.augment.params import AugmentParams
from ada_tf.channels import RGB, are_bands, has_alpha

TRANSFORMS = ("brightness", "contrast", "lumaflip", "hue", "saturation")

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


def color_matrices(params: AugmentParams):
    """Compose the colour transforms.

    Args:
        params: the parameters; at least one colour transform is enabled.

    Returns:
        float32 [N, 3, 4]: (r, g, b, 1) -> (r, g, b). Each transform multiplies on the left.
    """
    m = tf.constant(np.eye(3, 4, dtype=np.float32))[None]  # [1, 3, 4]
    if params.brightness is not None:
        m += params.brightness[:, None, None] * tf.constant([0.0, 0.0, 0.0, 1.0])
    if params.contrast is not None:
        m *= params.contrast[:, None, None]
    if params.lumaflip is not None:  # mirror image with respect to the plane normal to v
        m = _product(_EYE - 2.0 * _LUMA * params.lumaflip[:, None, None], m)
    if params.hue is not None:  # rotation about v, by Rodrigues' formula
        cos, sin = tf.cos(params.hue)[:, None, None], tf.sin(params.hue)[:, None, None]
        m = _product(cos * _EYE + sin * _CROSS + (1.0 - cos) * _LUMA, m)
    if params.saturation is not None:  # stretch everything that is normal to v
        m = _product(_LUMA + (_EYE - _LUMA) * params.saturation[:, None, None], m)
    return m


def recolor(images, params: AugmentParams):
    """Apply the colour transforms. Values are not clipped.

    What the channels mean follows from their number, see `ada_tf.channels`: alpha stays as it is; grey
    and bands have neither hue nor saturation, and of bands a warning says so.

    Args:
        images: [N, H, W, C].
        params: the parameters; at least one colour transform is enabled.

    Returns:
        [N, H, W, C].
    """
    channels = images.shape[-1]
    if has_alpha(channels):
        return tf.concat([recolor(images[..., :-1], params), images[..., -1:]], axis=-1)
    if channels != RGB:
        if are_bands(channels) and not (params.hue is None and params.saturation is None):
            logging.log_first_n(logging.WARNING, UNMIXED, 1, channels)
        return _recolor_each(images, params)
    m = tf.cast(color_matrices(params), images.dtype)[:, None, None]  # [N, 1, 1, 3, 4]
    mixed = [images[..., c : c + 1] * m[..., c] for c in range(3)]  # [N, H, W, 3] each
    return mixed[0] + mixed[1] + mixed[2] + m[..., 3]


def _recolor_each(images, params: AugmentParams):
    """Apply what grey images have to each channel: a factor and an offset."""

    def per_image(value, neutral):
        if value is None:
            return tf.constant(neutral, images.dtype)
        return tf.cast(value, images.dtype)[:, None, None, None]

    factor = per_image(params.contrast, 1.0) * (1.0 - 2.0 * per_image(params.lumaflip, 0.0))
    return images * factor + factor * per_image(params.brightness, 0.0)
