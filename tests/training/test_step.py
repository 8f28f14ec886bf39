"""What becomes of gradients that are not finite, and who is told."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.ops import graph
from ada_tf.training.iteration.non_finite import (
    GRADIENT_LIMIT,
    GROUP,
    first_not_finite,
    mended,
    not_finite,
    sanitize,
)


def test_what_is_not_finite_is_mended_with_its_sign():
    nan, inf = np.nan, np.inf
    gradient = tf.constant([nan, inf, -inf, 0.0, -2.5, 1e30, -1e30])
    expected = [0, GRADIENT_LIMIT, -GRADIENT_LIMIT, 0, -2.5, 1e30, -1e30]
    np.testing.assert_array_equal(sanitize(gradient), np.float32(expected))
    assert GRADIENT_LIMIT == 1e5


@pytest.mark.parametrize("jit_compile", [False, True])
def test_gradients_are_mended_where_one_is_not_finite(jit_compile):
    """Every other one stays as it is, with branches as without."""

    def mend(*tensors):
        bad = not_finite(tensors)
        return bad, mended(list(tensors), bad)

    program = graph(mend, jit_compile)
    sound, sick = np.float32([1e30, -2.0]), np.float32([np.nan, -np.inf])
    bad, found = program(sound, sound)
    np.testing.assert_array_equal(bad, [0, 0])
    np.testing.assert_array_equal(found, [sound, sound])
    bad, found = program(sound, sick)
    np.testing.assert_array_equal(bad, [0, 1])
    np.testing.assert_array_equal(found, [sound, np.float32([0, -GRADIENT_LIMIT])])


def test_all_tensors_that_are_not_finite_are_told_without_xla():
    tensors = [tf.zeros([2, 2]), tf.constant([1.0, np.nan]), tf.constant(-np.inf), tf.ones([])]
    np.testing.assert_array_equal(not_finite(tensors), [0, 1, 1, 0])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("bad", [(), (0,), (1,), (2,), (3,), (1, 3)])
@pytest.mark.parametrize("place", [0, -1])
def test_the_first_tensor_that_is_not_finite_is_told(value, bad, place):
    tensors = [np.zeros(shape, np.float32) for shape in ([2, 2], [3], [], [1, 5])]
    for i in bad:
        tensors[i].reshape(-1)[place] = value
    expected = [float(i == min(bad, default=None)) for i in range(4)]
    found = first_not_finite([tf.constant(t) for t in tensors])
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("bad", [(), (0,), (GROUP - 1,), (GROUP,), (GROUP + 3, 2 * GROUP), (39,)])
def test_the_first_of_many_groups_is_told(bad):
    tensors = [tf.fill([2], np.nan if i in bad else 1.0) for i in range(40)]
    found = first_not_finite(tensors)
    np.testing.assert_array_equal(found, [float(i == min(bad, default=None)) for i in range(40)])
