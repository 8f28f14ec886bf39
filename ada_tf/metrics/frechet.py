"""Frechet distance of two Gaussians: FID (arXiv 1706.08500) when the features are Inception's."""

import numpy as np
import scipy.linalg

from ada_tf.metrics.estimate import Estimate


def frechet_distance(mean_1, covariance_1, mean_2, covariance_2) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)).

    With C = A A^T the trace of the square root is the sum of the singular values of A1^T A2. That
    stays exact for singular covariances (fewer images than features), where the square root of a
    nearly singular product loses half of the digits.

    Args:
        mean_1: float64 [D].
        covariance_1: float64 [D, D], symmetric, no negative eigenvalues.
        mean_2: like mean_1.
        covariance_2: like covariance_1.

    Returns:
        The squared distance, 0 for equal Gaussians.
    """
    roots = square_root(covariance_1).T @ square_root(covariance_2)  # [r1, r2]
    cross = scipy.linalg.svdvals(roots).sum() if roots.size else 0.0
    difference = np.asarray(mean_1) - np.asarray(mean_2)
    traces = np.trace(covariance_1) + np.trace(covariance_2)
    return float(difference @ difference + traces - 2 * cross)


def square_root(covariance) -> np.ndarray:
    """A with A A^T = covariance, by eigenvalues; round-off eigenvalues are left out.

    Returns:
        float64 [D, rank].
    """
    values, vectors = np.linalg.eigh(covariance)
    smallest = max(values[-1], 0) * len(values) * np.finfo(np.float64).eps
    kept = values > smallest
    return vectors[:, kept] * np.sqrt(values[kept])


def frechet_distance_of(moments_1, moments_2) -> float:
    """The distance of two `Moments`."""
    return frechet_distance(
        moments_1.mean, moments_1.covariance, moments_2.mean, moments_2.covariance
    )


def frechet_estimate(moments_1, moments_2) -> Estimate:
    """The distance of two `Moments`."""
    return Estimate(frechet_distance_of(moments_1, moments_2))
