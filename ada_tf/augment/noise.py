"""Noise, cutout, and noise that grows with p.

White noise and cutout are those of ADA (arXiv:2006.06676, Appendix B). The noise that grows with p is a
forward diffusion (Diffusion-GAN, arXiv:2206.02262, Section 3.2 and Appendix):

    a chain has T steps, from T = 10 at p = 0 to T = 1000 at p = 1;
    variances rise evenly along it, from 1e-4 to 2e-2;
    half of the images stay as they are; the others take step t with P(t) proportional to t.

Diffusion-GAN also tells the discriminator t, beside the label. This noise does not: it is a transform like
others, and what it does says nothing of the published method.
"""

import tensorflow as tf

from ada_tf.augment.transform_row import (
    HALF_NORMAL,
    UNIFORM,
    Options,
    Transform,
    half,
    half_normal,
    on_transparent,
)
from ada_tf.ops import random

_SHORTEST, _LONGEST = 10, 1000  # steps of a chain
_FIRST, _LAST = 1e-4, 2e-2  # variances
_STD = 0.05  # of the noise at the end of a chain


def _add_noise(images, sigma, noise):
    """Add white noise.

    Args:
        images: [N, H, W, C].
        sigma: [N], standard deviation.
        noise: [N, H, W, C], N(0, 1).

    Returns:
        [N, H, W, C].
    """
    sigma = tf.cast(sigma, images.dtype)
    return images + sigma[:, None, None, None] * tf.cast(noise, images.dtype)


def _cut_out(images, size, center):
    """Set a rectangle to 0, the middle grey; it may hang over the border.

    Args:
        images: [N, H, W, C].
        size: [N], edge in image sizes; 0 cuts nothing.
        center: [N, 2], (x, y) in image sizes.

    Returns:
        [N, H, W, C].
    """

    def outside(length, centers):
        # Centres of pixels, in image sizes.
        position = (tf.range(length, dtype=tf.float32) + 0.5) / length
        return tf.abs(position[None] - centers[:, None]) >= size[:, None] / 2.0  # [N, length]

    height, width = images.shape[1], images.shape[2]
    # [N, H, 1] | [N, 1, W]: outside in y or in x
    keep = outside(height, center[:, 1])[:, :, None] | outside(width, center[:, 0])[:, None, :]
    return images * tf.cast(keep, images.dtype)[..., None]


def _diffuse(images, share, noise):
    """x_t = sqrt(abar) x + sqrt(1 - abar) 0.05 e (equation 4, with the strength of the code).

    Args:
        images: [N, H, W, C].
        share: abar, [N]; 1 changes nothing.
        noise: e, [N, H, W, C], N(0, 1).

    Returns:
        [N, H, W, C].
    """
    share = tf.cast(share, images.dtype)[:, None, None, None]
    return tf.sqrt(share) * images + _STD * tf.sqrt(1 - share) * tf.cast(noise, images.dtype)


def _share_kept(u, policy, p):
    """Uniform -> abar_t of a random step t of the chain that belongs to p."""
    length = chain_length(p)
    return kept(priority(u, length), length)


def chain_length(p):
    """T = clip(10 + round(990 p), 10, 1000), float32."""
    p = tf.cast(p, tf.float32)
    return tf.clip_by_value(_SHORTEST + tf.round((_LONGEST - _SHORTEST) * p), _SHORTEST, _LONGEST)


def priority(u, length):
    """Uniform [0, 1) -> t of {1, ..., T} with P(t) = 2 t / (T (T + 1)): the inverse of the sum."""
    # P(step <= t) = t (t + 1) / (T (T + 1)), solved for t; 1 - u is never 0, so t >= 1.
    t = tf.math.ceil((tf.sqrt(1 + 4 * (1 - u) * length * (length + 1)) - 1) / 2)
    return tf.clip_by_value(t, 1, length)


def kept(t, length):
    """abar_t, the product of 1 - beta_s up to t, beta_s even from 1e-4 at 1 to 2e-2 at T: [N]."""
    s = tf.range(1, _LONGEST + 1, dtype=tf.float32)
    # Always 1000 steps, of which T are read: shapes do not depend on p.
    beta = _FIRST + (_LAST - _FIRST) * tf.minimum((s - 1) / (length - 1), 1)
    # A sum of logarithms: a product of 1000 factors near 1 would lose digits in float32.
    return tf.exp(tf.gather(tf.cumsum(tf.math.log1p(-beta)), tf.cast(t, tf.int32) - 1))


def _noisy(images, params, options: Options):
    noise = options.noise
    if noise is None:
        noise = random.normal(params.noise_seed, tf.shape(images))
    return _add_noise(images, params.noise, noise)


def _cut(images, params, options: Options):
    return on_transparent(lambda x: _cut_out(x, params.cutout_size, params.cutout_center), images)


def _diffused(images, params, options: Options):
    # A stream of its own, so that `noise` and `diffusion` in one policy are independent.
    seed = random.fold_in(params.noise_seed, "diffusion")
    return _diffuse(images, params.diffusion, random.normal(seed, tf.shape(images)))


TRANSFORMS = (
    Transform(
        name="noise",
        about="adding noise whose standard deviation is abs(N(0, `noise_std`))",
        strengths={"noise_std": 0.1},
        distribution=HALF_NORMAL,
        formula=half_normal("noise_std"),
        stage=_noisy,
        noise=True,
    ),
    Transform(
        name="cutout",
        about="greying out a rectangle of `cutout_size` of the image size",
        strengths={"cutout_size": 0.5},
        distribution=UNIFORM,
        formula=lambda values, policy, p: policy["cutout_size"],
        stage=_cut,
        values=2,
        parameter="cutout_size",
        also="cutout_center",
    ),
    Transform(
        name="diffusion",
        about="noise of a chain that grows with p, for half of the images at any p",
        distribution=UNIFORM,
        formula=_share_kept,
        stage=_diffused,
        neutral=1.0,
        probability=half,
        noise=True,
        at_zero=True,
    ),
)
