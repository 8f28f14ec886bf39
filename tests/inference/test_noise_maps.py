import numpy as np
import pytest
import tensorflow as tf

from ada_tf.inference.projection import autocorrelation, own_maps, whitened
from ada_tf.models.synthesis import SynthesisNetwork


def drawn(sizes):
    return [tf.random.stateless_normal([1, *size, 1], [1, 2]) for size in sizes]


def test_by_hand_of_a_constant():
    # Neighbours multiply to 1, halves to 2 x 2 and 4 x 4; squared, in two directions.
    ones = tf.ones([2, 32, 32, 1])
    np.testing.assert_allclose(autocorrelation([ones]), [2 * (1 + 4**2 + 16**2)] * 2)
    np.testing.assert_allclose(autocorrelation([ones[:, :8, :8]] * 3), [6, 6])


def test_pyramids_of_odd_shapes_end_where_they_cannot_be_halved():
    assert autocorrelation([tf.ones([1, 9, 16, 1])]) == [2]
    assert autocorrelation([tf.ones([1, 16, 40, 1])]) == [2 + 2 * 4**2]


def test_gradient_by_hand():
    noise = np.random.RandomState(0).randn(1, 4, 6, 1).astype(np.float32)
    with tf.GradientTape() as tape:
        maps = tf.constant(noise)
        tape.watch(maps)
        found = autocorrelation([maps])
    expected = np.zeros_like(noise)
    for axis in (1, 2):
        before, after = np.roll(noise, 1, axis), np.roll(noise, -1, axis)
        expected += 2 * np.mean(noise * before) * (before + after) / 24
    np.testing.assert_allclose(tape.gradient(found, maps), expected, rtol=1e-5, atol=1e-7)


def test_white_maps_have_little_and_smooth_ones_much():
    white = drawn([(64, 64)])[0]
    smooth = whitened(tf.nn.avg_pool2d(white, 4, 1, "SAME"))
    assert 100 * autocorrelation([white]) < autocorrelation([smooth])


def test_whitened_maps_of_each_picture():
    maps = tf.constant(np.random.RandomState(0).uniform(1, 3, [2, 8, 4, 1]), tf.float32)
    found = whitened(maps * [[[[1.0]]], [[[5.0]]]]).numpy()
    np.testing.assert_allclose(found.mean(axis=(1, 2, 3)), 0, atol=1e-6)
    np.testing.assert_allclose(found.std(axis=(1, 2, 3)), 1, rtol=1e-5)


def test_a_network_makes_the_same_of_its_own_maps(plain):
    synthesis = plain[1].synthesis
    ws = tf.random.stateless_normal([2, 6, 8], [1, 2])
    maps = own_maps(synthesis)
    assert [tuple(noise.shape[1:3]) for noise in maps] == synthesis.noise_sizes
    found = synthesis(ws, noises=maps)
    np.testing.assert_allclose(found, synthesis(ws, noise_mode="const"), rtol=1e-6, atol=1e-6)
    others = synthesis(ws, noises=drawn(synthesis.noise_sizes))
    assert np.abs(others - found).max() > 1e-2


@pytest.mark.parametrize("read", [own_maps, lambda network: network.noise_sizes])
def test_networks_without_noise_have_no_maps(read):
    network = SynthesisNetwork(4, (8, 8, 1), channel_base=32, channel_max=4, use_noise=False)
    assert read(network) == []
