"""What becomes of gradients that are not finite, and who is told."""

import numpy as np
import tensorflow as tf

from ada_tf.training.iteration.non_finite import GRADIENT_LIMIT, not_finite, sanitize


def test_what_is_not_finite_is_mended_with_its_sign():
    nan, inf = np.nan, np.inf
    gradient = tf.constant([nan, inf, -inf, 0.0, -2.5, 1e30, -1e30])
    expected = [0, GRADIENT_LIMIT, -GRADIENT_LIMIT, 0, -2.5, 1e30, -1e30]
    np.testing.assert_array_equal(sanitize(gradient), np.float32(expected))
    assert GRADIENT_LIMIT == 1e5


def test_tensors_that_are_not_finite_are_counted_one_by_one():
    tensors = [tf.zeros([2, 2]), tf.constant([1.0, np.nan]), tf.constant(-np.inf), tf.ones([])]
    np.testing.assert_array_equal(not_finite(tensors), [0, 1, 1, 0])
