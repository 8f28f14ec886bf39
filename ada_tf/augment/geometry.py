"""Geometric transforms: one affine map per image, from output to input coordinates.

The origin is the centre of the image, x points right, y down, units are pixels. Every transform is
appended on the right of the inverse map: G <- G @ M (arXiv:2006.06676, Appendix B, Figure 23).
Pixels are square whatever the image is, so that rotations keep distances in all of them.
"""

import math

import tensorflow as tf

from ada_tf.augment.params import AugmentParams

TRANSFORMS = ("xflip", "rotate90", "xint", "scale", "pre_rotate", "aniso", "post_rotate", "xfrac")


class _InverseMap:
    """G as its three columns: where the x and y unit vectors and the origin come from, [N, 2] each.

    Column arithmetic instead of matrix products, because on a GPU those would be rounded to TF32.
    """

    def __init__(self, batch):
        zeros, ones = tf.zeros([batch]), tf.ones([batch])
        self.x = tf.stack([ones, zeros], axis=1)
        self.y = tf.stack([zeros, ones], axis=1)
        self.origin = tf.stack([zeros, zeros], axis=1)

    def scale(self, sx, sy):
        """G <- G @ diag(sx, sy, 1)."""
        self.x, self.y = self.x * sx[:, None], self.y * sy[:, None]

    def rotate(self, angle):
        """G <- G @ R(angle)."""
        cos, sin = tf.cos(angle)[:, None], tf.sin(angle)[:, None]
        self.x, self.y = cos * self.x + sin * self.y, cos * self.y - sin * self.x

    def translate(self, tx, ty):
        """G <- G @ T(tx, ty)."""
        self.origin = self.origin + self.x * tx[:, None] + self.y * ty[:, None]


def inverse_matrices(params: AugmentParams, height: int, width: int):
    """Compose the geometric transforms.

    Args:
        params: the parameters; at least one geometric transform is enabled.
        height: of the images, pixels.
        width: of the images, pixels.

    Returns:
        float32 [N, 2, 3]: output (x, y, 1) -> input (x, y), centred pixel coordinates.
    """
    p = params
    enabled = [v for v in (getattr(params, name) for name in TRANSFORMS) if v is not None]
    g = _InverseMap(enabled[0].shape[0] or tf.shape(enabled[0])[0])
    if p.xflip is not None:
        g.scale(1.0 - 2.0 * p.xflip, tf.ones_like(p.xflip))
    if p.rotate90 is not None:
        g.rotate(p.rotate90 * (math.pi / 2))
    if p.xint is not None:
        g.translate(-tf.round(p.xint[:, 0] * width), -tf.round(p.xint[:, 1] * height))
    if p.scale is not None:
        g.scale(1.0 / p.scale, 1.0 / p.scale)
    if p.pre_rotate is not None:
        g.rotate(p.pre_rotate)
    if p.aniso is not None:
        g.scale(1.0 / p.aniso, p.aniso)
    if p.post_rotate is not None:
        g.rotate(p.post_rotate)
    if p.xfrac is not None:
        g.translate(-p.xfrac[:, 0] * width, -p.xfrac[:, 1] * height)
    return tf.stack([g.x, g.y, g.origin], axis=2)
