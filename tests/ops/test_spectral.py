"""Spectral normalisation: one step of the power iteration by hand, where it ends, its gradient."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.models.methods import inverse_norm

KERNEL = tf.constant([[[[3.0, 0.0], [0.0, 1.0]]]])  # 1x1, with singular values 3 and 1
U = tf.constant([[1.0, 1.0]])


def converged(kernel, steps=60):
    u = tf.ones([1, kernel.shape[-1]])
    for _ in range(steps):
        inverse, u = inverse_norm(kernel, u)
    return inverse, u


def test_golden_numbers_by_hand():
    """V is (3, 1) / sqrt(10), and v W is (9, 1) / sqrt(10)."""
    inverse, u = inverse_norm(KERNEL, U)
    assert float(inverse) == pytest.approx(np.sqrt(10 / 82))
    np.testing.assert_allclose(u, np.array([[9, 1]]) / np.sqrt(82), rtol=1e-6)
    again, _ = inverse_norm(KERNEL, u)
    assert float(again) == pytest.approx(np.sqrt((27**2 + 1) / (81**2 + 1)))


def test_it_ends_at_the_largest_singular_value():
    kernel = np.random.RandomState(0).normal(size=[3, 3, 4, 5]).astype(np.float32)
    inverse, _ = converged(tf.constant(kernel))
    largest = np.linalg.svd(kernel.reshape(36, 5), compute_uv=False)[0]
    assert float(inverse) == pytest.approx(1 / largest, rel=1e-4)


def test_gradients_flow_through_the_norm():
    """Of 1 / sigma: minus the outer product of both singular vectors, over sigma squared."""
    _, u = converged(KERNEL)
    with tf.GradientTape() as tape:
        tape.watch(KERNEL)
        inverse, _ = inverse_norm(KERNEL, u)
    np.testing.assert_allclose(
        tape.gradient(inverse, KERNEL)[0, 0], [[-1 / 9, 0], [0, 0]], atol=1e-6
    )


def test_a_kernel_of_zeros_stays_finite():
    inverse, u = inverse_norm(0 * KERNEL, U)
    assert np.isfinite(float(inverse))
    np.testing.assert_array_equal(u, [[0, 0]])
