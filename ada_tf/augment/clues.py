"""Is the layer used as it is meant to be? What tells is counted in the graph and judged later."""

from typing import NamedTuple

import tensorflow as tf


class Clues(NamedTuple):
    """What was counted since p last moved; sums over calls and replicas.

    Attributes:
        augmented: number of images that the layer was called on.
        clean: number of those that it gave back as they were, because of training=False.
        outputs: number of batches observed; each replica counts its own.
        torn: of these, those in which the first half was judged real and the second fake, minus
            those the other way round.
        pairs: of these, those observed together with the output on generated images.
        inverted: of the pairs, those in which the generated images were judged more real.
        one_sided: of the pairs, those in which both means lay on the same side of the threshold.
    """

    augmented: float = 0.0
    clean: float = 0.0
    outputs: float = 0.0
    torn: float = 0.0
    pairs: float = 0.0
    inverted: float = 0.0
    one_sided: float = 0.0


def stacked_clues(**counted):
    """What was counted, float32 [7] in the order of `Clues`; the rest is 0."""
    zero = tf.zeros([])
    return tf.stack([tf.cast(counted.get(name, zero), tf.float32) for name in Clues._fields])


def clues_of_call(images, augmented: bool):
    """Count the images of one call.

    Args:
        images: [N, ...].
        augmented: False if they are given back as they are.

    Returns:
        float32 [7], in the order of `Clues`.
    """
    return stacked_clues(**{"augmented" if augmented else "clean": tf.shape(images)[0]})


def clues_of_outputs(real_output, fake_output, threshold, real_is_high=True):
    """Compare the outputs that are observed at one time.

    Args:
        real_output: [N, ...], D(real images).
        fake_output: None, or [M, ...], D(generated images).
        threshold: the output that means "cannot tell"; of several, their mean.
        real_is_high: False if the discriminator gives low values to real images.

    Returns:
        float32 [7], in the order of `Clues`.
    """
    sign = 1.0 if real_is_high else -1.0
    level = tf.reduce_mean(tf.stop_gradient(tf.cast(threshold, tf.float32)))

    def over(output):
        """How far the mean lies on the side of real images; NaN, which compares as no, for none."""
        return sign * (tf.reduce_mean(output) - level)

    real = tf.stop_gradient(tf.cast(real_output, tf.float32))
    half = (real.shape[0] or tf.shape(real)[0]) // 2
    first, second = over(real[:half]), over(real[half:])
    torn = _as_number(tf.logical_and(first > 0.0, second < 0.0))
    torn -= _as_number(tf.logical_and(first < 0.0, second > 0.0))
    if fake_output is None:
        return stacked_clues(outputs=1.0, torn=torn)
    real, fake = over(real), over(tf.stop_gradient(tf.cast(fake_output, tf.float32)))
    return stacked_clues(
        outputs=1.0, torn=torn, pairs=1.0, inverted=real < fake, one_sided=real * fake > 0.0
    )


def _as_number(condition):
    return tf.cast(condition, tf.float32)
