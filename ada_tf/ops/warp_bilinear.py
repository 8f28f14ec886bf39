"""The cheap warp: bilinear, on the reflected image itself. It blurs what it moves by fractions."""

import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.ops import choice
from ada_tf.ops.picking import picked
from ada_tf.ops.warp_pixels import gathered, multiplied


def warp_bilinear(images, matrices):
    """Transform each image by its affine map. Linear in the images, with an exact adjoint.

    Mirror images, quarter turns and moves by whole pixels are exact. Between pixels, a shift by the
    fraction f leaves the part 1 - 2 f (1 - f) (1 - cos w) of the energy at frequency w of an axis: at the
    highest, none to all of it, a third on average. Where an image shrinks, frequencies alias. Reflection
    goes on without end.

    Args:
        images: float [N, H, W, C] with static H, W and C; H and W of at least 2 pixels.
        matrices: float32 [N, 2, 3], as `ada_tf.ops.warp.warp` takes them.

    Returns:
        [N, H, W, C].

    Raises:
        UserError: if the images are too small.
    """
    if min(images.shape[1:3]) < 2:
        raise UserError(
            f"images of {images.shape[1]}x{images.shape[2]} pixels are too small to be warped: "
            "at least 2x2 is expected."
        )
    matrices = tf.stop_gradient(tf.convert_to_tensor(matrices))
    if not choice.shapes_follow_from_data():
        return _warp(images, matrices, gathered)
    which = tf.where(tf.reduce_any(matrices != tf.eye(2, 3), axis=[1, 2]))
    moved = _warp(picked(images, which), picked(matrices, which), multiplied)
    return tf.tensor_scatter_nd_update(images, which, moved)


def _warp(images, matrices, interpolate):
    batch, (height, width, channels) = tf.shape(images)[0], images.shape[1:]
    m = matrices[:, :, :, None, None]
    u = tf.range(width, dtype=tf.float32) - (width - 1) / 2
    v = tf.range(height, dtype=tf.float32)[:, None] - (height - 1) / 2
    x = m[:, 0, 0] * u + m[:, 0, 1] * v + (m[:, 0, 2] + (width - 1) / 2)
    y = m[:, 1, 0] * u + m[:, 1, 1] * v + (m[:, 1, 2] + (height - 1) / 2)
    rows, y_weight = _neighbours(y, height, images.dtype)  # [N, 2, H, W]
    columns, x_weight = _neighbours(x, width, images.dtype)
    rows += height * tf.range(batch)[:, None, None, None]  # of all images below each other
    index = rows[:, :, None] * width + columns[:, None]  # [N, 2, 2, H, W]
    weight = y_weight[:, :, None] * x_weight[:, None]
    return interpolate(tf.reshape(images, [-1, channels]), index, weight)


def _neighbours(position, size, dtype):
    """Pixels on either side of positions [N, H, W], and their weights; both [N, 2, H, W]."""
    period = 2 * (size - 1)
    position = tf.math.floormod(position, float(period))  # of the reflected image
    before = tf.floor(position)
    pixels = tf.cast(tf.stack([before, before + 1.0], axis=1), tf.int32)
    reflected = size - 1 - tf.abs(tf.math.floormod(pixels, period) - (size - 1))
    weight = tf.cast(position - before, dtype)
    return reflected, tf.stack([1.0 - weight, weight], axis=1)
