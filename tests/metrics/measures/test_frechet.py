import numpy as np
import pytest
import scipy.linalg

from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.metrics.measures.frechet import (
    Moments,
    frechet_distance,
    frechet_distance_of,
    frechet_estimate,
    moments_of,
    square_root,
)
from tests.metrics.spread import ratio_to_spread
from tests.sentences import refused


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


def skewed(rng, count, width, scale=1.0):
    """Positive features that depend on each other, as networks have them."""
    mixing = np.random.default_rng(99).standard_normal([6, width])
    return np.abs(
        scale * rng.standard_normal([count, 6]) @ mixing + 0.3 * rng.standard_normal([count, width])
    )


@pytest.mark.parametrize(
    ("real", "fake", "width"), [(30, 30, 80), (20, 100, 40), (100, 15, 40), (90, 70, 20), (2, 1, 5)]
)
def test_features_give_the_distance_of_moments(real, fake, width):
    rng = np.random.default_rng(4)
    a, b = skewed(rng, real, width), 1.5 * skewed(rng, fake, width) + 1
    expected = frechet_distance_of(moments_of(a), moments_of(b))
    for sides in ((a, b), (moments_of(a), b), (a, moments_of(b)), (moments_of(a), moments_of(b))):
        np.testing.assert_allclose(frechet_estimate(*sides).value, expected, rtol=1e-12)
    assert frechet_estimate(moments_of(a), b).error is None
    assert frechet_estimate(a, moments_of(b)).error is None


def test_float32_features_of_a_large_mean():
    rng = np.random.default_rng(5)
    a, b = (skewed(rng, 30, 80).round(3) for _ in range(2))
    far = frechet_estimate(a + 1024, b + 1024)
    near = frechet_estimate(a, b)
    np.testing.assert_allclose([far.value, far.error], [near.value, near.error], rtol=1e-8)


@pytest.mark.parametrize(("real", "fake", "width"), [(12, 15, 40), (50, 30, 6), (50, 30, 40)])
def test_error_is_of_the_change_with_the_weight_of_an_image(real, fake, width):
    """One more copy of an image in 200 of all raises its weight by a little."""
    rng = np.random.default_rng(6)
    a, b = skewed(rng, real, width), 1.5 * skewed(rng, fake, width) + 1

    def changes(x, other):
        whole, times = frechet_estimate(x, other).value, 200
        heavier = (
            np.concatenate([np.repeat(x, times, axis=0), x[i : i + 1]]) for i in range(len(x))
        )
        return [(frechet_estimate(h, other).value - whole) * (times * len(x) + 1) for h in heavier]

    variance = np.var(changes(a, b), ddof=1) / real + np.var(changes(b, a), ddof=1) / fake
    np.testing.assert_allclose(frechet_estimate(a, b).error, np.sqrt(variance), rtol=2e-3)
    np.testing.assert_allclose(frechet_estimate(b, a).error, np.sqrt(variance), rtol=2e-3)


@pytest.mark.parametrize(("sizes", "width"), [((40, 40), 64), ((25, 100), 64), ((80, 80), 8)])
@pytest.mark.parametrize("scale", [1.5, 0.5])
def test_error_is_the_spread_of_independent_samples(sizes, width, scale):
    def compare(rng):
        return frechet_estimate(skewed(rng, sizes[0], width), skewed(rng, sizes[1], width, scale))

    assert 1 / 1.5 < ratio_to_spread(compare, 150) < 1.5


def test_error_of_equal_distributions_is_not_too_small():
    compare = lambda rng: frechet_estimate(  # noqa: E731
        np.abs(rng.standard_normal([40, 64])), np.abs(rng.standard_normal([40, 64]))
    )
    assert 0.9 < ratio_to_spread(compare, 150) < 1.8


def test_one_image_and_constant_features():
    rng = np.random.default_rng(7)
    a = skewed(rng, 10, 4)
    assert frechet_estimate(a[:1], a).error is None
    constant = np.ones([5, 4])
    assert frechet_estimate(constant, constant) == Estimate(0, 0)
    assert frechet_estimate(constant, constant + 2).value == pytest.approx(16)


@pytest.mark.parametrize(
    ("real", "fake"),
    [
        (np.ones([4, 3]), np.ones([4, 2])),
        (moments_of(np.ones([4, 3])), np.ones([4, 2])),
        (moments_of(np.ones([4, 3])), np.ones([0, 3])),
        (np.full([4, 3], np.inf), np.ones([4, 3])),
        (np.ones([4, 3]), 3),
    ],
)
def test_wrong_sides(real, fake):
    with refused():
        frechet_estimate(real, fake)
