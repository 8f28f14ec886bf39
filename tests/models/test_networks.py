"""Whole networks: rebuilt from what they say of themselves, truncated, asked wrongly."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.models import Discriminator, Generator, build, count_weights, families
from ada_tf.shape import Shape
from tests.inference.runs import NETWORK

SYNTHESIS = dict(shape=(16, 16, 1), channel_base=64, channel_max=6, architecture="resnet")
Z = tf.constant(np.random.RandomState(0).normal(size=[3, 5]), tf.float32)
LABELS = tf.one_hot([0, 1, 1], 2)


@pytest.fixture(scope="module")
def generator():
    keras.utils.set_random_seed(0)
    made = Generator(
        5, 2, 7, mapping={"num_layers": 2, "embed_features": 3}, synthesis=SYNTHESIS, name="g"
    )
    made.mapping.w_avg.assign(np.arange(7) / 7)
    return made


def assert_same(a, b):
    assert b.get_config() == a.get_config()
    assert [v.path.split("/", 1)[1] for v in b.variables] == [
        v.path.split("/", 1)[1] for v in a.variables
    ]
    assert [v.shape for v in b.variables] == [v.shape for v in a.variables]


def test_a_generator_is_rebuilt_from_its_configuration(generator):
    again = Generator.from_config(generator.get_config())
    assert_same(generator, again)
    for ours, theirs in zip(again.variables, generator.variables, strict=True):
        ours.assign(theirs)
    np.testing.assert_array_equal(again(Z, LABELS), generator(Z, LABELS))
    assert again.name == "g"


def test_a_discriminator_is_rebuilt_from_its_configuration():
    made = Discriminator(
        2, (16, 16, 1), channel_base=64, channel_max=6, architecture="skip", mbstd_group_size=3, mbstd_num_channels=2,
        cmap_dim=5, mapping={"num_layers": 1}, conv_clamp=8.0, resample_taps=[1, 2, 1], name="d",
    )  # fmt: skip
    again = Discriminator.from_config(made.get_config())
    assert_same(made, again)
    for ours, theirs in zip(again.variables, made.variables, strict=True):
        ours.assign(theirs)
    images = tf.random.stateless_normal([3, 16, 16, 1], [0, 1])
    np.testing.assert_array_equal(again(images, LABELS), made(images, LABELS))


def test_truncation_pulls_w_to_its_mean(generator):
    mean, full = np.arange(7) / 7, generator.map(Z, LABELS).numpy()
    assert full.shape == (3, generator.num_ws, 7) == (3, 6, 7)
    assert (full == full[:, :1]).all()  # the same w for every layer
    half = generator.map(Z, LABELS, 0.5)
    np.testing.assert_allclose(half, mean + 0.5 * (full - mean), atol=1e-6)
    cut = generator.map(Z, LABELS, tf.constant(0.0), 2)
    np.testing.assert_allclose(cut[:, :2], np.broadcast_to(mean, [3, 2, 7]), atol=1e-6)
    np.testing.assert_array_equal(cut[:, 2:], full[:, 2:])
    np.testing.assert_array_equal(generator.map(Z, LABELS, 1, 2), full)


def test_images_are_those_of_the_truncated_w(generator):
    expected = generator.synthesis(generator.map(Z, LABELS, 0.5, 2), noise_mode="const")
    truncated = generator(Z, LABELS, truncation_psi=0.5, truncation_cutoff=2)
    np.testing.assert_array_equal(truncated, expected)
    assert np.abs(generator(Z, LABELS) - expected).max() > 1e-3


def test_labels_matter_and_are_asked_for(generator):
    assert np.abs(generator(Z, LABELS) - generator(Z, 1 - LABELS)).max() > 1e-3
    with pytest.raises(UserError, match=r"labels=None for a conditional generator.*\[N, 2\]"):
        generator(Z)
    discriminator = Discriminator(2, (8, 8, 1), channel_base=32, channel_max=4)
    with pytest.raises(UserError, match=r"labels=None for a conditional discriminator.*\[N, 2\]"):
        discriminator(tf.zeros([4, 8, 8, 1]))


def test_weights_are_counted():
    assert count_weights([tf.zeros([2, 3]), tf.zeros([4]), tf.zeros([])]) == 11


@pytest.mark.parametrize("side", ["generator", "discriminator"])
def test_widths_of_one_network_alone(side):
    """A width of its own changes that network alone, by base and by maximum."""
    shape = Shape(16, 16, 3)
    makers = {"generator": build.make_generator, "discriminator": build.make_discriminator}

    def weights(**changes):
        config = dataclasses.replace(NETWORK, **changes)
        return {
            name: count_weights(make(config, shape, 0).variables) for name, make in makers.items()
        }

    shared = weights(channel_base=256, channel_max=8)
    other = "discriminator" if side == "generator" else "generator"
    for end, value in (("base", 64), ("max", 4)):
        found = weights(channel_base=256, channel_max=8, **{f"{side}_channel_{end}": value})
        everywhere = weights(**{"channel_base": 256, "channel_max": 8, f"channel_{end}": value})
        assert found == {side: everywhere[side], other: shared[other]}
        assert found[side] < shared[side]


@pytest.mark.parametrize("classes", [0, 3, 1000])
@pytest.mark.parametrize("shape", [Shape(8, 8, 3), Shape(64, 64, 3), Shape(40, 12, 3)])
@pytest.mark.parametrize("layers", [0, 8])
@pytest.mark.parametrize("wider", ["generator", "discriminator"])
def test_the_fewest_weights_are_not_far_below_what_there_are(classes, shape, layers, wider):
    """More would refuse an honest file, far fewer would build what a hostile one claims."""
    config = dataclasses.replace(
        NETWORK,
        discriminator_mapping_layers=layers,
        **{f"{wider}_channel_base": 4096, f"{wider}_channel_max": 128},
    )
    for table, make in (
        (families.GENERATORS, build.make_generator),
        (families.DISCRIMINATORS, build.make_discriminator),
    ):
        fewest = table["stylegan2"].fewest_weights(config, shape, classes)
        count = count_weights(make(config, shape, classes).variables)
        assert fewest <= count <= 3 * fewest


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # Keras' own
@pytest.mark.parametrize("network", [Generator, Discriminator])
def test_a_network_is_saved_and_loaded(network, generator, tmp_path):
    made, given = (
        (generator, (Z, LABELS))
        if network is Generator
        else (Discriminator(0, (8, 8, 1), channel_base=32, channel_max=4), (tf.ones([4, 8, 8, 1]),))
    )
    made.save(tmp_path / "network.keras")
    again = keras.saving.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(again(*given), made(*given))
