"""Adaptive noise: steps of a forward diffusion, more of them the higher p (arXiv:2206.02262).

Diffusion-GAN, Section 3.2 and Appendix: a chain of T steps, T from 10 at p = 0 to 1000 at p = 1, whose
variances rise evenly from 1e-4 to 2e-2; half of the images stay as they are, and of the others the
later steps are the more likely, P(t) proportional to t.
"""

import tensorflow as tf

SHORTEST, LONGEST = 10, 1000
FIRST, LAST = 1e-4, 2e-2  # variances
STD = 0.05  # of the noise at the end of a chain


def chain_length(p):
    """T = clip(10 + round(990 p), 10, 1000), float32."""
    p = tf.cast(p, tf.float32)
    return tf.clip_by_value(SHORTEST + tf.round((LONGEST - SHORTEST) * p), SHORTEST, LONGEST)


def priority(u, length):
    """Uniform [0, 1) -> t of {1, ..., T} with P(t) = 2 t / (T (T + 1)): the inverse of the sum."""
    t = tf.math.ceil((tf.sqrt(1 + 4 * (1 - u) * length * (length + 1)) - 1) / 2)
    return tf.clip_by_value(t, 1, length)


def kept(t, length):
    """abar_t, the product of 1 - beta_s up to t, beta_s even from 1e-4 at 1 to 2e-2 at T: [N]."""
    s = tf.range(1, LONGEST + 1, dtype=tf.float32)
    beta = FIRST + (LAST - FIRST) * tf.minimum((s - 1) / (length - 1), 1)
    return tf.exp(tf.gather(tf.cumsum(tf.math.log1p(-beta)), tf.cast(t, tf.int32) - 1))


def share_kept(u, policy, p):
    """Uniform -> abar_t of a step t of the chain that belongs to p."""
    length = chain_length(p)
    return kept(priority(u, length), length)


def diffuse(images, share, noise):
    """x_t = sqrt(abar) x + sqrt(1 - abar) 0.05 e (equation 4, with the code's strength).

    Args:
        images: [N, H, W, C].
        share: abar, [N]; 1 changes nothing.
        noise: e, [N, H, W, C], N(0, 1).

    Returns:
        [N, H, W, C].
    """
    share = tf.cast(share, images.dtype)[:, None, None, None]
    return tf.sqrt(share) * images + STD * tf.sqrt(1 - share) * tf.cast(noise, images.dtype)
