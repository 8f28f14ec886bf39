"""Mean and covariance of features that arrive in batches."""

import numpy as np

from ada_tf.errors import UserError


class Moments:
    """Sums of x and x x^T in float64; the covariance divides by N, as published FIDs do.

    Args:
        width: D, number of features.
    """

    def __init__(self, width: int):
        self.count = 0
        self._sum = np.zeros([width])
        self._outer = np.zeros([width, width])

    def add(self, features) -> None:
        """Add features, float [N, D]."""
        x = np.asarray(features, np.float64)
        self.count += len(x)
        self._sum += x.sum(axis=0)
        self._outer += x.T @ x

    @property
    def mean(self) -> np.ndarray:
        """float64 [D]."""
        self._need(1)
        return self._sum / self.count

    @property
    def covariance(self) -> np.ndarray:
        """float64 [D, D]: mean of x x^T minus mean mean^T."""
        mean = self.mean
        return self._outer / self.count - np.outer(mean, mean)

    def to_arrays(self) -> dict:
        """Everything as arrays, for `from_arrays`."""
        return {"count": np.array(self.count), "sum": self._sum, "outer": self._outer}

    @classmethod
    def from_arrays(cls, arrays) -> "Moments":
        """The moments that `to_arrays` came from.

        Raises:
            ValueError: the arrays did not come from there.
        """
        count, total, outer = arrays["count"], arrays["sum"], arrays["outer"]
        if count.shape or total.ndim != 1 or outer.shape != 2 * total.shape:
            raise ValueError(f"moments of shapes {[count.shape, total.shape, outer.shape]}")
        moments = cls(len(total))
        moments.count, moments._sum, moments._outer = int(count), np.array(total), np.array(outer)
        return moments

    def _need(self, count: int) -> None:
        if self.count < count:
            raise UserError(f"moments of {self.count} images need at least {count}.")


def moments_of(features) -> Moments:
    """Moments of one array, float [N, D]."""
    moments = Moments(np.shape(features)[1])
    moments.add(features)
    return moments
