"""Checks of what the augmentation layer is built with."""

import tensorflow as tf

from ada_tf.errors import UserError


def checked_range(value_range) -> tuple[float, float]:
    """(black, white), checked."""
    try:
        low, high = (float(value) for value in value_range)
    except (TypeError, ValueError):
        low = high = 0.0
    if not low < high:
        raise UserError(
            f"value_range={value_range} is refused: (black, white) with black < white is "
            "expected, such as (-1, 1)."
        )
    return low, high


def checked_format(data_format) -> str:
    """Where the channels are; None is where Keras' configuration has them."""
    if data_format is None:
        return tf.keras.backend.image_data_format()
    if data_format not in ("channels_last", "channels_first"):
        raise UserError(
            f"data_format={data_format!r} is refused: 'channels_last' or 'channels_first' is "
            "expected, or None for that of Keras' configuration."
        )
    return data_format


def check_backend():
    """Refuse Keras 3 on anything but TensorFlow; Keras 2 knows nothing else."""
    backend = tf.keras.config.backend() if hasattr(tf.keras, "config") else "tensorflow"
    if backend != "tensorflow":
        raise UserError(
            f"AdaptiveAugmentation runs with Keras on TensorFlow, not on {backend!r}: set "
            "KERAS_BACKEND=tensorflow before Keras is imported."
        )
