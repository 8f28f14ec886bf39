"""Convolutions agree with those that others would write, with gradients of both orders."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.ops import conv2d_resample, graph, make_filter, modulated_conv2d
from tests.ops.convolutions import folded
from tests.ops.gradients import assert_equal, derivatives

RNG = np.random.default_rng(0)
X = tf.constant(RNG.normal(size=[2, 8, 6, 5]), tf.float32)
W = tf.constant(RNG.normal(size=[3, 3, 5, 4]), tf.float32)
FIR = make_filter([1, 3, 3, 1])
UNEVEN = make_filter([1, 4, 2, 1])


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("f", [FIR, UNEVEN], ids=["even", "uneven"])
@pytest.mark.parametrize("direction", ["up", "down"])
def test_folded_and_unfolded_convolutions(direction, f, jit):
    def results(resample):
        return graph(derivatives(lambda x, w: resample(x, w, f, **{direction: 2})), jit)(X, W)

    assert_equal(results(folded), results(conv2d_resample))


def test_styles_in_the_weights_of_a_pointwise_layer():
    """What ToRGB does, against the definition: the scaled image, convolved."""
    w = tf.constant(RNG.normal(size=[1, 1, 5, 3]), tf.float32)
    styles = tf.constant(RNG.normal(size=[2, 5]), tf.float32)

    def layer(x, w, styles):
        return modulated_conv2d(x, w, styles, demodulate=False)

    def definition(x, w, styles):
        return tf.nn.conv2d(x * styles[:, tf.newaxis, tf.newaxis], w, 1, "VALID")

    inputs = X, w, styles
    assert_equal(derivatives(layer)(*inputs), derivatives(definition)(*inputs))
