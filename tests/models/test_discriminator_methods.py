"""Methods within the discriminator: what they change in it, and that they change nothing else."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.models import Discriminator, discriminator, variables_by_name
from ada_tf.models.build import seeded
from ada_tf.models.config import DISCRIMINATOR_METHODS
from ada_tf.models.layers import Conv2D, Dense
from ada_tf.models.published_names import named_variables
from ada_tf.ops.orientation import rotations
from ada_tf.ops.progressive import checksum_sign, progressive_bits

METHODS = DISCRIMINATOR_METHODS[1:]
SIZES = dict(shape=(8, 8, 3), channel_base=32, channel_max=4)
IMAGES = tf.constant(np.random.RandomState(0).normal(size=[4, 8, 8, 3]), tf.float32)
LABELS = tf.one_hot([0, 1, 1, 0], 2)
SEED = tf.constant([3, 4])
# Of a network of 8 pixels, in the order in which they are met.
LAYERS = {
    "resnet": "fromrgb skip conv0 conv1 conv fc out",
    "skip": "fromrgb conv0 conv1 fromrgb conv fc out",
    "orig": "fromrgb conv0 conv1 conv fc out",
}


def made(method="none", c_dim=0, **more):
    with seeded(5):
        return Discriminator(c_dim, **SIZES, method=method, mapping={"num_layers": 1}, **more)


def values(network):
    return {name: v.numpy() for name, v in variables_by_name(network).items()}


@pytest.mark.parametrize("method", METHODS)
def test_all_other_weights_are_those_without(method):
    plain, found = values(made()), values(made(method))
    for name, value in plain.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)
    more = {
        "spectralnorm": {"blocks.0.conv0.u", "blocks.0.conv1.u", "epilogue.conv.u"},
        "auxrot": {"rotation.kernel", "rotation.bias"},
        "pagan": {"bits.kernel"},
        "adropout": set(),
    }
    assert found.keys() - plain.keys() == more[method]


@pytest.mark.parametrize("method", METHODS)
def test_files_of_networks_have_a_name_for_every_variable(method):
    network = made(method, 2)
    names = [named.name for named in named_variables(network)]
    assert len(set(names)) == len(names) == len(network.variables)


@pytest.mark.parametrize("method", METHODS)
def test_rebuilt_from_its_configuration(method):
    network = made(method)
    again = Discriminator.from_config(network.get_config())
    again.set_weights(network.get_weights())
    np.testing.assert_array_equal(again(IMAGES), network(IMAGES))


def test_an_unknown_method_is_refused():
    with pytest.raises(UserError, match=r"^method='dropout' must be one of none, spectralnorm, "):
        made("dropout")


@pytest.mark.parametrize("method", ["pagan", "adropout"])
@pytest.mark.parametrize("c_dim", [0, 2])
def test_without_strength_nothing_is_disturbed(method, c_dim):
    labels = LABELS if c_dim else None
    plain, network = made("none", c_dim), made(method, c_dim)
    expected = plain(IMAGES, labels)
    np.testing.assert_array_equal(network(IMAGES, labels), expected)
    disturbed = network(IMAGES, labels, p=tf.constant(0.0), seed=SEED)
    np.testing.assert_allclose(disturbed, expected, rtol=1e-5, atol=1e-6)
    disturbed = network(IMAGES, labels, p=tf.constant(1.0), seed=SEED)
    assert np.abs(disturbed - expected).min() > 1e-3


@pytest.mark.parametrize("architecture", LAYERS)
def test_bits_are_further_inputs_of_the_first_layer(architecture):
    """As a bias would be for images of the same bits; the checksum turns what is said of them."""
    network = made("pagan", architecture=architecture, mbstd_num_channels=0)
    bits = progressive_bits(SEED, 4, 1.0)
    signs = checksum_sign(bits)
    assert set(np.unique(signs)) == {-1.0, 1.0}
    found = network(IMAGES, p=tf.constant(1.0), seed=SEED)
    shifts = tf.matmul(bits, network.bits.kernel.value) / 4  # of 16 inputs: 1 / sqrt(16)
    plain = made("none", architecture=architecture, mbstd_num_channels=0)
    for i in range(4):
        plain.blocks[0].fromrgb.bias.assign(shifts[i])
        np.testing.assert_allclose(found[i], signs[i] * plain(IMAGES[i : i + 1])[0], rtol=1e-4)


@pytest.mark.parametrize("architecture", LAYERS)
def test_dropout_meets_every_layer_with_other_draws(architecture, monkeypatch):
    met, seeds = [], []

    def drop(x, p, seed):
        met.append(x.shape[-1])
        seeds.append(tuple(np.asarray(seed)))
        return x

    monkeypatch.setattr(discriminator, "adaptive_dropout", drop)
    network = made("adropout", architecture=architecture)
    network(IMAGES, p=tf.constant(1.0), seed=SEED)
    assert len(met) == len(LAYERS[architecture].split())
    assert len(set(seeds)) == len(seeds)


@pytest.mark.parametrize("gain", [1.0, 0.5])
@pytest.mark.parametrize("activation", ["lrelu", "swish"])
def test_a_change_comes_before_bias_and_gains(gain, activation):
    """Doubled, it is what a kernel twice as large gives."""
    layer = Conv2D(3, 2, 3, activation=activation, clamp=3.0)
    layer.bias.assign([0.3, -0.2])
    found = layer(IMAGES, gain=gain, change=lambda layer, x: 2 * x)
    layer.kernel.assign(2 * layer.kernel)
    np.testing.assert_allclose(found, layer(IMAGES, gain=gain), rtol=1e-5, atol=1e-6)
    dense = Dense(3, 2, activation=activation, bias_init=0.3)
    found = dense(IMAGES[:, 0, 0], change=lambda layer, x: 2 * x)
    dense.kernel.assign(2 * dense.kernel)
    np.testing.assert_allclose(found, dense(IMAGES[:, 0, 0]), rtol=1e-5)


@pytest.mark.parametrize("part", ["conv0", "conv1", "conv"])
def test_kernels_are_divided_by_their_largest_singular_value(part):
    """As they are without any gain, where the power iteration has ended; so only directions matter."""
    plain, network = made(), made("spectralnorm")
    layer, other = (
        getattr(n.epilogue if part == "conv" else n.blocks[0], part) for n in (network, plain)
    )
    kernel = layer.kernel.numpy() * layer.weight_gain
    _, singular, rows = np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]))
    layer.u.assign(rows[:1])
    x = tf.constant(np.random.RandomState(1).normal(size=[2, 4, 4, kernel.shape[2]]), tf.float32)
    other.kernel.assign(layer.kernel / singular[0])
    np.testing.assert_allclose(layer(x), other(x), rtol=1e-4, atol=1e-5)
    layer.kernel.assign(7 * layer.kernel)
    np.testing.assert_allclose(layer(x), other(x), rtol=1e-4, atol=1e-5)


def test_calls_move_nothing():
    """So that what is computed of a batch does not depend on how many parts it has."""
    network = made("spectralnorm")
    before = values(network)
    network(IMAGES)
    tf.nest.map_structure(np.testing.assert_array_equal, values(network), before)
    network.advance()
    moved = {name for name, value in values(network).items() if (value != before[name]).any()}
    assert moved == {"blocks.0.conv0.u", "blocks.0.conv1.u", "epilogue.conv.u"}


def test_orientations_are_told_from_what_the_logits_are_told_from():
    network = made("auxrot", mbstd_num_channels=0)
    np.testing.assert_array_equal(network(IMAGES), made(mbstd_num_channels=0)(IMAGES))
    network.rotation.kernel.assign(tf.repeat(network.epilogue.out.kernel.value, 4, axis=1))
    found = network.rotation_logits(rotations(IMAGES))
    assert found.shape == [16, 4]
    np.testing.assert_allclose(found[::4], tf.repeat(network(IMAGES), 4, axis=1), rtol=1e-4)
    assert np.abs(found[1::4] - found[::4]).min() > 1e-4
