"""Comparing two ways to compute something, gradients of both orders included."""

import numpy as np
import tensorflow as tf


def derivatives(f):
    """The output, its gradients, and the gradients of their squared norm."""

    def all_of(*inputs):
        with tf.GradientTape() as outer:
            outer.watch(inputs)
            with tf.GradientTape() as inner:
                inner.watch(inputs)
                y = f(*inputs)
                total = tf.reduce_sum(tf.sin(y))
            first = inner.gradient(total, inputs)
            penalty = tf.add_n([tf.reduce_sum(tf.square(g)) for g in first])
        return [y, *first, *outer.gradient(penalty, inputs)]

    return all_of


def assert_equal(ours, expected):
    for a, b in zip(ours, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5 * np.abs(b).max())
