"""Latents w as the generator makes them by itself, and labels of theirs."""

import dataclasses

import numpy as np

from ada_tf.inference.generate import for_each, map_latents

# Mean and spread of w (arXiv 1912.04958, appendix D).


@dataclasses.dataclass(frozen=True, eq=False)
class WStatistics:
    """Mean and deviation of w.

    Attributes:
        mean: float32 [w_dim].
        deviation: root of the mean squared distance from the mean, all dimensions together.
    """

    mean: np.ndarray
    deviation: float


def statistics_of(ws: np.ndarray) -> WStatistics:
    """Mean and deviation of float32 [N, w_dim]."""
    mean = ws.mean(axis=0, dtype=np.float64)
    deviation = np.sqrt(np.mean(np.sum((ws - mean) ** 2, axis=1)))
    return WStatistics(mean.astype(np.float32), float(deviation))


SAMPLES = 10_000  # of arXiv 1912.04958, appendix D; a deviation is known to 0.7 %
_SEED = 123
_AT_A_TIME = 1000


def sample_w(generator, count: int = SAMPLES, labels=None) -> np.ndarray:
    """Draw w, the same ones whenever it is called with the same arguments.

    Args:
        generator: a LatentGenerator.
        count: how many.
        labels: needed by a conditional generator, see `generate`: one for all, or `count`, as of
            `ada_tf.inference.drawn_labels.drawn_labels`.

    Returns:
        float32 [count, w_dim], not truncated.
    """
    z = np.random.RandomState(_SEED).randn(count, generator.z_dim).astype(np.float32)
    labels, found = for_each(labels, count, generator.c_dim), []
    for start in range(0, count, _AT_A_TIME):
        part = slice(start, start + _AT_A_TIME)
        of_part = None if labels is None else labels[part]
        found.append(map_latents(generator, z[part], labels=of_part)[:, 0])
    return np.concatenate(found)
