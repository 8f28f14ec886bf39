"""The setting of float32 products holds within, and only there."""

import pytest
import tensorflow as tf

from ada_tf.ops import graph, tf32

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
