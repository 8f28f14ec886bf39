"""Where the latents w of a generator lie (arXiv 1912.04958, appendix D)."""

import dataclasses

import numpy as np

from ada_tf.inference.generate import map_latents

SAMPLES, SEED, PART = 10_000, 123, 1000


@dataclasses.dataclass(frozen=True, eq=False)
class WStatistics:
    """Mean and deviation of w.

    Attributes:
        mean: float32 [w_dim].
        deviation: root of the mean squared distance from the mean, all dimensions together.
    """

    mean: np.ndarray
    deviation: float


def sampled_ws(generator, label=None, samples: int = SAMPLES) -> np.ndarray:
    """The w of random latents, always the same ones.

    Args:
        generator: a LatentGenerator.
        label: of all of them; see `ada_tf.inference.generate.generate`.
        samples: how many.

    Returns:
        float32 [samples, w_dim].
    """
    z = np.random.RandomState(SEED).randn(samples, generator.z_dim).astype(np.float32)
    parts = (map_latents(generator, z[i : i + PART], labels=label) for i in range(0, samples, PART))
    return np.concatenate([part[:, 0] for part in parts])


def statistics_of(ws: np.ndarray) -> WStatistics:
    """Mean and deviation of float32 [N, w_dim]."""
    mean = ws.mean(axis=0, dtype=np.float64)
    deviation = np.sqrt(np.mean(np.sum((ws - mean) ** 2, axis=1)))
    return WStatistics(mean.astype(np.float32), float(deviation))
