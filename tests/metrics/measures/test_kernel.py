import numpy as np
import pytest

from ada_tf.metrics.measures import kernel
from ada_tf.metrics.measures.kernel import (
    all_pairs,
    kernel_distance,
    kernel_estimate,
    of_subsets,
    polynomial_kernel,
    squared_mmd,
)
from tests.metrics.spread import ratio_to_spread
from tests.sentences import refused


def test_unbiased():
    """200 draws of one distribution: the mean lies within 2 standard errors of 0."""
    rng = np.random.default_rng(0)
    draws = [
        squared_mmd(rng.standard_normal([40, 6]), rng.standard_normal([40, 6])) for _ in range(200)
    ]
    error = np.std(draws, ddof=1) / np.sqrt(len(draws))
    assert abs(np.mean(draws)) < 2 * error
    assert min(draws) < 0 < max(draws)
    # The biased estimator, which counts an image with itself, is far outside.
    assert squared_mmd(rng.standard_normal([40, 6]), rng.standard_normal([40, 6]) + 1) > 10 * error


def test_against_sums_over_pairs():
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal([5, 3]), rng.standard_normal([5, 3])
    k = lambda a, b: (a @ b / 3 + 1) ** 3  # noqa: E731
    within = sum(k(x[i], x[j]) + k(y[i], y[j]) for i in range(5) for j in range(5) if i != j) / (
        5 * 4
    )
    between = sum(k(x[i], y[j]) for i in range(5) for j in range(5)) / 25
    np.testing.assert_allclose(squared_mmd(x, y), within - 2 * between, rtol=1e-12)


def test_polynomial_kernel():
    x = np.array([[1.0, 2.0]])
    assert polynomial_kernel(x, x) == (5 / 2 + 1) ** 3


def test_seed_and_subsets():
    rng = np.random.default_rng(2)
    real, fake = rng.standard_normal([50, 4]), rng.standard_normal([60, 4]) + 0.5
    first = kernel_distance(real, fake, subsets=3, max_size=20)
    assert first == kernel_distance(real, fake, subsets=3, max_size=20)
    assert first != kernel_distance(real, fake, subsets=3, max_size=20, seed=1)
    whole = kernel_distance(real, fake[:50], subsets=2)  # a subset is everything
    np.testing.assert_allclose(whole, squared_mmd(fake[:50], real), rtol=1e-12)


def test_one_image_has_no_distance():
    with refused("2"):
        kernel_distance(np.zeros([1, 2]), np.zeros([5, 2]))


def skewed(rng, count, width=8):
    """Positive features that depend on each other, as networks have them."""
    mixing = np.random.default_rng(99).standard_normal([4, width])
    return np.abs(rng.standard_normal([count, 4]) @ mixing)


@pytest.mark.parametrize("sizes", [(5, 5), (4, 9), (9, 4)])
def test_all_pairs_against_loops(sizes):
    rng = np.random.default_rng(3)
    x, y = (skewed(rng, size, 3) for size in sizes)
    k = lambda a, b: (a @ b / 3 + 1) ** 3  # noqa: E731
    within = lambda x: np.mean(  # noqa: E731
        [k(x[i], x[j]) for i in range(len(x)) for j in range(len(x)) if i != j]
    )
    between = np.mean([k(a, b) for a in x for b in y])
    np.testing.assert_allclose(
        all_pairs(x, y).value, within(x) + within(y) - 2 * between, rtol=1e-10
    )


def test_all_pairs_of_one_size_are_the_published_estimator_of_one_subset():
    rng = np.random.default_rng(4)
    x, y = skewed(rng, 30), skewed(rng, 30)
    np.testing.assert_allclose(all_pairs(x, y).value, squared_mmd(x, y), rtol=1e-9)


def test_error_is_the_jackknife_less_what_it_counts_twice():
    """Where distributions are far apart, pairs matter little: then it is the plain jackknife."""
    rng = np.random.default_rng(5)
    x, y = skewed(rng, 20), skewed(rng, 30) + 5
    variance = 0
    for left in (
        [all_pairs(np.delete(x, i, 0), y).value for i in range(20)],
        [all_pairs(x, np.delete(y, i, 0)).value for i in range(30)],
    ):
        variance += (len(left) - 1) * np.var(left)
    error = all_pairs(x, y).error
    assert 0.97 * np.sqrt(variance) < error < np.sqrt(variance)


def test_error_counts_every_pair_once():
    """Of Gaussians with a linear kernel the part of pairs is known: 2/n(n-1) + 2/m(m-1) + 4/nm."""
    n, m, width = 40, 60, 50
    rng = np.random.default_rng(6)
    x, y = 1e-3 * rng.standard_normal([n, width]), 1e-3 * rng.standard_normal([m, width])
    # (1 + e)^3 - 1 is 3 e for small e; the mean square of a scalar product is the width.
    square = (3 * 1e-6 / width) ** 2 * width
    pairs = square * (2 / (n * (n - 1)) + 2 / (m * (m - 1)) + 4 / (n * m))
    assert 0.9 < all_pairs(x, y).error / np.sqrt(pairs) < 1.25


@pytest.mark.parametrize("sizes", [(30, 30), (20, 90)])
@pytest.mark.parametrize("shift", [0, 1])
def test_error_is_the_spread_of_independent_samples(sizes, shift):
    n, m = sizes
    compare = lambda rng: all_pairs(skewed(rng, n), skewed(rng, m) + shift)  # noqa: E731
    assert 1 / 1.5 < ratio_to_spread(compare, 200) < 1.5


@pytest.mark.parametrize("shift", [0.5, 2])
def test_error_of_subsets(shift):
    compare = lambda rng: of_subsets(  # noqa: E731
        skewed(rng, 300), skewed(rng, 400) + shift, 20, 30
    )
    assert 1 / 1.5 < ratio_to_spread(compare, 60) < 1.5


def test_subsets_of_everything_say_nothing_of_the_error():
    rng = np.random.default_rng(7)
    x, y = skewed(rng, 30), skewed(rng, 30)
    assert of_subsets(x, y).error is None
    assert of_subsets(x, y, 1, 10).error is None


def test_more_images_take_subsets(monkeypatch):
    rng = np.random.default_rng(8)
    x, y = skewed(rng, 50), skewed(rng, 60)
    assert kernel_estimate(x, y) == all_pairs(x, y)
    assert kernel_estimate(x, y, seed=1) == all_pairs(x, y)
    monkeypatch.setattr(kernel, "ALL_PAIRS", 59)
    assert kernel_estimate(x, y, seed=1) == of_subsets(x, y, seed=1)
    assert kernel_estimate(x, y, seed=1).value == kernel_distance(x, y, seed=1)


def test_blocks_change_nothing(monkeypatch):
    rng = np.random.default_rng(9)
    x, y = skewed(rng, 31), skewed(rng, 17)
    whole = all_pairs(x, y)
    monkeypatch.setattr(kernel, "BLOCK", 17 * 4)
    parts = all_pairs(x, y)
    np.testing.assert_allclose([parts.value, parts.error], [whole.value, whole.error], rtol=1e-9)


def test_of_a_sample_and_itself():
    """An image meets its equal on the other side, so that the distance is below 0."""
    x = skewed(np.random.default_rng(10), 20)
    assert all_pairs(x, x).value < 0
    np.testing.assert_allclose(all_pairs(x, x).error, all_pairs(x, x.copy()).error, rtol=1e-9)


def test_few_and_constant():
    x = skewed(np.random.default_rng(11), 5)
    assert all_pairs(x[:3], x).error is None
    assert all_pairs(x[:4], x).error > 0
    constant = np.ones([5, 3])
    assert all_pairs(constant, constant).value == pytest.approx(0, abs=1e-12)
    assert all_pairs(constant, constant).error == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("real", "fake"),
    [
        (np.ones([1, 3]), np.ones([4, 3])),
        (np.ones([4, 3]), np.ones([4, 2])),
        (np.ones([4, 3]), np.ones([4])),
        (np.ones([4, 3]), np.full([4, 3], np.nan)),
        ([["a"]], np.ones([4, 3])),
    ],
)
@pytest.mark.parametrize("function", [kernel_estimate, all_pairs, of_subsets])
def test_wrong_sides(function, real, fake):
    with refused():
        function(real, fake)
