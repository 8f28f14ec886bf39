import numpy as np
import pytest
import tensorflow as tf

from ada_tf.ops.label_vectors import label_vectors


@pytest.mark.parametrize("kind", [np.int32, np.int64])
def test_class_numbers_are_one_hot(kind):
    found = label_vectors(np.array([2, 0], kind), 3)
    assert found.dtype == tf.float32
    np.testing.assert_array_equal(found, [[0, 0, 1], [1, 0, 0]])


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_vectors_stay_as_they_are(kind):
    given = np.array([[0.25, -3], [1, 0]], kind)
    found = label_vectors(given, 2)
    assert found.dtype == tf.float32
    np.testing.assert_array_equal(found, given)


def test_unconditional_networks_are_given_nothing():
    assert label_vectors(np.array([0, 0]), 0) is None


def test_vectors_of_another_width_are_none():
    with pytest.raises(ValueError, match="must be equal"):
        tf.function(label_vectors)(tf.zeros([2, 4]), 3)
