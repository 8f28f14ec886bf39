import numpy as np
import pytest

from ada_tf.metrics.inception_score import inception_score


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
