"""Images and what belongs to them: label maps and conditions move along, labels stay.

As Keras' own layers do, the augmentation takes a dictionary: {"images": ..., "segmentation_masks": ...}.
"""

from collections.abc import Mapping

import tensorflow as tf

from ada_tf.errors import UserError

# Pictures of the same place, of which the colours mean something.
MOVING_ALONG = ("segmentation_masks", "conditions")


def images_of(images):
    """The images themselves, of the argument of the layer.

    Raises:
        UserError: if there are none in a dictionary.
    """
    if not isinstance(images, Mapping):
        return images
    if "images" not in images:
        raise UserError(
            f"a dictionary with the keys {', '.join(map(repr, images))} is refused: 'images' is "
            f"expected, and perhaps {' or '.join(map(repr, MOVING_ALONG))}."
        )
    return images["images"]


def parts_of(images) -> dict:
    """What is augmented of the argument of the layer.

    Args:
        images: [N, H, W, C], or a dictionary with "images", see `images_of`, and perhaps some of `MOVING_ALONG`.

    Returns:
        Name -> float tensor; what else a dictionary has is left out.

    Raises:
        UserError: if a part is not of floats.
    """
    if not isinstance(images, Mapping):
        images = {"images": images}
    names = [name for name in ("images", *MOVING_ALONG) if name in images]
    return {name: _floats(name, images[name]) for name in names}


def with_parts(images, parts: dict):
    """The argument of the layer, with other parts."""
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
