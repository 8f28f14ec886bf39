"""The exponential moving average of the generator, whose images are the ones to look at."""

import tensorflow as tf


def ema_decay(batch: int, images_seen: int, kimg: float, rampup: float | None = None) -> float:
    """Weight of the old average after an iteration (arXiv 1710.10196, appendix A.1).

    Args:
        batch: images of this iteration.
        images_seen: images before it.
        kimg: half-life of the average in thousands of images.
        rampup: the half-life is at most this fraction of `images_seen`; None is no limit.

    Returns:
        0.5 ** (batch / half-life); 0, a plain copy, at the first iteration of a ramp.
    """
    half_life = kimg * 1000
    if rampup is not None:
        half_life = min(half_life, images_seen * rampup)
    return 0.5 ** (batch / max(half_life, 1e-8))


def update_average(average, network, decay) -> None:
    """Move trainable weights of `average` toward `network`; copy the rest (w_avg, noise images)."""
    for a, v in zip(average.variables, network.variables, strict=True):
        value = tf.convert_to_tensor(v)
        if v.trainable:
            value = value + decay * (tf.convert_to_tensor(a) - value)
        a.assign(value)
