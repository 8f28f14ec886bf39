"""Arguments of the layer: what is augmented in a call, and settings that are refused."""

import numbers
from collections.abc import Mapping

import tensorflow as tf

from ada_tf.errors import UserError

# Images of the same place whose values mean something: they move along and keep their colours.
MOVING_ALONG = ("segmentation_masks", "conditions")


def parts_of(images) -> dict:
    """Name -> float tensor of what is augmented: "images", and perhaps some of `MOVING_ALONG`."""
    if not isinstance(images, Mapping):
        images = {"images": images}
    if "images" not in images:
        raise UserError(
            f"a dictionary with the keys {', '.join(map(repr, images))} is refused: 'images' is "
            f"expected, and perhaps {' or '.join(map(repr, MOVING_ALONG))}."
        )
    names = [name for name in ("images", *MOVING_ALONG) if name in images]
    return {name: _floats(name, images[name]) for name in names}


def with_parts(images, parts: dict):
    """Put augmented parts back into the structure of the argument."""
    return {**images, **parts} if isinstance(images, Mapping) else parts["images"]


def _floats(name, value):
    value = tf.convert_to_tensor(value)
    if not value.dtype.is_floating:
        how = (
            "because what is beyond black and white cannot be kept: give floats, such as "
            "tf.cast(images, tf.float32)"
            if name == "images"
            else "because nothing lies between two classes: give one channel a class, such as "
            "tf.one_hot(masks, classes)"
        )
        raise UserError(f"{name} of type {value.dtype.name} are refused, {how}.")
    return value


def is_probability(value) -> bool:
    return isinstance(value, numbers.Real) and 0.0 <= value <= 1.0


def checked_range(value_range) -> tuple[float, float]:
    """Return (black, white) as floats, or refuse them."""
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
    """Return the place of the channels; None takes that of Keras' configuration."""
    if data_format is None:
        return tf.keras.backend.image_data_format()
    if data_format not in ("channels_last", "channels_first"):
        raise UserError(
            f"data_format={data_format!r} is refused: 'channels_last' or 'channels_first' is "
            "expected, or None for Keras' configuration."
        )
    return data_format


def check_backend():
    """Refuse Keras 3 on anything but TensorFlow; Keras 2 has nothing else."""
    backend = tf.keras.config.backend() if hasattr(tf.keras, "config") else "tensorflow"
    if backend != "tensorflow":
        raise UserError(
            f"AdaptiveAugmentation runs with Keras on TensorFlow, not on {backend!r}: set "
            "KERAS_BACKEND=tensorflow before Keras is imported."
        )
