"""Geometric transforms: one affine map per image, from output to input coordinates.

The origin is the centre of the image, x points right, y down, units are pixels. Every transform is
appended on the right of the inverse map: G <- G @ M (arXiv:2006.06676, Appendix B, Figure 23).
Pixels are square in images of any shape, so rotations keep distances in all of them.
"""

import functools
import math

import tensorflow as tf

from ada_tf.augment.named_policies import RESAMPLINGS
from ada_tf.augment.transform_row import (
    NORMAL,
    STILL,
    UNIFORM,
    Options,
    Transform,
    choice,
    lognormal,
    normal,
    on_transparent,
    one_of_two,
    symmetric,
)
from ada_tf.ops.warp import warp, warp_bilinear

_WARPS = dict(zip(RESAMPLINGS, (warp, warp_bilinear), strict=True))


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


def inverse_matrices(params, height: int, width: int):
    """Compose the geometric transforms.

    Args:
        params: the `AugmentParams`; at least one geometric transform is enabled.
        height: of the images, pixels.
        width: of the images, pixels.

    Returns:
        float32 [N, 2, 3]: output (x, y, 1) -> input (x, y), centred pixel coordinates.
    """
    p = params
    first = next(p[row.parameter] for row in TRANSFORMS if row.parameter in p)
    # The order below is that of the paper; each step multiplies the inverse map on the right.
    g = _InverseMap(first.shape[0] or tf.shape(first)[0])
    if p.xflip is not None:
        g.scale(1.0 - 2.0 * p.xflip, tf.ones_like(p.xflip))
    if p.rotate90 is not None:
        g.rotate(p.rotate90 * (math.pi / 2))
    if p.xint is not None:
        # Minus, and 1 / scale below: the map goes from output to input.
        g.translate(-tf.round(p.xint[:, 0] * width), -tf.round(p.xint[:, 1] * height))
    if p.scale is not None:
        g.scale(1.0 / p.scale, 1.0 / p.scale)
    if p.pre_rotate is not None:
        g.rotate(p.pre_rotate)
    if p.aniso is not None:
        g.scale(1.0 / p.aniso, p.aniso)  # the area stays
    if p.post_rotate is not None:
        g.rotate(p.post_rotate)
    if p.xfrac is not None:
        g.translate(-p.xfrac[:, 0] * width, -p.xfrac[:, 1] * height)
    return tf.stack([g.x, g.y, g.origin], axis=2)  # columns of [N, 2, 3]


def warped(images, params, options: Options):
    """Warp images by the product of all geometric transforms, in one resampling."""
    matrices = inverse_matrices(params, *images.shape[1:3])
    return on_transparent(lambda x: _WARPS[options.resample](x, matrices), images)


_row = functools.partial(Transform, stage=warped, moves=True)
# Two rotations with the stretch between them: together they stretch along any axis.
_rotation = functools.partial(
    _row,
    multiplier="rotate",
    strengths={"rotate_max": 1.0},
    formula=symmetric("rotate_max", unit=math.pi),
    probability=one_of_two,
)
# Strengths: arXiv:2006.06676, Appendix B. Angles in radians, counter-clockwise on the screen; shifts to
# the right and downwards, in image sizes.
TRANSFORMS = (
    _row(name="xflip", about="mirror image", distribution=UNIFORM, formula=choice(2.0)),
    _row(
        name="rotate90",
        about="quarter turns, 0 to 3 of them",
        distribution=UNIFORM,
        formula=choice(4.0),
    ),
    _row(
        name="xint",
        about="shift by whole pixels, up to `xint_max` of the image size",
        strengths={"xint_max": 0.125},
        distribution=UNIFORM,
        formula=symmetric("xint_max"),
        values=2,
    ),
    _row(
        name="scale",
        about="scaling by 2**N(0, `scale_std`); above 1 enlarges",
        strengths={"scale_std": 0.2},
        distribution=NORMAL,
        formula=lognormal("scale_std"),
        neutral=1.0,
    ),
    _rotation(
        name="pre_rotate",
        about="rotation by up to `rotate_max` times 180 degrees, before `aniso`",
        distribution=UNIFORM,
    ),
    _row(
        name="aniso",
        about="stretch of the width by 2**N(0, `aniso_std`), and of the height by the inverse",
        strengths={"aniso_std": 0.2},
        distribution=NORMAL,
        formula=lognormal("aniso_std"),
        neutral=1.0,
    ),
    _rotation(
        name="post_rotate",
        about="rotation by up to `rotate_max` times 180 degrees, after `aniso`",
        distribution=STILL,
    ),
    _row(
        name="xfrac",
        about="shift by N(0, `xfrac_std`) image sizes",
        strengths={"xfrac_std": 0.125},
        distribution=NORMAL,
        formula=normal("xfrac_std"),
        values=2,
    ),
)
