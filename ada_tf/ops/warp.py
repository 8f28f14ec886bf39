"""Affine warps that neither blur nor alias much: on a 2x supersampled, reflected image.

arXiv:2006.06676, Appendix B: pad by reflection, upsample twofold with the orthogonal wavelet filter
`sym6`, resample bilinearly, downsample with the matched filter. Without a transform, upsampling and
downsampling cancel to within rounding.

All of that is linear. If the map keeps rows and columns apart (moves, stretches, mirror images and
quarter turns), it is one matrix an axis, made in the time of a few rows; only what is turned by other
angles has to be looked up pixel by pixel. Images are sorted by it wherever shapes may follow from
data; XLA looks all of them up.
"""

import functools

import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.ops import choice
from ada_tf.ops.picking import picked
from ada_tf.ops.supersampling import (
    FILTER,
    Axis,
    downsample_matrix,
    grid,
    margins,
    multiply,
    neighbours,
    position,
)
from ada_tf.ops.warp_pixels import gathered, multiplied, warp_pixels

__all__ = ["FILTER", "margins", "warp"]

# What float32 makes of the cosine of a quarter turn is below; of an image of 1,000 pixels that is
# a thousandth of a pixel.
STRAIGHT = 1e-6


# -- rows and columns apart --------------------------------------------------------------------


def _resampling_matrices(axis: Axis, size: int, scale, shift):
    """Pad, upsample, interpolate and downsample along an axis.

    Args:
        axis: of the input.
        size: of the output, pixels.
        scale: [N], input pixels an output pixel.
        shift: [N], of the centre.

    Returns:
        [N, size, axis.size].
    """
    offset = scale[:, None] * grid(size) + (shift[:, None] + (axis.size - 1) / 2)
    rows, weight = neighbours(axis, position(offset, axis.size))  # [N, 2, 2 (size + 6)]
    found = tf.gather(axis.matrix, rows)
    lines = tf.reduce_sum(found * weight[..., None], axis=1)  # [N, 2 (size + 6), axis.size]
    return tf.matmul(tf.constant(downsample_matrix(size), axis.dtype), lines)


def _warp_straight(images, matrices, y_axis: Axis, x_axis: Axis, size=None):
    """Warp images of which each row comes from rows, and each column from columns."""
    height, width = size or images.shape[1:3]
    down = _resampling_matrices(y_axis, height, matrices[:, 1, 1], matrices[:, 1, 2])
    right = _resampling_matrices(x_axis, width, matrices[:, 0, 0], matrices[:, 0, 2])
    return multiply(multiply(images, down, 1), right, 2)


def _warp_crosswise(images, matrices, y_axis: Axis, x_axis: Axis):
    """Warp images of which each row comes from columns, and each column from rows."""
    exchanged = tf.stack([matrices[:, 1], matrices[:, 0]], axis=1)
    turned = tf.transpose(images, [0, 2, 1, 3])
    return _warp_straight(turned, exchanged, x_axis, y_axis, images.shape[1:3])


# -- each image by what it needs ---------------------------------------------------------------


def _kinds(matrices):
    """Which images change but keep rows and columns apart, which exchange both, and the rest.

    Returns:
        three boolean [N]; in none of them are the images that stay as they are.
    """
    size = tf.abs(matrices[:, :, :2])
    moved = tf.reduce_any(matrices != tf.eye(2, 3), axis=[1, 2])
    straight = tf.maximum(size[:, 0, 1], size[:, 1, 0]) < STRAIGHT
    crosswise = tf.maximum(size[:, 0, 0], size[:, 1, 1]) < STRAIGHT
    return moved & straight, crosswise & ~straight, ~straight & ~crosswise


def _warp_sorted(images, matrices, y_axis: Axis, x_axis: Axis):
    """Warp each image in the cheapest way."""
    turned = functools.partial(warp_pixels, interpolate=multiplied)
    ways = (_warp_straight, _warp_crosswise, turned)
    for kind, way in zip(_kinds(matrices), ways, strict=True):
        which = tf.where(kind)
        own = way(picked(images, which), picked(matrices, which), y_axis, x_axis)
        images = tf.tensor_scatter_nd_update(images, which, own)
    return images


def warp(images, matrices):
    """Transform each image by its affine map. Linear in the images, with an exact adjoint.

    Images that stay as they are come back as they are, except under XLA, where they are rounded.

    Args:
        images: float [N, H, W, C] with static H, W and C; H and W of at least 4 pixels.
        matrices: float32 [N, 2, 3], output (x, y, 1) -> input (x, y), with the origin at the centre
            of the image, x to the right and y downwards, in pixels.

    Returns:
        [N, H, W, C]; outside of the reflected image is 0.

    Raises:
        UserError: if the images are too small.
    """
    _, height, width, _ = images.shape
    matrices = tf.stop_gradient(matrices)
    if min(height, width) < 4:
        raise UserError(
            f"images of {height}x{width} pixels are too small to be warped: "
            "at least 4x4 is expected."
        )
    margin = tf.cast(tf.math.ceil(margins(matrices, height, width)), tf.int32)
    y_axis = Axis(height, margin[0], images.dtype)
    x_axis = Axis(width, margin[1], images.dtype)
    if choice.shapes_follow_from_data():
        return _warp_sorted(images, matrices, y_axis, x_axis)
    return warp_pixels(images, matrices, y_axis, x_axis, interpolate=gathered)
