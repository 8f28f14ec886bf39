"""The order of the stream: a fresh permutation of all images every epoch.

Position k of the stream is item k % n of permutation k // n, and a permutation is a pure function
of (seed, epoch). So the stream can be entered anywhere, and a resumed run sees the images that
the uninterrupted one would have seen.
"""

import tensorflow as tf

from ada_tf.ops import random
from ada_tf.ops.graph import plain


def permutation(seed, size: int):
    """Draw a uniformly random permutation of {0, ..., size - 1}.

    `tf.random.experimental.index_shuffle` would need no memory, but it is far from uniform:
    with 100 items, some never come first in 3,000 epochs and others three times too often.

    Args:
        seed: int32 [2].
        size: number of items.

    Returns:
        int32 [size].
    """
    return tf.argsort(random.bits(seed, [size]), stable=True)


def indices(size: int, seed: int, start: int = 0, stream: int = 0) -> tf.data.Dataset:
    """Stream the indices of `size` images from stream position `start` on, forever.

    Args:
        size: number of images in an epoch.
        seed: base seed, a Python integer.
        start: first stream position, counted in images.
        stream: number of the order: each is another one of the same seed.

    Returns:
        Infinite data set of int32 scalars; all images once, then all again in another order.
    """
    base = random.fold_in(random.fold_in(random.make_seed(seed), "order"), stream)
    epoch, done = divmod(start, size)

    def one_epoch(number):
        order = permutation(random.fold_in(base, number), size)
        return tf.data.Dataset.from_tensor_slices(order)

    epochs = tf.data.Dataset.counter(epoch, dtype=tf.int64)
    return epochs.flat_map(plain(one_epoch)).skip(done)
