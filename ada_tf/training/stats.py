"""Statistics between two ticks: they stay on the device until somebody reads them."""

import math

import numpy as np

# Iterations whose results may wait on the device. Ticks read them long before; a `fit` without our
# callbacks never does, and must not fill the memory.
WAITING = 1024


class Stats:
    """Collects [count, sum, sum of squares] by name.

    Phases report under "Phase/Loss/..."; the phase's name is dropped, so that a statistic that two
    phases report is pooled.
    """

    def __init__(self):
        self._pending, self._sums = [], {}

    def report(self, moments: dict) -> None:
        """Keep what an iteration returned: "Phase/name" -> [count, sum, sum of squares]."""
        self._pending.append(moments)
        if len(self._pending) >= WAITING:
            self._add_up()

    def read(self) -> dict[str, dict[str, float]]:
        """Means and deviations since the last reading: name -> {"num", "mean", "std"}."""
        self._add_up()
        sums, self._sums = self._sums, {}
        return {name: summary(*total) for name, total in sums.items()}

    def _add_up(self):
        pending, self._pending = self._pending, []
        for moments in pending:
            for name, value in moments.items():
                key = name.split("/", 1)[1]
                self._sums[key] = self._sums.get(key, 0) + np.asarray(value, np.float64)


def summary(count: float, total: float, squares: float) -> dict[str, float]:
    """{"num", "mean", "std"} of `count` values with these sums."""
    mean = total / count
    return {
        "num": int(count),
        "mean": float(mean),
        "std": math.sqrt(max(squares / count - mean**2, 0)),
    }
