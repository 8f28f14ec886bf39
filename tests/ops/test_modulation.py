"""The normalisation of float16 changes the range of weights and styles, and nothing else."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.ops import modulated_conv2d
from ada_tf.ops.conv import _normalize_for_half

RNG = np.random.default_rng(0)
X = tf.constant(RNG.normal(size=[2, 5, 5, 4]))
W = tf.constant(RNG.normal(size=[3, 3, 4, 3]) * 7.0)
STYLES = tf.constant(RNG.normal(size=[2, 4]) * 90.0)
V = tf.constant(RNG.normal(size=[2, 5, 5, 3]))


def plain(w, styles):
    return modulated_conv2d(X, w, styles)


def normalized(w, styles):
    return modulated_conv2d(X, *_normalize_for_half(w, styles))


def derivatives(f):
    """The output, its gradients, and the gradients of their squared norm (as in path length)."""
    with tf.GradientTape() as outer:
        outer.watch([W, STYLES])
        with tf.GradientTape() as inner:
            inner.watch([W, STYLES])
            y = f(W, STYLES)
        first = inner.gradient(y, [W, STYLES], output_gradients=V)
        penalty = sum(tf.reduce_sum(tf.square(g)) for g in first)
    return y, *first, *outer.gradient(penalty, [W, STYLES])


def test_outputs_and_derivatives_of_both_orders_stay():
    # What remains is the 1e-8 that demodulation adds to the energy.
    for ours, expected in zip(derivatives(normalized), derivatives(plain), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize("scale", [1e-3, 1e6])
def test_nothing_overflows_in_float16(scale):
    x = tf.cast(X, tf.float16)
    y = modulated_conv2d(x, tf.cast(W * scale, tf.float32), tf.cast(STYLES * scale, tf.float32))
    np.testing.assert_allclose(y, plain(W, STYLES), atol=0.05)


def test_the_widest_layer_does_not_overflow_in_float16():
    """Where all inputs stand at the clamp, and all weights and styles have one sign."""
    x, w, styles = tf.fill([1, 3, 3, 512], 256.0), tf.ones([3, 3, 512, 1]), tf.ones([1, 512])
    y = modulated_conv2d(tf.cast(x, tf.float16), w, styles)
    np.testing.assert_allclose(y, modulated_conv2d(x, w, styles), rtol=2e-3)


def test_small_channels_and_images_stay_exact_in_float16():
    """Each output channel has its own maximum, and each image its own: beside a thousandfold larger
    one the small ones would lose their digits below the smallest float16.
    """
    w = tf.cast(W, tf.float32) * [1e-6, 1.0, 1e3]
    styles = tf.cast(STYLES, tf.float32) * [[1e-6], [1e2]]
    y = modulated_conv2d(tf.cast(X, tf.float16), w, styles)
    expected = modulated_conv2d(X, tf.cast(w * 1e6, tf.float64), tf.cast(styles * 1e6, tf.float64))
    np.testing.assert_allclose(y, expected, atol=0.02 * np.abs(expected).max())
