"""A branch under XLA: values and derivatives of three orders, and nothing of the other case."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.ops.branch import branch

X, Y = (
    tf.constant(np.random.default_rng(0).uniform(0.5, 2.0, [2, 4]), tf.float32)[i] for i in range(2)
)


def crossed(values):
    x, y = values
    return [x**3 * y, tf.exp(y)]


def doubled(values):
    x, y = values
    return [2.0 * x, y]


def orders(function):
    """The values, and derivatives of a sum of them."""
    x, y = tf.identity(X), tf.identity(Y)
    with tf.GradientTape() as third:
        third.watch(x)
        with tf.GradientTape() as second:
            second.watch([x, y])
            with tf.GradientTape() as first:
                first.watch([x, y])
                values = function([x, y])
                score = tf.reduce_sum(values[0] ** 2 + tf.sin(values[1]))
            slopes = first.gradient(score, [x, y])
            penalty = tf.reduce_sum(slopes[0] * slopes[1])
        bends = second.gradient(penalty, [x, y])
        last = tf.reduce_sum(bends[0] ** 2)
    return [*values, *slopes, *bends, third.gradient(last, x)]


@pytest.mark.parametrize("happens", [True, False])
@pytest.mark.parametrize("jit_compile", [True, False])
def test_values_and_derivatives_are_those_of_what_happens(happens, jit_compile):
    @tf.function(jit_compile=jit_compile)
    def branched(happens):
        return orders(lambda values: branch(happens, crossed, doubled, values))

    expected = orders(crossed if happens else doubled)
    for a, b in zip(branched(tf.constant(happens)), expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)


def test_a_tensor_that_does_not_matter_has_the_gradient_zero():
    with tf.GradientTape() as tape:
        tape.watch(Y)
        (x,) = branch(tf.constant(True), lambda v: [3.0 * v[0]], lambda v: v[:1], [X, Y])
    np.testing.assert_array_equal(x, 3.0 * X)
    np.testing.assert_array_equal(tape.gradient(x, Y), tf.zeros_like(Y))


def test_only_one_case_is_computed():
    """XLA computes in conditionals, the way back too."""

    @tf.function(jit_compile=True)
    def slope(happens, x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            (y,) = branch(happens, lambda v: [tf.sinh(v[0])], lambda v: v, [x])
        return y, tape.gradient(y, x)

    program = slope.experimental_get_compiler_ir(tf.constant(True), X)(stage="hlo")
    entry = program[program.index("ENTRY") :]
    assert entry.count(" conditional(") == 2
    assert "exponential" not in entry
    assert "exponential" in program
