"""Kernel distance: KID (arXiv 1801.01401) when the features are Inception's.

All is computed in float64. Float32 is twice as fast, and as good for Inception's features (relative
deviation 1e-7). It loses digits where features have a large mean (2e-5 at a mean of 10).
"""

import dataclasses

import numpy as np

from ada_tf.errors import UserError
from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.metrics.measures.samples import both

SUBSETS, SUBSET_SIZE = 100, 1000  # of the paper
ALL_PAIRS = 10_000  # images of the larger side up to which all pairs cost less than the subsets
BLOCK = 2**22  # kernel values held at a time, 32 MB


def kernel_estimate(real, fake, seed: int = 0) -> Estimate:
    """The unbiased squared MMD of all pairs; of random subsets where the pairs are too many.

    Args:
        real: float [N, D].
        fake: float [M, D].
        seed: of the subsets.

    Raises:
        UserError: they are not features of at least two images each.
    """
    real, fake = both(real, fake, 2, dtype=None)  # of 50,000 images, float64 would be 0.8 GB
    if max(len(real), len(fake)) <= ALL_PAIRS:
        return all_pairs(real, fake)
    return of_subsets(real, fake, seed=seed)


def all_pairs(real, fake) -> Estimate:
    """Unbiased squared maximum mean discrepancy as a U-statistic of two samples of any sizes.

    Its error is that of the jackknife that leaves out each image of either side in turn. Where both
    sides come from one distribution the statistic moves by pairs of images alone. The jackknife then
    counts each pair twice, once with each of its images. That part of the variance (Hoeffding's second
    component) is estimated from the squares of the centred kernel and taken off once.

    Args:
        real: float [N, D].
        fake: float [M, D].

    Returns:
        The squared distance; negative values are possible, as its expectation is 0 for equal
        distributions. The error is None of fewer than four images on a side.
    """
    real, fake = both(real, fake, 2)
    a, b, ab = _sums(real), _sums(fake), _sums(real, fake)
    n, m = len(real), len(fake)
    within_a, within_b, between = (
        a.total / (n * (n - 1)),
        b.total / (m * (m - 1)),
        ab.total / (n * m),
    )
    value = within_a + within_b - 2 * between
    if min(n, m) < 4:
        return Estimate(float(value))
    # Without image i: its row and its column leave the sum within, its row the sum between.
    left_a = (a.total - 2 * a.rows) / ((n - 1) * (n - 2)) - 2 * (ab.total - ab.rows) / ((n - 1) * m)
    left_b = (b.total - 2 * b.rows) / ((m - 1) * (m - 2)) - 2 * (ab.total - ab.columns) / (
        (m - 1) * n
    )
    jackknife = (n - 1) * np.var(left_a) + (m - 1) * np.var(left_b)
    of_pairs = (
        2 * _centred_square(a) / (n * (n - 1))
        + 2 * _centred_square(b) / (m * (m - 1))
        + 4 * _centred_square_between(ab) / (n * m)
    )
    # The part of single images is not negative, so that at least the part of pairs remains.
    return Estimate(float(value), float(np.sqrt(max(jackknife - of_pairs, of_pairs, 0))))


def of_subsets(real, fake, subsets=SUBSETS, max_size=SUBSET_SIZE, seed=0) -> Estimate:
    """`kernel_distance`, the published estimator, with a standard error.

    The values of the subsets spread as samples of their size do. The variance of their mean has two parts:
    theirs over the number of subsets, for the drawing of subsets, and theirs scaled to the size of the
    smaller side, for the drawing of the sample. The second part is right where distributions differ. It
    is too large where they are equal, as the variance then falls with the square of the size.
    """
    real, fake = both(real, fake, 2, dtype=None)
    values = _of_each_subset(real, fake, subsets, max_size, seed)
    smaller = min(len(real), len(fake))
    if subsets < 2 or smaller <= max_size:  # subsets of all of a side do not vary as samples do
        return Estimate(float(np.mean(values)))
    parts = 1 / subsets + max_size / smaller
    return Estimate(float(np.mean(values)), float(np.std(values, ddof=1) * np.sqrt(parts)))


def kernel_distance(real, fake, subsets=SUBSETS, max_size=SUBSET_SIZE, seed=0) -> float:
    """Mean of the unbiased squared MMD over random subsets of both sides, as published.

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
    return float(np.mean(_of_each_subset(real, fake, subsets, max_size, seed)))


def _of_each_subset(real, fake, subsets, max_size, seed) -> list[float]:
    size = min(len(real), len(fake), max_size)
    draw = np.random.RandomState(seed % 2**32)  # the legacy generator, whose draws never change
    values = []
    for _ in range(subsets):
        of_fake = draw.choice(len(fake), size, replace=False)
        of_real = draw.choice(len(real), size, replace=False)
        values.append(squared_mmd(fake[of_fake], real[of_real]))
    return values


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


@dataclasses.dataclass(frozen=True)
class _Sums:
    """Sums of the kernel over pairs: of each row and column, and of all squares."""

    rows: np.ndarray
    columns: np.ndarray
    squares: float

    @property
    def total(self) -> float:
        return self.rows.sum()


def _sums(x, others=None) -> _Sums:
    """Over all pairs of a row of x and one of the others; without others, of two rows of x."""
    y = x if others is None else others
    rows, columns, squares = np.empty(len(x)), np.zeros(len(y)), 0.0
    step = max(1, BLOCK // len(y))
    for start in range(0, len(x), step):
        block = polynomial_kernel(x[start : start + step], y)
        if others is None:
            block[np.arange(len(block)), start + np.arange(len(block))] = 0
        rows[start : start + step] = block.sum(axis=1)
        columns += block.sum(axis=0)
        squares += np.einsum("ij,ij", block, block)
    return _Sums(rows, columns, squares)


def _centred_square(of: _Sums) -> float:
    """Mean square over pairs within a sample of the kernel less its parts of single images."""
    n = len(of.rows)
    parts = 2 * np.square(of.rows).sum() / (n - 2) - of.total**2 / ((n - 1) * (n - 2))
    return (of.squares - parts) / (n * (n - 3))


def _centred_square_between(of: _Sums) -> float:
    """The same between two samples."""
    n, m = len(of.rows), len(of.columns)
    parts = np.square(of.rows).sum() / m + np.square(of.columns).sum() / n - of.total**2 / (n * m)
    return (of.squares - parts) / ((n - 1) * (m - 1))
