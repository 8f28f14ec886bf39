"""Colour transforms: one affine map of (r, g, b) per image (arXiv:2006.06676, Appendix B)."""

import numpy as np
import tensorflow as tf
from absl import logging

from ada_tf.augment.params import AugmentParams

TRANSFORMS = ("brightness", "contrast", "lumaflip", "hue", "saturation")

# Projector on the luma axis v = (1, 1, 1) / sqrt(3), and the cross product with v.
_LUMA = np.full([3, 3], 1.0 / 3.0, np.float32)
_CROSS = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], np.float32) / np.float32(np.sqrt(3.0))
_EYE = np.eye(3, dtype=np.float32)

NO_HUE = (
    "Images of %d channels: hue is defined for 3 channels and left out; brightness, contrast, luma "
    "flip and saturation act on the mean over all channels and on the distance from it."
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

    Brightness, contrast, luma flip and saturation are defined for any number of channels, with the
    mean over the channels as luma. Hue is a rotation about the luma axis and needs three; it does
    nothing to other images, and a warning says so. Grey images have no saturation either.

    Args:
        images: [N, H, W, C].
        params: the parameters; at least one colour transform is enabled.

    Returns:
        [N, H, W, C].
    """
    channels = images.shape[-1]
    if channels != 3:
        if channels != 1 and params.hue is not None:
            logging.log_first_n(logging.WARNING, NO_HUE, 1, channels)
        return _recolor_along_luma(images, params)
    m = tf.cast(color_matrices(params), images.dtype)[:, None, None]  # [N, 1, 1, 3, 4]
    mixed = [images[..., c : c + 1] * m[..., c] for c in range(3)]  # [N, H, W, 3] each
    return mixed[0] + mixed[1] + mixed[2] + m[..., 3]


def _recolor_along_luma(images, params: AugmentParams):
    """Apply all but hue: they map luma and the distance from it, each by a factor and an offset."""

    def per_image(value, neutral):
        if value is None:
            return tf.constant(neutral, images.dtype)
        return tf.cast(value, images.dtype)[:, None, None, None]

    contrast = per_image(params.contrast, 1.0)
    to_luma = contrast * (1.0 - 2.0 * per_image(params.lumaflip, 0.0))
    offset = to_luma * per_image(params.brightness, 0.0)
    if images.shape[-1] == 1:  # nothing but luma
        return images * to_luma + offset
    luma = tf.reduce_mean(images, axis=-1, keepdims=True)
    from_luma = contrast * per_image(params.saturation, 1.0)
    return (images - luma) * from_luma + (luma * to_luma + offset)
