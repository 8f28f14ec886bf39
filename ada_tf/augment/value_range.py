"""Do the images fit the value range they are said to have? Noticed in the graph, judged later."""

from typing import NamedTuple

import tensorflow as tf

# A value is far outside if it is beyond black or white by more than half of the range. A generator
# without a bounded output, and resampled images, overshoot by less.
FAR = 2.0
# Share of far values, of all calls, from which on the range is evidently another one.
MANY = 0.05

OUTSIDE = (
    "{name}: {percent:.0f} % of the values given to the augmentation lie far outside of "
    "value_range={value_range}: give the values that black and white have in your images, such as "
    "value_range=(0, 255)."
)
ONE_SIDED = (
    "{name}: the images use only the {half} half of value_range={value_range}: give the values "
    "that black and white have in your images, such as value_range=(0, 1)."
)


class SeenValues(NamedTuple):
    """Which part of the value range was used; sums over calls and replicas.

    Attributes:
        calls: number of batches.
        far: sum over the calls of the share of values that lie far outside of the range.
        below: number of batches with a value below the middle of the range.
        above: number of batches with a value above it.
    """

    calls: float = 0.0
    far: float = 0.0
    below: float = 0.0
    above: float = 0.0


def seen_values(images):
    """Look at one batch.

    Args:
        images: [N, H, W, C], black and white at -1 and 1.

    Returns:
        float32 [4], in the order of `SeenValues`.
    """
    images = tf.stop_gradient(images)
    far = tf.reduce_mean(tf.cast(tf.abs(images) > FAR, tf.float32))
    below = tf.cast(tf.reduce_min(images) < 0.0, tf.float32)
    above = tf.cast(tf.reduce_max(images) > 0.0, tf.float32)
    return tf.stack([1.0, far, below, above])


def mismatch(seen: SeenValues, name: str, value_range) -> str | None:
    """Judge what was seen.

    Args:
        seen: sums over at least one call.
        name: of the layer.
        value_range: (black, white) that the user gave.

    Returns:
        A sentence for the user, or None if the images fit.
    """
    if seen.calls == 0:
        return None
    # A share of one call, because only the real images may be wrong, and those are one in three.
    if seen.far >= MANY * seen.calls:
        percent = 100.0 * seen.far / seen.calls
        return OUTSIDE.format(name=name, percent=percent, value_range=value_range)
    if (seen.below == 0) != (seen.above == 0):
        half = "upper" if seen.below == 0 else "lower"
        return ONE_SIDED.format(name=name, half=half, value_range=value_range)
    return None
