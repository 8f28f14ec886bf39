"""Progressive augmentation: bits that the discriminator has to take into account (PA-GAN)."""

import tensorflow as tf

from ada_tf.ops import random

# Of the comparison in arXiv:2006.06676, which goes from none to all of them as p goes from 0 to 1.
BITS = 16


def progressive_bits(seed, count, p):
    """Draw the bits of each image (PA-GAN, arXiv:1901.10422).

    What is real depends on their checksum, too: a discriminator that knows its images by heart
    has a new task with each bit. A bit that is not yet in use is 0, one in use 0 or 1 alike; bit i
    comes into use between p = (i + 1/2) / 16 and (i + 1) / 16.

        bits = progressive_bits(seed, 32, p)
        output = discriminator([images, bits]) * checksum_sign(bits)

    Args:
        seed: int32 [2] (see `ada_tf.ops.random`).
        count: N, how many images.
        p: float scalar.

    Returns:
        float32 [N, 16] of 0 and 1.
    """
    numbers = tf.range(BITS, dtype=tf.float32)
    in_use = tf.clip_by_value((tf.cast(p, tf.float32) * BITS - numbers - 0.5) / 0.5, 0.0, 1.0)
    return tf.cast(random.uniform(seed, [count, BITS]) < 0.5 * in_use, tf.float32)


def checksum_sign(bits):
    """1 where the number of bits that are set is even, -1 where it is odd: [N, K] -> [N, 1].

    Times it, what says "real" of an image and its bits says "real" of the image.
    """
    return tf.reduce_prod(1.0 - 2.0 * bits, axis=1, keepdims=True)
