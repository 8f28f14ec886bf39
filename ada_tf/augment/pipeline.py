"""Apply transforms: images and parameters in, augmented images out."""

from collections.abc import Mapping

import tensorflow as tf

from ada_tf.augment.named_policies import RESAMPLINGS
from ada_tf.augment.random_params import AugmentParams, parameter_names
from ada_tf.augment.transform_row import Options
from ada_tf.augment.transforms import TRANSFORMS
from ada_tf.errors import UserError


def apply(images, params: Mapping, noise=None, resample="supersampled"):
    """Augment a batch: geometry, colours, filtering, noise, cutout, then transforms of others.

    Pure, twice differentiable with respect to the images, and compilable. Stages without an enabled
    transform are left out. With the parameters of p = 0 an image comes back to within the rounding of
    the resampling.

    Args:
        images: float [N, H, W, C] with static H, W and C, black and white at -1 and 1, any number
            of channels; 2 and 4 end in alpha, see `ada_tf.channels`. float16 and bfloat16 are
            computed in float32.
        params: from `sample_params`, for N images; may be applied to several batches.
        noise: None, or [N, H, W, C], N(0, 1) in place of the drawn noise image.
        resample: "supersampled", which neither blurs nor aliases much (arXiv:2006.06676, Appendix B),
            or "bilinear", which costs less and blurs shifts by fractions of a pixel.

    Returns:
        [N, H, W, C] in the type of `images`; not clipped.

    Raises:
        UserError: the images do not fit the transforms: not [N, H, W, C] of floats; smaller than 4
            pixels with a geometric transform, or than 22 with imgfilter; a parameter or `resample`
            is not known.
    """
    check_resample(resample)
    params = AugmentParams(params)
    unknown = sorted(params.keys() - parameter_names())
    if unknown:
        raise UserError(f"params has {', '.join(unknown)}, which no transform takes.")
    images = tf.convert_to_tensor(images)
    check_images(images)
    dtype = images.dtype
    # Sums over many pixels, in filters and warps, lose too much in low precision.
    x = images if dtype == tf.float64 else tf.cast(images, tf.float32)
    rows = (row for row in TRANSFORMS.values() if row.parameter in params)
    for stage in dict.fromkeys(row.stage for row in rows):  # each once, in the order of the table
        x = stage(x, params, Options(resample, noise))
    return tf.cast(x, dtype)


def check_resample(resample):
    """Refuse an unknown way of resampling."""
    if resample not in RESAMPLINGS:
        raise UserError(
            f"resample={resample!r} is not known: give one of {', '.join(RESAMPLINGS)}."
        )


def check_images(images):
    """Refuse anything but [N, H, W, C] of floats with known sides."""
    shape = images.shape
    if _looks_channels_first(shape):
        raise UserError(
            f"images of shape {shape} are refused: they look channels-first, and [N, H, W, C] is "
            "expected; transpose them, or give the layer data_format='channels_first'."
        )
    if shape.rank != 4 or None in shape[1:] or not images.dtype.is_floating:
        raise UserError(
            f"images of shape {shape} and type {images.dtype.name} are refused: floats of shape "
            "[N, H, W, C] with fixed H, W and C are expected."
        )


def _looks_channels_first(shape):
    """Tell [N, C, H, W]: no picture is 1, 3 or 4 pixels high and has more channels than colours."""
    known = shape.rank == 4 and None not in shape[1:]
    return known and shape[1] in (1, 3, 4) and min(shape[2:]) > 4


def moves_of(params: AugmentParams) -> AugmentParams:
    """Keep the parameters that move an image; drop those that change its values."""
    moving = [row.parameter for row in TRANSFORMS.values() if row.moves]
    return AugmentParams({name: params[name] for name in moving if name in params})
