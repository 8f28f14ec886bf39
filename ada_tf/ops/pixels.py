"""Pixels inside of a graph: floats in [-1, 1] and integers, channels as RGB, means of boxes."""

import tensorflow as tf

from ada_tf.channels import are_bands, has_alpha

# Half of white in each format of stored pictures.
_HALVES = {tf.uint8: 127.5, tf.uint16: 32767.5}


def to_signed(images):
    """Convert images of 8 or 16 bits to float32 in [-1, 1]; floats stay as they are."""
    half = _HALVES.get(images.dtype)
    return images if half is None else tf.cast(images, tf.float32) / half - 1


def to_uint8(images):
    """Convert float images in [-1, 1] to bytes, as `ada_tf.images.to_uint8` does with arrays.

    XLA may multiply and add in one rounding: a value on the border of two bytes may move by one.

    Args:
        images: float32 tensor of any shape.

    Returns:
        uint8 of the same shape.
    """
    # 127.5 x + 127.5 rounded: + 0.5 before a cast that cuts off.
    return tf.cast(tf.clip_by_value(127.5 * images + 128, 0, 255), tf.uint8)


def to_uint16(images):
    """Convert float images in [-1, 1] to 16 bits, as `ada_tf.images.to_uint16`."""
    return tf.cast(tf.clip_by_value(32767.5 * images + 32768, 0, 65535), tf.uint16)


def as_rgb(images):
    """Convert images to RGB, as other people's networks read them; see `ada_tf.images.as_shown`.

    Args:
        images: float [N, H, W, C] in [-1, 1].

    Returns:
        [N, H, W, 3]: alpha laid on white, grey in all of red, green and blue.
    """
    if are_bands(images.shape[-1]):
        return images[..., :3]
    if has_alpha(images.shape[-1]):
        # Alpha from [-1, 1] to [0, 1]; white is 1, so what is transparent becomes 1.
        opacity = tf.clip_by_value((images[..., -1:] + 1) / 2, 0, 1)
        images = 1 + opacity * (images[..., :-1] - 1)
    return tf.repeat(images, 3, axis=-1) if images.shape[-1] == 1 else images


def box_mean(images, factor: int):
    """Average squares of `factor` pixels a side.

    Args:
        images: float [N, H, W, C].
        factor: side of a square in pixels; it divides both sides of the images.

    Returns:
        [N, H / factor, W / factor, C].
    """
    _, h, w, c = images.shape
    boxes = tf.reshape(
        images, [-1, h // factor, factor, w // factor, factor, c]
    )  # y, in y, x, in x
    return tf.reduce_mean(boxes, axis=[2, 4])
