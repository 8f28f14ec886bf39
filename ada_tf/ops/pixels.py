"""From floats to bytes inside of a graph."""

import tensorflow as tf


def to_uint8(images):
    """Float images in [-1, 1] to bytes, as `ada_tf.images.to_uint8` does it with arrays.

    XLA may multiply and add in one rounding, which moves a value that lies on the border of two
    bytes by one.

    Args:
        images: float32 tensor of any shape.

    Returns:
        uint8 of the same shape.
    """
    return tf.cast(tf.clip_by_value(127.5 * images + 128, 0, 255), tf.uint8)
