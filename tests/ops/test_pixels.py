"""The bytes of a graph are those of `ada_tf.images.to_uint8`."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.images import to_uint8
from ada_tf.ops import graph, pixels

BYTES = np.arange(256) / np.float32(127.5) - 1
RANDOM = np.random.default_rng(0).uniform(-1.1, 1.1, 10**6).astype(np.float32)
FAR = np.array([-np.inf, -1e9, -1, 1, 1e9, np.inf], np.float32)


@pytest.mark.parametrize("values", [BYTES, RANDOM, FAR], ids=["bytes", "random", "far"])
def test_equal_to_those_of_arrays(values):
    expected = to_uint8(values)
    np.testing.assert_array_equal(pixels.to_uint8(tf.constant(values)), expected)
    np.testing.assert_array_equal(graph(pixels.to_uint8)(tf.constant(values)), expected)


@pytest.mark.parametrize("values", [BYTES, RANDOM, FAR], ids=["bytes", "random", "far"])
def test_xla_moves_few_bytes_and_by_one(values):
    """Of ten million values 26 lay so near to a border that one rounding less moved them."""
    found = graph(pixels.to_uint8, jit_compile=True)(tf.constant(values)).numpy()
    difference = np.abs(found.astype(int) - to_uint8(values))
    assert difference.max() <= 1
    assert difference.mean() < 1e-5
    assert not difference[np.isin(values, (*BYTES, *FAR))].any()
