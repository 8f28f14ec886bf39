"""The augmentation pipeline of ADA: images and parameters in, augmented images out."""

import tensorflow as tf

from ada_tf.augment import color, diffaugment, geometry
from ada_tf.augment.corruption import add_noise, cut_out
from ada_tf.augment.diffusion import diffuse
from ada_tf.augment.filtering import filter_bands
from ada_tf.augment.params import AugmentParams
from ada_tf.augment.policy import RESAMPLINGS
from ada_tf.channels import has_alpha
from ada_tf.errors import UserError
from ada_tf.ops import random
from ada_tf.ops.warp import warp, warp_bilinear

RESAMPLE = dict(zip(RESAMPLINGS, (warp, warp_bilinear), strict=True))


def check_resample(resample):
    """Refuse what is no way of resampling."""
    if resample not in RESAMPLE:
        raise UserError(f"resample={resample!r} is not known: give one of {', '.join(RESAMPLE)}.")


def _looks_channels_first(shape):
    """No picture is 1, 3 or 4 pixels high and has more channels than a colour."""
    known = shape.rank == 4 and None not in shape[1:]
    return known and shape[1] in (1, 3, 4) and min(shape[2:]) > 4


def check_images(images):
    """Refuse what is not [N, H, W, C] of floats with known sides."""
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


def apply(images, params: AugmentParams, noise=None, resample="supersampled"):
    """Augment a batch: geometry, then colour, filtering, noise and cutout.

    Pure, twice differentiable with respect to the images, and compilable. Only the stages of which
    a transform is enabled are run. With the parameters of p = 0 the image comes back to within the
    rounding of the resampling.

    Args:
        images: float [N, H, W, C] with static H, W and C, black and white at -1 and 1, any number
            of channels; 2 and 4 end in alpha, see `ada_tf.channels`. float16 and bfloat16 are
            computed in float32.
        params: from `sample_params`, for N images; may be applied to several batches.
        noise: None, or [N, H, W, C], N(0, 1) to be used instead of the drawn noise image.
        resample: "supersampled", which neither blurs nor aliases much (arXiv:2006.06676, Appendix B),
            or "bilinear", which blurs what it moves by fractions of a pixel, and costs less.

    Returns:
        [N, H, W, C] in the type of `images`; not clipped.

    Raises:
        UserError: if the images do not fit the transforms: not [N, H, W, C] of floats; smaller
            than 4 pixels with a geometric transform, or than 22 with imgfilter; or if `resample` is
            not known.
    """
    check_resample(resample)
    images = tf.convert_to_tensor(images)
    check_images(images)
    dtype = images.dtype
    x = images if dtype == tf.float64 else tf.cast(images, tf.float32)

    def enabled(*names):
        return any(getattr(params, name) is not None for name in names)

    if enabled(*geometry.TRANSFORMS):
        matrices = geometry.inverse_matrices(params, x.shape[1], x.shape[2])
        x = _on_nothing(lambda x: RESAMPLE[resample](x, matrices), x)
    if enabled(*color.TRANSFORMS):
        x = color.recolor(x, params)
    if enabled(*diffaugment.COLORS):
        x = diffaugment.repaint(x, params)
    if enabled("shift"):
        x = _on_nothing(lambda x: diffaugment.shift(x, params.shift), x)
    if enabled("imgfilter"):
        x = filter_bands(x, params.imgfilter)
    if enabled("noise"):
        if noise is None:
            noise = random.normal(params.noise_seed, tf.shape(x))
        x = add_noise(x, params.noise, noise)
    if enabled("cutout_size"):
        x = _on_nothing(lambda x: cut_out(x, params.cutout_size, params.cutout_center), x)
    if enabled("diffusion"):
        seed = random.fold_in(params.noise_seed, "diffusion")
        x = diffuse(x, params.diffusion, random.normal(seed, tf.shape(x)))
    return tf.cast(x, dtype)


def _on_nothing(transform, x):
    """Apply a transform that puts 0, middle grey, where there is no image: alpha is -1 there."""
    if not has_alpha(x.shape[-1]):
        return transform(x)
    transparent = tf.one_hot(x.shape[-1] - 1, x.shape[-1], dtype=x.dtype)
    return transform(x + transparent) - transparent
