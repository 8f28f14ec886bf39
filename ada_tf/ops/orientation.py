"""Auxiliary rotations: a discriminator that also says which way up an image is."""

import tensorflow as tf

TURNS = 4


def rotations(images):
    """Every image in its four orientations (SS-GAN, arXiv:1811.11212).

    Args:
        images: [N, H, H, C].

    Returns:
        [4 N, H, H, C]: row 4 n + k is image n after k quarter turns counterclockwise.
    """
    turned = tf.stack([tf.image.rot90(images, k) for k in range(TURNS)], axis=1)
    return tf.reshape(turned, [-1, *images.shape[1:]])


def rotation_loss(logits):
    """Cross-entropy of the orientation, of real images for D, of generated ones for G (SS-GAN).

        d_loss += 5 * tf.reduce_mean(rotation_loss(orientation_of(rotations(real_images))))
        g_loss += 10 * tf.reduce_mean(rotation_loss(orientation_of(rotations(fake_images))))

    Args:
        logits: [4 N, 4], what a second output of D says of `rotations(images)`.

    Returns:
        [N, 4].
    """
    logits = tf.reshape(logits, [-1, TURNS, TURNS])  # [N, turned, said]
    return tf.reduce_logsumexp(logits, axis=2) - tf.linalg.diag_part(logits)
