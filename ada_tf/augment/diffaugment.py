"""The transforms of DiffAugment that ADA does not have (arXiv:2006.10738, Section 3.2 and its code).

Brightness, saturation and contrast of U(-1/2, 1/2), U(0, 2) and U(1/2, 3/2), the two factors about the
mean of a pixel's channels and of the image; and a translation that leaves nothing behind. Its cutout
is that of ADA. Moves by whole pixels alone: no image is resampled.
"""

import tensorflow as tf

from ada_tf.augment.params import AugmentParams
from ada_tf.channels import has_alpha

COLORS = ("shade", "vivid", "tone")


def repaint(images, params: AugmentParams):
    """Apply the colour transforms; alpha stays as it is.

    Args:
        images: [N, H, W, C].
        params: the parameters.

    Returns:
        [N, H, W, C], not clipped.
    """
    if has_alpha(images.shape[-1]):
        return tf.concat([repaint(images[..., :-1], params), images[..., -1:]], axis=-1)

    def per_image(value):
        return tf.cast(value, images.dtype)[:, None, None, None]

    x = images
    if params.shade is not None:
        x = x + per_image(params.shade)
    if params.vivid is not None:
        x = about(tf.reduce_mean(x, axis=3, keepdims=True), x, per_image(params.vivid))
    if params.tone is not None:
        x = about(tf.reduce_mean(x, axis=[1, 2, 3], keepdims=True), x, per_image(params.tone))
    return x


def about(middle, x, factor):
    """Stretch the distance from a middle."""
    return middle + (x - middle) * factor


def shift(images, amount):
    """Move images by whole pixels; where there was none, 0 comes in, the middle grey.

    Args:
        images: [N, H, W, C].
        amount: [N, 2], to the right and downwards in image sizes; rounded to whole pixels.

    Returns:
        [N, H, W, C].
    """
    for axis, shares in ((1, amount[:, 1]), (2, amount[:, 0])):
        images = _shift_along(images, axis, shares)
    return images


def _shift_along(images, axis, shares):
    length = images.shape[axis]
    pixels = tf.cast(tf.round(shares * length), tf.int32)
    source = tf.range(length)[None] - pixels[:, None]  # [N, length]
    inside = tf.cast((source >= 0) & (source < length), images.dtype)
    if axis == 2:
        images = tf.transpose(images, [0, 2, 1, 3])
    moved = tf.gather(images, tf.clip_by_value(source, 0, length - 1), axis=1, batch_dims=1)
    moved = moved * inside[:, :, None, None]
    return tf.transpose(moved, [0, 2, 1, 3]) if axis == 2 else moved
