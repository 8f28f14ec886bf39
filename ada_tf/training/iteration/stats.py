"""Statistics between two ticks: they stay on the device until somebody reads them."""

import math

import numpy as np
import tensorflow as tf

# Iterations whose results may wait on the device. Ticks read them long before; a `fit` without our
# callbacks never does, and must not fill the memory.
WAITING = 1024


class Stats:
    """Collects [count, sum, sum of squares] by name; what two phases report is pooled."""

    def __init__(self):
        self._pending, self._sums = [], {}

    def report(self, moments: dict[str, dict]) -> None:
        """Keep what an iteration returned: phase -> name -> [count, sum, sum of squares]."""
        self._pending.append(moments)
        if len(self._pending) >= WAITING:
            self._add_up()

    def read(self) -> dict[str, dict[str, float]]:
        """Means and deviations since the last reading: name -> {"num", "mean", "std"}."""
        self._add_up()
        sums, self._sums = self._sums, {}
        return {name: summary(*total) for name, total in sums.items()}

    def sums(self) -> dict[str, list[float]]:
        """What came since the last reading, for a checkpoint: name -> [count, sum, squares]."""
        self._add_up()
        return {name: total.tolist() for name, total in self._sums.items()}

    def go_on_from(self, sums: dict[str, list[float]]) -> None:
        """Take the place of the statistics that `sums` belonged to."""
        self._pending = []
        self._sums = {name: np.array(total, np.float64) for name, total in sums.items()}

    def _add_up(self):
        values = {}
        for phases in self._pending:
            for moments in phases.values():
                for name, value in moments.items():
                    values.setdefault(name, []).append(value)
        self._pending = []
        for key, found in values.items():
            rows = [self._sums.get(key, np.zeros(3)), *fetch(found).astype(np.float64)]
            # One after the other: whether somebody looked in between does not change the sum.
            self._sums[key] = np.cumsum(rows, axis=0)[-1]


def fetch(values) -> np.ndarray:
    """Tensors of one shape as one array: a single copy from the device, instead of one for each."""
    return tf.stack(values).numpy()


def summary(count: float, total: float, squares: float) -> dict[str, float]:
    """{"num", "mean", "std"} of `count` values with these sums."""
    mean = total / count
    return {
        "num": int(count),
        "mean": float(mean),
        "std": math.sqrt(max(squares / count - mean**2, 0)),
    }
