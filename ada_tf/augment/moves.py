"""Consistency regularisation: what the discriminator says does not change with what means nothing."""

import tensorflow as tf

from ada_tf.augment.params import sample_params
from ada_tf.augment.pipeline import apply
from ada_tf.augment.policy import AugmentPolicy

# Of arXiv:2002.04724, Section 3.1: mirror images, and moves by up to an eighth.
MOVES = AugmentPolicy(xflip=1.0, shift=1.0)


def squared_difference(output, other):
    """The penalty of bCR and zCR, one for each output (arXiv:2002.04724, Algorithms 1 and 2)."""
    return tf.square(output - other)


def moved(images, seed, policy=MOVES):
    """T(x): every image with all transforms of a policy, [N, H, W, C]."""
    count, size = images.shape[0] or tf.shape(images)[0], tuple(images.shape[1:3])
    return apply(images, sample_params(seed, count, 1.0, policy, size=size))


def consistency(discriminator, images, output, seed, policy=MOVES):
    """(D(x) - D(T(x)))^2, balanced if it is taken of real and of generated images (bCR, Algorithm 1).

        d_loss += 10 * consistency(discriminator, real_images, real_output, seed)
        d_loss += 10 * consistency(discriminator, fake_images, fake_output, other_seed)

    Args:
        discriminator: images -> output.
        images: float [N, H, W, C] with black and white at -1 and 1, as D saw them: with ADA, x is
            the augmented image.
        output: D(x), [N, ...].
        seed: int32 [2]; another at each call.
        policy: of T.

    Returns:
        float32 scalar, the mean, to be weighted and added to the discriminator's loss.
    """
    again = discriminator(moved(images, seed, policy))
    return tf.reduce_mean(squared_difference(output, again))
