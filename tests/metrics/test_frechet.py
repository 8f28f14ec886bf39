import numpy as np
import pytest
import scipy.linalg

from ada_tf.metrics.frechet import frechet_distance, frechet_distance_of, square_root
from ada_tf.metrics.moments import Moments, moments_of


def covariance(rng, d):
    a = rng.standard_normal([d, d + 3])
    return a @ a.T / d


def test_diagonal_gaussians_in_closed_form():
    a, b = np.array([1.0, 4.0, 9.0]), np.array([4.0, 4.0, 1.0])
    mean = np.array([1.0, -2.0, 0.5])
    # Commuting covariances: |m|^2 + sum (sqrt a - sqrt b)^2.
    expected = 1 + 4 + 0.25 + 1 + 0 + 4
    found = frechet_distance(mean, np.diag(a), np.zeros(3), np.diag(b))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_samples_of_two_gaussians():
    rng = np.random.default_rng(0)
    a = rng.standard_normal([200_000, 2]) * [1, 2]
    b = rng.standard_normal([200_000, 2]) * [3, 1] + [1, 0]
    found = frechet_distance_of(moments_of(a), moments_of(b))
    np.testing.assert_allclose(found, 1 + 4 + 1, atol=0.1)  # deviations of sums of 200,000 draws


@pytest.mark.parametrize("d", [1, 5, 40])
def test_square_root_of_scipy(d):
    rng = np.random.default_rng(d)
    a, b = covariance(rng, d), covariance(rng, d)
    mean = rng.standard_normal(d)
    root = scipy.linalg.sqrtm(a @ b).real
    expected = mean @ mean + np.trace(a + b - 2 * root)
    np.testing.assert_allclose(frechet_distance(mean, a, 0 * mean, b), expected, rtol=1e-9)


@pytest.mark.parametrize("images", [20, 300])  # fewer and more than features
def test_distance_to_itself_is_zero(images):
    rng = np.random.default_rng(1)
    moments = moments_of(5 * rng.standard_normal([images, 128]) ** 2)
    assert abs(frechet_distance_of(moments, moments)) < 1e-6


def test_root_of_a_singular_covariance():
    a = np.random.default_rng(2).standard_normal([6, 2])
    root = square_root(a @ a.T)
    assert root.shape == (6, 2)
    np.testing.assert_allclose(root @ root.T, a @ a.T, atol=1e-12)
    assert square_root(np.zeros([3, 3])).shape == (3, 0)


def test_batches_add_up_to_numpy():
    x = np.random.default_rng(3).standard_normal([101, 7]).astype(np.float32)
    moments = Moments(7)
    for start in range(0, 101, 10):
        moments.add(x[start : start + 10])
    np.testing.assert_allclose(moments.mean, x.mean(axis=0, dtype=np.float64), atol=1e-12)
    np.testing.assert_allclose(
        moments.covariance, np.cov(x.T.astype(np.float64), ddof=0), atol=1e-12
    )
    again = Moments.from_arrays(moments.to_arrays())
    assert again.count == 101
    np.testing.assert_array_equal(again.covariance, moments.covariance)
