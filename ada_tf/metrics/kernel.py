"""Kernel distance: KID (arXiv 1801.01401) when the features are Inception's."""

import numpy as np

from ada_tf.errors import UserError
from ada_tf.metrics.estimate import Estimate

SUBSETS, SUBSET_SIZE = 100, 1000  # of the paper


def kernel_distance(real, fake, subsets=SUBSETS, max_size=SUBSET_SIZE, seed=0) -> float:
    """Mean of the unbiased squared MMD over random subsets of both sides.

    Args:
        real: float [N, D].
        fake: float [M, D].
        subsets: how many.
        max_size: images of a subset, fewer where a side has fewer.
        seed: of the subsets.

    Returns:
        The distance; its expectation is 0 for equal distributions, so it may be negative. Papers
        print it times 1000.
    """
    size = min(len(real), len(fake), max_size)
    draw = np.random.RandomState(seed % 2**32)
    total = 0.0
    for _ in range(subsets):
        of_fake = draw.choice(len(fake), size, replace=False)
        of_real = draw.choice(len(real), size, replace=False)
        total += squared_mmd(fake[of_fake], real[of_real])
    return total / subsets


def kernel_estimate(real, fake, seed=0) -> Estimate:
    """`kernel_distance`."""
    return Estimate(kernel_distance(real, fake, seed=seed))


def squared_mmd(x, y) -> float:
    """Unbiased squared maximum mean discrepancy of two samples of one size, float [N, D]."""
    size = len(x)
    if size < 2 or len(y) != size:
        raise UserError(f"samples of {size} and {len(y)} images must be of one size, at least 2.")
    within = polynomial_kernel(x, x) + polynomial_kernel(y, y)
    between = polynomial_kernel(x, y)
    # An image compared with itself would bias the terms within a sample.
    return float(
        (within.sum() - np.trace(within)) / (size * (size - 1)) - 2 * between.sum() / size**2
    )


def polynomial_kernel(x, y) -> np.ndarray:
    """(x . y / D + 1)^3 of all pairs: [N, D], [M, D] -> float64 [N, M]."""
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    kernel = x @ y.T / x.shape[1] + 1
    return kernel * kernel * kernel  # "** 3" takes ten times as long
