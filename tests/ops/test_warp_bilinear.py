"""The bilinear warp: exact where no pixel is between others, and the energy it takes elsewhere."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.ops.warp import warp_bilinear
from tests.sentences import refused

from .test_warp import BATCHES, affine

X = np.random.default_rng(0).normal(size=[1, 9, 12, 2]).astype(np.float32)


def test_flips_turns_and_whole_shifts_are_exact():
    def moved(*matrix, x=X):
        return warp_bilinear(x, affine(*matrix)[None]).numpy()

    np.testing.assert_array_equal(moved(), X)
    np.testing.assert_array_equal(moved(0.0, (-1.0, 1.0)), X[:, :, ::-1])
    padded = np.pad(X, ((0, 0), (3, 3), (3, 3), (0, 0)), mode="reflect")
    np.testing.assert_array_equal(moved(0.0, (1, 1), (-2.0, 3.0)), padded[:, 6:15, 1:13])
    square = X[:, :, :9]
    quarter = moved(np.pi / 2, x=square)
    np.testing.assert_allclose(quarter, np.rot90(square, 1, axes=(1, 2)), atol=1e-5)


def test_reflects_without_end():
    far = warp_bilinear(X, affine(shift=(2 * 11 * 5, -2 * 8 * 3))[None])
    np.testing.assert_allclose(far, X, atol=1e-5)


@pytest.mark.parametrize("fraction", [0.25, 0.5])
def test_energy_left_at_a_frequency(fraction):
    """The formula of the docstring, away from the borders."""
    w = np.pi / 2
    wave = np.cos(w * np.arange(64) + 0.3)[None, None, :, None] * np.ones([1, 4, 1, 1])
    out = warp_bilinear(wave, affine(shift=(fraction, 0.0))[None]).numpy()[:, :, 8:56]
    left = np.mean(out**2) / np.mean(wave**2)
    np.testing.assert_allclose(left, 1 - 2 * fraction * (1 - fraction) * (1 - np.cos(w)), rtol=1e-5)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_compiled_or_not_its_gradient_is_the_adjoint(jit_compile):
    rng, matrices = np.random.default_rng(3), tf.constant(np.stack(BATCHES["each its own way"]))
    x, v = (tf.constant(rng.normal(size=[4, 7, 9, 2])) for _ in range(2))

    @tf.function(jit_compile=jit_compile)
    def orders(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = warp_bilinear(x, matrices)
                score = tf.reduce_sum(y * v + y**2 / 2)
            gradient = inner.gradient(score, x)
            penalty = tf.reduce_sum(gradient**2) / 2
        return y, gradient, outer.gradient(penalty, x)

    y, gradient, second = orders(x)
    np.testing.assert_allclose(tf.reduce_sum((v + y) * y), tf.reduce_sum(gradient * x), rtol=1e-10)
    again = orders(gradient)[1] - orders(tf.zeros_like(x))[1]  # A'A of the gradient
    np.testing.assert_allclose(second, again, atol=1e-10)


def test_refuses():
    with refused("1x8"):
        warp_bilinear(tf.zeros([1, 1, 8, 1]), affine()[None])
