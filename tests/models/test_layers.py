"""Gains go into weights and biases where an activation lets them, and the result is the plain one."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.models.layers import Conv2D, StyledConv, ToRGB, split_gain, styles_of
from ada_tf.ops import ACTIVATIONS, bias_act, conv2d_resample, modulated_conv2d

GAIN, CLAMP = 0.7, 0.9
X = tf.constant(np.random.RandomState(0).randn(2, 8, 8, 3), tf.float32)
W = tf.constant(np.random.RandomState(1).randn(2, 5), tf.float32)
NOISE = tf.constant(np.random.RandomState(2).randn(2, 8, 8, 1), tf.float32)


def randomised(layer):
    """A layer whose biases and noise strengths are not the zeros of the start."""
    for i, variable in enumerate(layer.trainable_variables):
        variable.assign(np.asarray(np.random.RandomState(i).randn(*variable.shape), np.float32))
    return layer


def plain(x, layer):
    """Bias, activation, both gains and the clamp one after the other."""
    gain = ACTIVATIONS[layer.activation].gain * GAIN
    return bias_act(x, layer.bias.value, act=layer.activation, gain=gain, clamp=CLAMP * GAIN)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_gain_may_come_before_homogeneous_activations_alone(activation):
    spec = ACTIVATIONS[activation]
    act = lambda x: spec.function(x, spec.alpha)  # noqa: E731
    same = np.allclose(act(3.0 * X), 3.0 * act(X), rtol=1e-5, atol=1e-6)
    assert spec.homogeneous == same
    before, after = split_gain(activation, GAIN)
    assert before * after == pytest.approx(spec.gain * GAIN)
    assert after == 1 or not spec.homogeneous


@pytest.mark.parametrize("activation", ["lrelu", "linear", "swish"])
def test_convolution_of_the_discriminator(activation):
    layer = randomised(Conv2D(3, 4, 3, activation=activation, clamp=CLAMP))
    expected = plain(conv2d_resample(X, layer.kernel * layer.weight_gain), layer)
    np.testing.assert_allclose(layer(X, gain=GAIN), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("activation", ["lrelu", "linear", "swish"])
def test_convolution_of_the_synthesis(activation):
    layer = randomised(StyledConv(3, 4, 5, (8, 8), activation=activation, clamp=CLAMP))
    x = modulated_conv2d(X, layer.kernel.value, layer.affine(W), noise=NOISE * layer.noise_strength)
    found = layer(X, layer.affine(W), NOISE, gain=GAIN)
    np.testing.assert_allclose(found, plain(x, layer), rtol=1e-4, atol=1e-5)


def test_styles_are_those_of_each_layer():
    """Of layers of the same width and of others, in the order that they are given."""
    sizes = [(3, 2), (5, 2), (3, 4), (5, 1)]
    layers = [randomised(StyledConv(i, o, 4, (8, 8))) for i, o in sizes]
    layers.insert(2, randomised(ToRGB(3, 1, 4)))
    ws = [tf.constant(np.random.RandomState(k).randn(2, 4), tf.float32) for k in range(5)]
    for layer, w, styles in zip(layers, ws, styles_of(layers, ws), strict=True):
        np.testing.assert_allclose(styles, layer.affine(w), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("size", "demodulate"), [(1, False), (3, False), (3, True)])
def test_the_gain_of_a_modulated_convolution_is_not_that_of_its_noise(size, demodulate):
    w = tf.constant(np.random.RandomState(3).randn(size, size, 3, 4), tf.float32)
    styles = tf.constant(np.random.RandomState(4).randn(2, 3), tf.float32)
    arguments = dict(demodulate=demodulate)
    expected = GAIN * modulated_conv2d(X, w, styles, **arguments) + NOISE
    found = modulated_conv2d(X, w, styles, noise=NOISE, gain=GAIN, **arguments)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
