"""Noise inputs: who gets which noise image, and when."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.models import SynthesisNetwork
from ada_tf.ops import random

WS = tf.ones([2, 4, 3])  # the same for both images


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(0)
    made = SynthesisNetwork(3, shape=(8, 8, 1), channel_base=32, channel_max=4)
    for block in made.blocks:
        for layer in block.convs:
            layer.noise_strength.assign(1.0)
    return made


def images(network, seed=0, **arguments):
    return network(WS, seed=random.make_seed(seed), **arguments).numpy()


def test_random_noise_is_of_the_image_and_the_seed(network):
    first = images(network)
    assert np.abs(first[0] - first[1]).max() > 0.1
    np.testing.assert_array_equal(first, images(network))
    assert np.abs(first - images(network, seed=1)).max() > 0.1


@pytest.mark.parametrize("mode", ["const", "none"])
def test_other_noise_is_the_same_for_all_images(network, mode):
    first = images(network, noise_mode=mode)
    np.testing.assert_allclose(first[0], first[1], atol=1e-6)
    np.testing.assert_array_equal(first, images(network, seed=1, noise_mode=mode))
    assert np.abs(first - images(network)).max() > 0.1


def test_every_layer_has_a_noise_image_of_its_own(network):
    """Parts of one draw for all layers and images."""
    seed = random.make_seed(0)
    noises = network._noises(2, "random", seed)
    assert [tuple(noise.shape) for noise in noises] == [(2, 4, 4, 1), (2, 8, 8, 1), (2, 8, 8, 1)]
    flat = np.concatenate([np.reshape(noise, [2, -1]) for noise in noises], axis=1)
    np.testing.assert_array_equal(flat, random.normal(seed, [2, 16 + 64 + 64]))


def test_random_noise_needs_a_seed(network):
    with pytest.raises(UserError, match="seed=None"):
        network(WS)
    with pytest.raises(UserError, match="noise_mode='fresh'"):
        network(WS, noise_mode="fresh")
