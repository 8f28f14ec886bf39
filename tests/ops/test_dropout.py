"""Adaptive dropout: one factor for each feature map of each image, as strong as p."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.models.methods import adaptive_dropout
from ada_tf.ops import graph, random

SEED = tf.constant([3, 4])


def test_golden_number_by_hand():
    x = tf.ones([2, 2, 3, 5]) * tf.reshape(tf.range(1.0, 7.0), [1, 2, 3, 1])
    noise = random.normal(SEED, [2, 1, 1, 5])
    np.testing.assert_allclose(
        adaptive_dropout(x, 0.5, SEED), x.numpy() * np.exp(0.5 * noise.numpy()), rtol=1e-6
    )
    np.testing.assert_array_equal(adaptive_dropout(x, 0.0, SEED), x)


def test_the_logarithms_have_the_deviation_p():
    found = np.log(adaptive_dropout(tf.ones([200, 100]), 0.3, SEED))
    assert found.std() == pytest.approx(0.3, rel=0.02)
    assert abs(found.mean()) < 0.01
    assert np.abs(np.log(adaptive_dropout(tf.ones([200, 100]), 0.3, SEED + 1)) - found).min() > 0


def test_types_stay_and_any_number_of_images_is_compiled():
    assert adaptive_dropout(tf.ones([2, 3], tf.float16), 1.0, SEED).dtype == tf.float16
    program = graph(lambda x: adaptive_dropout(x, 0.5, SEED))
    found = program.get_concrete_function(tf.TensorSpec([None, 2, 2, 3], tf.float32))
    x = tf.ones([4, 2, 2, 3])
    np.testing.assert_array_equal(found(x), adaptive_dropout(x, 0.5, SEED))
