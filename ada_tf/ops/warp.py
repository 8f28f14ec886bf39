"""Affine warps of images: `warp`, which neither blurs nor aliases much, and the cheaper `warp_bilinear`.

arXiv:2006.06676, Appendix B: pad by reflection, upsample twofold with the orthogonal wavelet filter
`sym6`, resample bilinearly, downsample with the matched filter. Without a transform, upsampling and
downsampling cancel to within rounding. `ada_tf.ops.supersampling` has the tables and matrices.

All of it is linear in the images. Maps that keep rows and columns apart (shifts, stretches, mirror
images, quarter turns) are one small matrix an axis. Only other angles need a look-up of each pixel.
Outside of XLA each image goes the cheapest way; XLA wants fixed shapes and looks up all of them.
"""

import functools

import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.ops import choice
from ada_tf.ops.products import multiply, product
from ada_tf.ops.supersampling import (
    Axis,
    downsample_matrix,
    grid,
    margins,
    neighbours,
    position,
)

# Off-diagonal elements below this are rounding: float32 makes 4e-8 of the cosine of a quarter turn.
# In an image of 1,000 pixels this is a thousandth of a pixel.
_STRAIGHT = 1e-6


def warp(images, matrices):
    """Transform each image by its affine map. Linear in the images, with an exact adjoint.

    Images under the identity come back bit by bit, except under XLA, where they are rounded.

    Args:
        images: float [N, H, W, C] with static H, W and C; H and W of at least 4 pixels.
        matrices: float32 [N, 2, 3], output (x, y, 1) -> input (x, y), with the origin at the centre
            of the image, x to the right and y downwards, in pixels.

    Returns:
        [N, H, W, C]; 0 outside of the reflected image.

    Raises:
        UserError: if the images are too small.
    """
    _, height, width, _ = images.shape
    matrices = tf.stop_gradient(matrices)
    _check_size(height, width, least=4)
    # One margin for the whole batch, that of its farthest image.
    margin = tf.cast(tf.math.ceil(margins(matrices, height, width)), tf.int32)
    y_axis = Axis(height, margin[0], images.dtype)
    x_axis = Axis(width, margin[1], images.dtype)
    if choice.shapes_follow_from_data():
        return _warp_sorted(images, matrices, y_axis, x_axis)
    return _warp_pixels(images, matrices, y_axis, x_axis, interpolate=_sum_by_gather)


def warp_bilinear(images, matrices):
    """Transform each image by its affine map, bilinearly on the reflected image itself.

    Mirror images, quarter turns and shifts by whole pixels are exact. A shift by the fraction f of a
    pixel leaves the part 1 - 2 f (1 - f) (1 - cos w) of the energy at frequency w of an axis. Images
    that shrink alias. Reflection goes on without end. Linear in the images, with an exact adjoint.

    Args:
        images: float [N, H, W, C] with static H, W and C; H and W of at least 2 pixels.
        matrices: float32 [N, 2, 3], as for `warp`.

    Returns:
        [N, H, W, C].

    Raises:
        UserError: if the images are too small.
    """
    _check_size(*images.shape[1:3], least=2)
    matrices = tf.stop_gradient(tf.convert_to_tensor(matrices))
    if not choice.shapes_follow_from_data():
        return _warp_reflected(images, matrices, _sum_by_gather)
    which = tf.where(tf.reduce_any(matrices != tf.eye(2, 3), axis=[1, 2]))  # [K, 1]
    moved = _warp_reflected(_select(images, which), _select(matrices, which), _sum_by_product)
    return tf.tensor_scatter_nd_update(images, which, moved)


def _check_size(height: int, width: int, least: int):
    if min(height, width) < least:
        raise UserError(
            f"images of {height}x{width} pixels are too small to be warped: "
            f"at least {least}x{least} is expected."
        )


# -- each image by the way it needs ------------------------------------------------------------


def _warp_sorted(images, matrices, y_axis: Axis, x_axis: Axis):
    """Warp each image in the cheapest way."""
    turned = functools.partial(_warp_pixels, interpolate=_sum_by_product)
    ways = (_warp_straight, _warp_crosswise, turned)
    for kind, way in zip(_kinds(matrices), ways, strict=True):
        which = tf.where(kind)
        own = way(_select(images, which), _select(matrices, which), y_axis, x_axis)
        images = tf.tensor_scatter_nd_update(images, which, own)
    return images


def _kinds(matrices):
    """Sort images: rows stay rows, rows become columns, and the rest.

    Returns:
        three boolean [N]; images under the identity are in none of them.
    """
    size = tf.abs(matrices[:, :, :2])
    moved = tf.reduce_any(matrices != tf.eye(2, 3), axis=[1, 2])
    straight = tf.maximum(size[:, 0, 1], size[:, 1, 0]) < _STRAIGHT
    crosswise = tf.maximum(size[:, 0, 0], size[:, 1, 1]) < _STRAIGHT
    return moved & straight, crosswise & ~straight, ~straight & ~crosswise


def _select(images, which):
    """Select images by number: [N, ...] and int64 [K, 1], as of `tf.where`, -> [K, ...]."""
    # By pairs (n, 0): the gradient of a gather by single numbers is a sparse one (IndexedSlices),
    # which forward mode (tf.autodiff) cannot go on from.
    pairs = tf.pad(which, [[0, 0], [0, 1]])
    return tf.gather_nd(images[:, tf.newaxis], pairs)


# -- rows and columns apart --------------------------------------------------------------------


def _warp_straight(images, matrices, y_axis: Axis, x_axis: Axis, size=None):
    """Warp images whose rows come from rows and whose columns come from columns."""
    height, width = size or images.shape[1:3]
    down = _resampling_matrices(y_axis, height, matrices[:, 1, 1], matrices[:, 1, 2])
    right = _resampling_matrices(x_axis, width, matrices[:, 0, 0], matrices[:, 0, 2])
    return multiply(multiply(images, down, 1), right, 2)


def _warp_crosswise(images, matrices, y_axis: Axis, x_axis: Axis):
    """Warp images whose rows come from columns and whose columns come from rows."""
    # Transposed images have x and y exchanged, so the rows of the map are, too.
    exchanged = tf.stack([matrices[:, 1], matrices[:, 0]], axis=1)
    turned = tf.transpose(images, [0, 2, 1, 3])
    return _warp_straight(turned, exchanged, x_axis, y_axis, images.shape[1:3])


def _resampling_matrices(axis: Axis, size: int, scale, shift):
    """Pad, upsample, interpolate and downsample along an axis, as one matrix an image.

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
    found = tf.gather(axis.matrix, rows)  # [N, 2, 2 (size + 6), axis.size]
    lines = tf.reduce_sum(found * weight[..., None], axis=1)  # [N, 2 (size + 6), axis.size]
    return product(tf.constant(downsample_matrix(size), axis.dtype), lines)


# -- pixel by pixel ----------------------------------------------------------------------------


def _warp_pixels(images, matrices, y_axis: Axis, x_axis: Axis, interpolate):
    """Warp images [N, H, W, C] by any affine maps [N, 2, 3].

    Args:
        images: as for `warp`.
        matrices: as for `warp`.
        y_axis: of the images, with the margins.
        x_axis: likewise.
        interpolate: `_sum_by_gather` or `_sum_by_product`.

    Returns:
        [N, H, W, C].
    """
    _, height, width, _ = images.shape
    # [N, H, W, C] -> [N, rows of y, rows of x, C]
    stored = multiply(images, x_axis.matrix, 2)
    stored = multiply(stored, y_axis.matrix, 1)
    x, y = _positions(matrices, grid(width)[None, :], grid(height)[:, None], height, width)
    rows, y_weight = neighbours(y_axis, position(y, height))  # [N, 2, 2 (H + 6), 2 (W + 6)]
    columns, x_weight = neighbours(x_axis, position(x, width))
    sampled = _bilinear(stored, rows, columns, y_weight, x_weight, interpolate)
    down_y = tf.constant(downsample_matrix(height), images.dtype)
    down_x = tf.constant(downsample_matrix(width), images.dtype)
    return multiply(multiply(sampled, down_y, 1), down_x, 2)


def _warp_reflected(images, matrices, interpolate):
    """Warp images by any affine maps, without supersampling."""
    height, width = images.shape[1:3]
    u = tf.range(width, dtype=tf.float32) - (width - 1) / 2
    v = tf.range(height, dtype=tf.float32)[:, None] - (height - 1) / 2
    x, y = _positions(matrices, u, v, height, width)
    rows, y_weight = _reflected_neighbours(y, height, images.dtype)  # [N, 2, H, W]
    columns, x_weight = _reflected_neighbours(x, width, images.dtype)
    return _bilinear(images, rows, columns, y_weight, x_weight, interpolate)


def _positions(matrices, u, v, height: int, width: int):
    """Map output coordinates to input pixels, counted from the first: x and y, [N, P, Q] each."""
    m = matrices[:, :, :, None, None]
    x = m[:, 0, 0] * u + m[:, 0, 1] * v + (m[:, 0, 2] + (width - 1) / 2.0)
    y = m[:, 1, 0] * u + m[:, 1, 1] * v + (m[:, 1, 2] + (height - 1) / 2.0)
    return x, y


def _reflected_neighbours(position, size: int, dtype):
    """Pixels on either side of positions [N, H, W], and their weights; both [N, 2, H, W]."""
    period = 2 * (size - 1)  # of the reflected image, whose ends are not repeated
    position = tf.math.floormod(position, float(period))
    before = tf.floor(position)
    pixels = tf.cast(tf.stack([before, before + 1.0], axis=1), tf.int32)
    reflected = size - 1 - tf.abs(tf.math.floormod(pixels, period) - (size - 1))
    weight = tf.cast(position - before, dtype)
    return reflected, tf.stack([1.0 - weight, weight], axis=1)


def _bilinear(image, rows, columns, y_weight, x_weight, interpolate):
    """Interpolate images [N, R, S, C] at the crossings of rows and columns [N, 2, P, Q]."""
    batch, height, width, channels = tf.shape(image)[0], *image.shape[1:]
    # All pixels as one list, whose index takes 31 bits: batches of 2**31 pixels do not fit.
    rows += height * tf.range(batch)[:, None, None, None]  # of all images below each other
    index = rows[:, :, None] * width + columns[:, None]  # [N, 2, 2, P, Q]
    weight = y_weight[:, :, None] * x_weight[:, None]
    return interpolate(tf.reshape(image, [-1, channels]), index, weight)


# Sums of four weighted pixels: [R, C], index and weight [N, 2, 2, P, Q] -> [N, P, Q, C]. Linear in
# the pixels, which alone have a gradient.


def _sum_by_product(pixels, index, weight):
    """Sum up by a product with a sparse matrix, whose derivatives of any order TensorFlow knows."""
    batch, (height, width) = tf.shape(index)[0], index.shape[3:]
    sums = tf.reshape(tf.range(batch * height * width), [batch, 1, 1, height, width])
    places = tf.stack([tf.broadcast_to(sums, tf.shape(index)), index], axis=-1)
    matrix = tf.SparseTensor(
        tf.cast(tf.reshape(places, [-1, 2]), tf.int64),
        tf.reshape(weight, [-1]),
        tf.cast([batch * height * width, tf.shape(pixels)[0]], tf.int64),
    )
    products = tf.sparse.sparse_dense_matmul(matrix, pixels)
    return tf.reshape(products, [-1, height, width, pixels.shape[1]])


@tf.custom_gradient
def _sum_by_gather(pixels, index, weight):
    """Sum up by a gather whose gradient is a scatter: XLA knows no sparse matrices."""
    size = tf.shape(pixels)[0]
    corners = tf.gather(pixels, index)  # one gather, so that its gradient is one scatter
    sums = tf.reduce_sum(corners * weight[..., None], axis=[1, 2])
    return sums, lambda dy: (_scattered(dy, index, weight, size), None, None)


@tf.custom_gradient
def _scattered(values, index, weight, size):
    """Add values [N, P, Q, C] to the four pixels that each came from: [size, C]."""
    corners = values[:, None, None] * weight[..., None]  # [N, 2, 2, P, Q, C]
    total = tf.math.unsorted_segment_sum(corners, index, size)
    return total, lambda dy: (_sum_by_gather(dy, index, weight), None, None, None)
