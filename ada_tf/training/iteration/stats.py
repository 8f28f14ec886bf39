"""Statistics between two ticks: [count, sum, sum of squares], on the device until somebody reads them."""

import math

import numpy as np
import tensorflow as tf

# Iterations whose results may wait on the device. Ticks read them long before; a `fit` without our
# callbacks never does, and must not fill the memory.
WAITING = 1024
# Name of what moves p: mean sign of D(real) over the level that means "cannot tell" in this game, r_t of
# logits; with --aug=adarv r_v. Without ADA it is what would move it.
STATISTIC = "ADA/statistic"


def moments(x):
    """[count, sum, sum of squares], float32 [3]: enough for mean and deviation, and they add up."""
    x = tf.cast(x, tf.float32)
    return tf.stack(
        [tf.cast(tf.size(x), tf.float32), tf.reduce_sum(x), tf.reduce_sum(tf.square(x))]
    )


class Stats:
    """Sums of moments by name; phases that report the same name are pooled."""

    def __init__(self):
        self._pending, self._sums = [], {}

    def report(self, moments: dict[str, dict]) -> None:
        """Keep what an iteration returned: phase -> name -> [count, sum, sum of squares]."""
        # Tensors: nothing waits for the device here.
        self._pending.append(moments)
        if len(self._pending) >= WAITING:
            self._add_up()

    def read(self) -> dict[str, dict[str, float]]:
        """Means and deviations since the last reading: name -> {"num", "mean", "std"}."""
        self._add_up()
        sums, self._sums = self._sums, {}
        return {name: _summary(*total) for name, total in sums.items()}

    def sums(self) -> dict[str, list[float]]:
        """Moments since the last reading, for a checkpoint: name -> [count, sum, squares]."""
        self._add_up()
        return {name: total.tolist() for name, total in self._sums.items()}

    def go_on_from(self, sums: dict[str, list[float]]) -> None:
        """Replace everything by the `sums` of a checkpoint."""
        self._pending = []
        self._sums = {name: np.array(total, np.float64) for name, total in sums.items()}

    def _add_up(self):
        values = {}
        for phases in self._pending:
            for by_name in phases.values():
                for name, value in by_name.items():
                    values.setdefault(name, []).append(value)
        self._pending = []
        for key, found in values.items():
            rows = [self._sums.get(key, np.zeros(3)), *fetch(found).astype(np.float64)]
            # cumsum adds one after the other, sum would not: a reading in between changes no bit.
            self._sums[key] = np.cumsum(rows, axis=0)[-1]


def fetch(values) -> np.ndarray:
    """Copy tensors of one shape from the device as one array, not one by one."""
    return tf.stack(values).numpy()


def _summary(count: float, total: float, squares: float) -> dict[str, float]:
    # In float64: the variance is a small difference of large numbers.
    mean = total / count
    return {
        "num": int(count),
        "mean": float(mean),
        "std": math.sqrt(max(squares / count - mean**2, 0)),  # round-off may pass below 0
    }
