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
    """Move trainable weights of `average` toward `network`; copy the rest (w_avg, noise images).

    Every replica moves its own copy. Outside of `Strategy.run`.
    """
    update = tf.distribute.get_strategy().extended.update
    for a, v in zip(average.variables, network.variables, strict=True):
        if v.trainable:
            move = lambda a, v: a.assign(v + decay * (a - v))  # noqa: E731
        else:
            move = lambda a, v: a.assign(v)  # noqa: E731
        update(a.value, move, args=(v.value,))
