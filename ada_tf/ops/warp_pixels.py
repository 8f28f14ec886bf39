"""Warps that look up each pixel by itself: any affine map."""

import tensorflow as tf

from ada_tf.ops.supersampling import (
    Axis,
    downsample_matrix,
    grid,
    multiply,
    neighbours,
    position,
)


def warp_pixels(images, matrices, y_axis: Axis, x_axis: Axis, interpolate):
    """Warp images [N, H, W, C] by any affine maps [N, 2, 3].

    Args:
        images: as `ada_tf.ops.warp.warp` takes them.
        matrices: the same.
        y_axis: of the images, with the margins.
        x_axis: the same.
        interpolate: `gathered` or `multiplied`.

    Returns:
        [N, H, W, C].
    """
    _, height, width, _ = images.shape
    # [N, H, W, C] -> [N, rows of y, rows of x, C]
    stored = multiply(images, x_axis.matrix, 2)
    stored = multiply(stored, y_axis.matrix, 1)

    m = matrices[:, :, :, None, None]
    u, v = grid(width)[None, None, :], grid(height)[None, :, None]
    x = position(m[:, 0, 0] * u + m[:, 0, 1] * v + (m[:, 0, 2] + (width - 1) / 2.0), width)
    y = position(m[:, 1, 0] * u + m[:, 1, 1] * v + (m[:, 1, 2] + (height - 1) / 2.0), height)
    sampled = _bilinear(stored, y_axis, x_axis, y, x, interpolate)  # [N, 2 (H + 6), 2 (W + 6), C]

    down_y = tf.constant(downsample_matrix(height), images.dtype)
    down_x = tf.constant(downsample_matrix(width), images.dtype)
    return multiply(multiply(sampled, down_y, 1), down_x, 2)


def _bilinear(image, y_axis: Axis, x_axis: Axis, y, x, interpolate):
    """Interpolate the stored image [N, R, S, C] at positions y and x [N, P, Q]: [N, P, Q, C]."""
    batch, height, width, channels = tf.shape(image)[0], *image.shape[1:]
    rows, y_weight = neighbours(y_axis, y)
    columns, x_weight = neighbours(x_axis, x)
    rows += height * tf.range(batch)[:, None, None, None]  # of all images below each other
    index = rows[:, :, None] * width + columns[:, None]  # [N, 2, 2, P, Q]
    weight = y_weight[:, :, None] * x_weight[:, None]
    return interpolate(tf.reshape(image, [-1, channels]), index, weight)


# Sums of four weighted pixels: [R, C], index and weight [N, 2, 2, P, Q] -> [N, P, Q, C]. Linear in
# the pixels, which alone have a gradient.


def multiplied(pixels, index, weight):
    """The sums as a product with a sparse matrix, of which TensorFlow knows all derivatives."""
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
def gathered(pixels, index, weight):
    """The sums as XLA, which knows no sparse matrices, does them best: by a gather and a scatter."""
    size = tf.shape(pixels)[0]
    corners = tf.gather(pixels, index)  # one gather, so that its gradient is one scatter
    sums = tf.reduce_sum(corners * weight[..., None], axis=[1, 2])
    return sums, lambda dy: (_spread(dy, index, weight, size), None, None)


@tf.custom_gradient
def _spread(values, index, weight, size):
    """Add values [N, P, Q, C] to the four pixels that each came from: [size, C]."""
    corners = values[:, None, None] * weight[..., None]  # [N, 2, 2, P, Q, C]
    total = tf.math.unsorted_segment_sum(corners, index, size)
    return total, lambda dy: (gathered(dy, index, weight), None, None, None)
