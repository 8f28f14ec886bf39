"""Statistics between two ticks: sums stay on the device until somebody reads them."""

import math

import numpy as np


class Stats:
    """Collects [count, sum, sum of squares] by name.

    Phases report under "Phase/Loss/..."; the phase's name is dropped, so that a statistic that two
    phases report is pooled.
    """

    def __init__(self):
        self._pending = []

    def report(self, moments: dict) -> None:
        self._pending.append(moments)

    def read(self) -> dict[str, dict[str, float]]:
        """Means and deviations since the last reading: name -> {"num", "mean", "std"}."""
        sums = {}
        for moments in self._pending:
            for name, value in moments.items():
                key = name.split("/", 1)[1]
                sums[key] = sums.get(key, 0) + np.asarray(value, np.float64)
        self._pending = []
        return {name: summary(*total) for name, total in sums.items()}


def summary(count: float, total: float, squares: float) -> dict[str, float]:
    """{"num", "mean", "std"} of `count` values with these sums."""
    mean = total / count
    return {
        "num": int(count),
        "mean": float(mean),
        "std": math.sqrt(max(squares / count - mean**2, 0)),
    }
