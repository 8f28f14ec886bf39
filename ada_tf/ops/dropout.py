"""Adaptive dropout: noise of p's strength on the feature maps of the discriminator."""

import tensorflow as tf

from ada_tf.ops import random


def adaptive_dropout(x, p, seed):
    """Multiply every feature map of every image by exp(p N(0, 1)) (arXiv:2006.06676, appendix).

    The multiplicative noise of Gaussian dropout, as strong as the discriminator overfits: after each
    convolution and product of D, before the bias, with the p of an `AdaptiveAugmentation("none")`.

    Args:
        x: [N, ..., C].
        p: float scalar, the strength.
        seed: int32 [2] (see `ada_tf.ops.random`); another one in each layer.

    Returns:
        In the shape and dtype of x.
    """
    count = x.shape[0] or tf.shape(x)[0]
    noise = random.normal(seed, [count, *[1] * (len(x.shape) - 2), x.shape[-1]])
    return x * tf.cast(tf.exp(tf.cast(p, tf.float32) * noise), x.dtype)
