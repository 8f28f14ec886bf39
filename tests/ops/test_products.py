"""What D sees is exact on a card that multiplies float32 in TF32, which is played by rounding factors."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import AugmentPolicy, apply, sample_params
from ada_tf.ops import choice, fir, graph, make_filter
from ada_tf.ops.graph import tf32 as tf32_of_process
from ada_tf.ops.products import product
from tests.ops.gradients import assert_equal, derivatives

RNG = np.random.default_rng(0)
X = tf.constant(RNG.normal(size=[2, 24, 22, 3]), tf.float32)
FILTER = make_filter([1, 4, 2, 2])  # ninths: no number of TF32
MATMUL = tf.matmul


def rounded(x):
    """To the nearest number of 10 bits, as tensor cores read float32."""
    bits = tf.bitcast(x, tf.int32) + 2**12
    return tf.bitcast(tf.bitwise.bitwise_and(bits, -(2**13)), tf.float32)


@pytest.fixture
def tf32(monkeypatch):
    """A machine whose float32 products are in TF32; `tf32(known=False)` does not tell us."""

    def play(known=True):
        monkeypatch.setattr(tf, "matmul", lambda a, b: MATMUL(rounded(a), rounded(b)))
        monkeypatch.setattr(choice, "rounds_products", lambda: known)

    return play


def warped(x):
    params = sample_params([1, 2], 2, 1.0, AugmentPolicy(scale=1.0, xfrac=1.0, imgfilter=1.0))
    return apply(x, params)


def enlarged(x):
    padding = (2, 1, 2, 1)
    return fir.upfirdn2d(x, FILTER, up=2, padding=padding, implementation="matrix")


@pytest.mark.parametrize(
    ("resample", "jit_compile"), [(warped, False), (enlarged, False), (enlarged, True)]
)
def test_pictures_keep_their_bits(resample, jit_compile, tf32):
    def results(function):
        return graph(lambda x: function(x), jit_compile)(X)

    exact = results(derivatives(resample))
    tf32(known=False)
    error = np.abs(results(resample) - exact[0]).max()
    assert error > 1e-4 * np.abs(exact[0]).max()  # it is seen if pictures are rounded
    tf32()
    assert_equal(results(derivatives(resample)), exact)


def test_a_product_for_each_image_and_its_derivatives(tf32):
    matrices = tf.constant(RNG.normal(size=[2, 7, 24]), tf.float32)
    columns = tf.reshape(X, [2, 24, -1])
    exact = derivatives(lambda x: product(matrices, x))(columns)
    tf32()
    assert_equal(derivatives(lambda x: product(matrices, x))(columns), exact)


@pytest.mark.parametrize(("gpu", "allowed"), [(True, True), (True, False), (False, True)])
def test_a_gpu_rounds_where_it_may(monkeypatch, gpu, allowed):
    monkeypatch.setattr(choice, "on_gpu", lambda: gpu)
    with tf32_of_process(allowed):
        assert choice.rounds_products() is (gpu and allowed)
