"""Colour transforms: one affine map of (r, g, b) per image (arXiv:2006.06676, Appendix B)."""

import numpy as np
import tensorflow as tf

from ada_tf.augment.params import AugmentParams
from ada_tf.errors import UserError

TRANSFORMS = ("brightness", "contrast", "lumaflip", "hue", "saturation")

# Projector on the luma axis v = (1, 1, 1) / sqrt(3), and the cross product with v.
_LUMA = np.full([3, 3], 1.0 / 3.0, np.float32)
_CROSS = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], np.float32) / np.float32(np.sqrt(3.0))
_EYE = np.eye(3, dtype=np.float32)


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

    Args:
        images: [N, H, W, C], C = 3, or C = 1: then the mean over the channels is what happens, and
            hue and saturation do nothing.
        params: the parameters; at least one colour transform is enabled.

    Returns:
        [N, H, W, C].

    Raises:
        UserError: if C is neither 1 nor 3.
    """
    channels = images.shape[-1]
    if channels not in (1, 3):
        raise UserError(
            f"images have {channels} channels, but colour transforms are defined for 1 or 3: "
            "take a policy without them, such as 'bg'."
        )
    if channels == 1:
        params = params._replace(hue=None, saturation=None)
        if all(getattr(params, name) is None for name in TRANSFORMS):
            return images
    m = tf.cast(color_matrices(params), images.dtype)
    if channels == 1:
        gain = tf.reduce_sum(m[:, :, :3], axis=[1, 2]) / 3.0
        bias = tf.reduce_mean(m[:, :, 3], axis=1)
        return images * gain[:, None, None, None] + bias[:, None, None, None]
    m = m[:, None, None]  # [N, 1, 1, 3, 4]
    mixed = [images[..., c : c + 1] * m[..., c] for c in range(3)]  # [N, H, W, 3] each
    return mixed[0] + mixed[1] + mixed[2] + m[..., 3]
