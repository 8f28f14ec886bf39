"""Do the images fit the value range they are said to have? Noticed in the graph, judged later."""

import math
from typing import NamedTuple

import tensorflow as tf

# A value is far outside if it is beyond black or white by more than half of the range. A generator
# without a bounded output, and resampled images, overshoot by less.
FAR = 2.0
# Share of far values, of all calls, from which on the range is evidently another one.
MANY = 0.05

OUTSIDE = (
    "{name}: {percent:.0f} % of the values given to the augmentation lie far outside of "
    "value_range={value_range}: values from {low:.3g} to {high:.3g} were seen, so {advice}."
)
ONE_SIDED = (
    "{name}: the images use only the {half} half of value_range={value_range}: values from "
    "{low:.3g} to {high:.3g} were seen, so {advice}."
)
USUAL = ((0, 1), (-1, 1), (0, 255))


class SeenValues(NamedTuple):
    """Which part of the value range was used; sums over calls and replicas.

    Attributes:
        calls: number of batches.
        far: sum over the calls of the share of values that lie far outside of the range.
        below: number of batches with a value below the middle of the range.
        above: number of batches with a value above it.
        low: the least value of all, on the first replica; in the scale of `seen_values`.
        high: the greatest.
    """

    calls: float = 0.0
    far: float = 0.0
    below: float = 0.0
    above: float = 0.0
    low: float = math.nan
    high: float = math.nan


def seen_values(images):
    """Look at one batch.

    Args:
        images: [N, H, W, C], black and white at -1 and 1.

    Returns:
        float32 [4], the sums of `SeenValues`; float32 [2], minus the least and the greatest value.
    """
    images = tf.stop_gradient(images)
    far = tf.reduce_mean(tf.cast(tf.abs(images) > FAR, tf.float32))
    low, high = (tf.cast(f(images), tf.float32) for f in (tf.reduce_min, tf.reduce_max))
    below, above = (tf.cast(condition, tf.float32) for condition in (low < 0.0, high > 0.0))
    return tf.stack([1.0, far, below, above]), tf.stack([-low, high])


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
        return OUTSIDE.format(percent=percent, **_what_was_seen(seen, name, value_range))
    if (seen.below == 0) != (seen.above == 0):
        half = "upper" if seen.below == 0 else "lower"
        return ONE_SIDED.format(half=half, **_what_was_seen(seen, name, value_range))
    return None


def _what_was_seen(seen: SeenValues, name: str, value_range) -> dict:
    """The values in the user's scale, and what they suggest."""
    black, white = value_range
    middle, half = (white + black) / 2.0, (white - black) / 2.0
    low, high = (value * half + middle for value in (seen.low, seen.high))
    said = "({:g}, {:g})".format(*value_range)
    return {
        "name": name,
        "value_range": said,
        "low": low,
        "high": high,
        "advice": _advice(low, high, (black, white)),
    }


def _advice(low: float, high: float, value_range) -> str:
    for black, white in USUAL:
        slack = 0.003 * (white - black)  # of 0..255, less than the -1 of a generator beside
        if black - slack <= low and high <= white + slack and (black, white) != value_range:
            return f"give value_range=({black}, {white})"
    if low < -0.5 and high > 2.0:
        return "bring real and generated images into one range, and give that"
    return "give the values that black and white have in your images"
