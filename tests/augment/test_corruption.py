"""Noise and cutout."""

import numpy as np
import tensorflow as tf

from ada_tf.augment import AugmentParams, apply


def test_noise_has_its_deviation_and_follows_its_seed():
    x = tf.zeros([2, 32, 32, 3])
    params = AugmentParams(noise=tf.constant([0.0, 0.3]), noise_seed=tf.constant([1, 2]))
    out, again = apply(x, params).numpy(), apply(x, params).numpy()
    np.testing.assert_array_equal(out, again)
    assert not out[0].any()
    np.testing.assert_allclose(out[1].std(), 0.3, rtol=0.05)
    other = apply(x, params._replace(noise_seed=tf.constant([1, 3]))).numpy()
    assert np.abs(other[1] - out[1]).max() > 0.1


def test_given_noise_is_used():
    noise = np.random.default_rng(0).normal(size=[2, 4, 4, 1]).astype(np.float32)
    params = AugmentParams(noise=tf.constant([1.0, 2.0]), noise_seed=tf.constant([1, 2]))
    out = apply(tf.ones([2, 4, 4, 1]), params, noise)
    np.testing.assert_allclose(out, 1 + noise * np.reshape([1, 2], [2, 1, 1, 1]), atol=1e-6)


def test_cutout_rectangle():
    params = AugmentParams(
        cutout_size=tf.constant([0.5, 0.5, 0.0]),
        cutout_center=tf.constant([[0.5, 0.25], [0.0, 1.0], [0.5, 0.5]]),
    )
    out = apply(tf.ones([3, 8, 16, 3]), params).numpy()
    expected = np.ones([3, 8, 16, 3])
    expected[0, :4, 4:12] = 0.0
    expected[1, 6:, :4] = 0.0  # hangs over the border
    np.testing.assert_array_equal(out, expected)
