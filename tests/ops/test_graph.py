"""Ops know whether they are traced for XLA, and choose by it."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.ops import downsample2d, graph, make_filter, tf32
from ada_tf.ops.graph import in_compiled_function, is_compiling

# The setting of float32 products holds within, and only there.

enabled = tf.config.experimental.tensor_float_32_execution_enabled


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("allowed", [True, False])
def test_within_and_not_after(before, allowed):
    with tf32(before):
        with tf32(allowed):
            assert enabled() == allowed
        assert enabled() == before


def test_an_error_brings_the_old_setting_back():
    before = enabled()
    with pytest.raises(KeyError), tf32(not before):
        raise KeyError
    assert enabled() == before


@pytest.mark.parametrize("allowed", [True, False])
def test_programs_for_xla_ask_for_what_is_set(allowed):
    def products(x, w):
        return tf.nn.conv2d(x, w, 1, "VALID"), tf.matmul(x, x)

    x, w = tf.zeros([1, 4, 4, 4]), tf.zeros([3, 3, 4, 4])
    with tf32(allowed):
        program = graph(products, jit_compile=True).experimental_get_compiler_ir(x, w)(stage="hlo")
    assert program.count("operand_precision={highest,highest}") == (0 if allowed else 2)


def seen(jit_compile):
    found = []
    graph(lambda x: found.append(is_compiling()) or x, jit_compile)(tf.zeros([]))
    return found


def test_known_while_tracing_only():
    assert (seen(True), seen(False)) == ([True], [False])
    assert not is_compiling()


def test_parts_of_a_compiled_function_are_compiled():
    found = []
    part = graph(lambda x: found.append(is_compiling()) or x)
    graph(lambda x: part(x), jit_compile=True)(tf.zeros([]))
    assert found == [True]


def test_forgotten_after_an_error():
    def fails(x):
        raise KeyError

    with pytest.raises(KeyError):
        graph(fails, jit_compile=True)(tf.zeros([]))
    assert not is_compiling()


def test_the_filter_is_depthwise_outside_of_xla_and_not_inside():
    x = tf.constant(np.random.default_rng(0).normal(size=[2, 4, 4, 3]), tf.float32)
    f = make_filter([1, 3, 3, 1])
    functions = {jit: graph(lambda x: downsample2d(x, f), jit) for jit in (True, False)}
    for jit, function in functions.items():
        types = {op.type for op in function.get_concrete_function(x).graph.get_operations()}
        assert ("DepthwiseConv2dNative" in types) != jit
    np.testing.assert_allclose(functions[True](x), functions[False](x), atol=1e-6)


@pytest.mark.parametrize("jit_compile", [None, False, True])
def test_compiled_functions_of_others_are_known_too(jit_compile):
    """Also within their conditionals; nothing outside of functions is compiled."""
    found = []

    def look(x):
        found.append(in_compiled_function())
        return x

    @tf.function(jit_compile=jit_compile, autograph=False)
    def theirs(x):
        return tf.cond(x > 0.0, lambda: look(x), lambda: x) + look(x)

    theirs(tf.ones([]))
    look(tf.ones([]))
    assert found == [bool(jit_compile), bool(jit_compile), False]
