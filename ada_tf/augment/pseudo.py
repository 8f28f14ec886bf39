"""Adaptive pseudo augmentation: generated images among those that are shown as real."""

import tensorflow as tf

from ada_tf.ops import random


def pseudo_reals(reals, fakes, p, seed):
    """Replace real images by generated ones with a probability p (APA, arXiv:2111.06849, Section 3.2).

    The discriminator is told that they are real, so that it cannot be as sure of those that it knows
    by heart. Equation 4 of the paper is its loss; p moves as in ADA, by the same statistic. With
    p = 1 it would see no real image at all: keep p at most at the cap of ADA.

    Args:
        reals: [N, H, W, C], before any augmentation, or a nest of tensors [N, ...], such as images
            and their labels, of which each row moves as a whole.
        fakes: the same of generated images; no gradient flows into them.
        p: float scalar.
        seed: int32 [2] (see `ada_tf.ops.random`).

    Returns:
        What is to be shown as real, in the structure of `reals`.
    """
    first = tf.convert_to_tensor(tf.nest.flatten(reals)[0])
    count = first.shape[0] or tf.shape(first)[0]
    replaced = random.uniform(seed, [count]) < tf.cast(p, tf.float32)

    def shown(real, fake):
        rows = tf.reshape(replaced, [-1] + [1] * (len(real.shape) - 1))
        return tf.where(rows, tf.stop_gradient(tf.cast(fake, real.dtype)), real)

    return tf.nest.map_structure(shown, reals, fakes)
