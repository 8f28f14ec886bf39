"""Transforms of DiffAugment that ADA lacks (arXiv:2006.10738, Section 3.2 and its code).

Brightness, saturation and contrast by U(-1/2, 1/2), U(0, 2) and U(1/2, 3/2). The two factors stretch
about the mean of a pixel's channels and about the mean of the image. A shift by whole pixels leaves
grey behind; no image is resampled. Cutout is the row of ADA, see `noise`.
"""

import functools

import tensorflow as tf

from ada_tf.augment.transform_row import UNIFORM, Transform, on_transparent, symmetric
from ada_tf.channels import has_alpha


def repaint(images, params):
    """Apply the colour transforms; alpha stays as it is.

    Args:
        images: [N, H, W, C].
        params: the `AugmentParams`.

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
        x = _stretch(tf.reduce_mean(x, axis=3, keepdims=True), x, per_image(params.vivid))
    if params.tone is not None:
        x = _stretch(tf.reduce_mean(x, axis=[1, 2, 3], keepdims=True), x, per_image(params.tone))
    return x


def _stretch(middle, x, factor):
    """Stretch the distance from a middle."""
    return middle + (x - middle) * factor


def shift(images, amount):
    """Move images by whole pixels; 0, the middle grey, comes in from outside.

    Args:
        images: [N, H, W, C].
        amount: [N, 2], to the right and downwards in image sizes; rounded to whole pixels.

    Returns:
        [N, H, W, C].
    """
    # Axis by axis: a shift along one does not disturb the other.
    for axis, shares in ((1, amount[:, 1]), (2, amount[:, 0])):
        images = _shift_along(images, axis, shares)
    return images


def _shift_along(images, axis, shares):
    length = images.shape[axis]
    pixels = tf.cast(tf.round(shares * length), tf.int32)
    # Output pixel i comes from i - shift; what lies outside is read at the border, times 0.
    source = tf.range(length)[None] - pixels[:, None]  # [N, length]
    inside = tf.cast((source >= 0) & (source < length), images.dtype)
    # A gather with one index list an image wants the axis right behind the batch.
    if axis == 2:
        images = tf.transpose(images, [0, 2, 1, 3])
    moved = tf.gather(images, tf.clip_by_value(source, 0, length - 1), axis=1, batch_dims=1)
    moved = moved * inside[:, :, None, None]
    return tf.transpose(moved, [0, 2, 1, 3]) if axis == 2 else moved


_color = functools.partial(
    Transform, stage=lambda images, params, options: repaint(images, params), distribution=UNIFORM
)
TRANSFORMS = (
    _color(
        name="shade",
        about="adding up to `shade_max`",
        strengths={"shade_max": 0.5},
        formula=symmetric("shade_max"),
    ),
    _color(
        name="vivid",
        about="stretching the colours of a pixel about their mean by 1 +- `vivid_max`",
        strengths={"vivid_max": 1.0},
        formula=symmetric("vivid_max", middle=1.0),
        neutral=1.0,
    ),
    _color(
        name="tone",
        about="stretching the values of an image about their mean by 1 +- `tone_max`",
        strengths={"tone_max": 0.5},
        formula=symmetric("tone_max", middle=1.0),
        neutral=1.0,
    ),
    Transform(
        name="shift",
        about="shift by whole pixels, up to `shift_max` of the image size, with grey behind",
        strengths={"shift_max": 0.125},
        distribution=UNIFORM,
        formula=symmetric("shift_max"),
        stage=lambda images, params, options: on_transparent(
            lambda x: shift(x, params.shift), images
        ),
        values=2,
        moves=True,
    ),
)
