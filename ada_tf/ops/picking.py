"""Some images of a batch, chosen by what is in it."""

import tensorflow as tf


def picked(images, which):
    """The images of these numbers.

    Args:
        images: [N, ...].
        which: int64 [K, 1], as of `tf.where`.

    Returns:
        [K, ...].
    """
    # By pairs (n, 0): the gradient of a gather by single numbers is a sparse one (IndexedSlices),
    # which forward mode (tf.autodiff) cannot go on from.
    pairs = tf.pad(which, [[0, 0], [0, 1]])
    return tf.gather_nd(images[:, tf.newaxis], pairs)
