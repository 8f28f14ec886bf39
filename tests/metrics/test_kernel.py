import numpy as np
import pytest

from ada_tf.errors import UserError
from ada_tf.metrics.kernel import kernel_distance, polynomial_kernel, squared_mmd


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
    with pytest.raises(UserError, match="at least 2"):
        kernel_distance(np.zeros([1, 2]), np.zeros([5, 2]))
