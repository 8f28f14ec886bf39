"""Auxiliary rotations: the four orientations, and the loss of who tells them apart."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.models.methods import rotation_loss, rotations


def test_quarter_turns_by_hand():
    """Counterclockwise, all of an image before those of the next."""
    images = tf.constant([[[1.0, 2], [3, 4]], [[5, 6], [7, 8]]])[..., tf.newaxis]
    expected = [
        [[1, 2], [3, 4]], [[2, 4], [1, 3]], [[4, 3], [2, 1]], [[3, 1], [4, 2]],
        [[5, 6], [7, 8]], [[6, 8], [5, 7]], [[8, 7], [6, 5]], [[7, 5], [8, 6]],
    ]  # fmt: skip
    np.testing.assert_array_equal(rotations(images)[..., 0], expected)


def test_golden_numbers_by_hand():
    """Of one image that is told and one that is not: log(1 + 3 / e^2) and log 4."""
    logits = tf.concat([2 * tf.eye(4), tf.zeros([4, 4])], axis=0)
    told, unknown = np.log(1 + 3 / np.exp(2)), np.log(4)
    np.testing.assert_allclose(rotation_loss(logits), [[told] * 4, [unknown] * 4], rtol=1e-6)
    wrong = tf.roll(2 * tf.eye(4), 1, axis=0)
    np.testing.assert_allclose(rotation_loss(wrong), [[2 + told] * 4], rtol=1e-6)


def test_the_slope_is_that_of_a_classifier():
    """Softmax minus what is right."""
    logits = tf.constant(np.random.RandomState(0).normal(size=[4, 4]), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        total = tf.reduce_sum(rotation_loss(logits))
    np.testing.assert_allclose(
        tape.gradient(total, logits), tf.nn.softmax(logits) - np.eye(4), atol=1e-6
    )


def test_huge_logits_stay_finite():
    assert float(tf.reduce_mean(rotation_loss(1e4 * tf.eye(4)))) == pytest.approx(0)
