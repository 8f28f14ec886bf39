import numpy as np
import pytest

from ada_tf.metrics.measures.inception_score import inception_score, inception_score_estimate
from tests.metrics.spread import ratio_to_spread


def test_sure_and_even_is_the_number_of_classes():
    p = np.tile(np.eye(5), [20, 1])
    mean, std = inception_score(p)
    np.testing.assert_allclose([mean, std], [5, 0], atol=1e-12)


@pytest.mark.parametrize("row", [[1.0, 0, 0], [0.2, 0.3, 0.5]])
def test_always_the_same_is_one(row):
    np.testing.assert_allclose(inception_score(np.tile(row, [40, 1])), [1, 0], atol=1e-12)


def test_splits_are_contiguous():
    p = np.concatenate([np.tile(np.eye(2), [5, 1]), np.tile([[1.0, 0.0]], [10, 1])])
    np.testing.assert_allclose(inception_score(p, splits=2), [1.5, 0.5], atol=1e-12)


def test_error_is_the_spread_of_independent_samples():
    def compare(rng):
        return inception_score_estimate(rng.dirichlet([0.3] * 6, 400))[0]

    assert 0.75 < ratio_to_spread(compare, 150) < 1.3


def test_estimates_are_the_score():
    p = np.random.default_rng(0).dirichlet([0.3] * 6, 40)
    mean, std = inception_score_estimate(p)
    assert (mean.value, std.value) == inception_score(p)
    np.testing.assert_allclose(mean.error, std.value / np.sqrt(9))  # N - 1 and N of ten splits
    assert std.error is None
    assert inception_score_estimate(p[:1])[0].error is None
    assert inception_score_estimate(p, splits=1)[0].error is None
