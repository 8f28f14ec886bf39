"""Where the latents w of a generator lie (arXiv 1912.04958, appendix D)."""

import dataclasses

import numpy as np


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
