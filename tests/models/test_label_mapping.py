"""What networks do with labels: attributes are standardised, then embedded, then mapped."""

import dataclasses
import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from ada_tf.data import DataConfig
from ada_tf.data.dataset import _measured
from ada_tf.label_space import LabelSpace
from ada_tf.models import Generator, count_weights
from ada_tf.models.build import make_discriminator, make_network
from ada_tf.models.config import Architecture
from ada_tf.models.mapping import normalize_second_moment
from ada_tf.shape import Shape
from ada_tf.training.presets import preset
from tests.training import tiny

LABELS = tf.one_hot([0, 2, 1], 3)


def discriminator(**changes):
    return make_discriminator(dataclasses.replace(tiny.NETWORK, **changes), Shape(8, 8, 1), 3)


def test_the_defaults_are_those_of_the_network():
    """So nothing changes for who sets nothing: 8 layers that learn at a hundredth of the rate."""
    mapping = discriminator().mapping
    assert len(mapping.fc) == 8
    assert {layer.lr_multiplier for layer in mapping.fc} == {0.01}


def test_without_layers_labels_are_embedded_and_normalised():
    mapping = discriminator(discriminator_mapping_layers=0).mapping
    embedded = tf.matmul(LABELS, mapping.embed.kernel) / np.sqrt(3) + mapping.embed.bias
    np.testing.assert_allclose(
        mapping(None, LABELS), normalize_second_moment(embedded), rtol=1e-6, atol=1e-6
    )
    assert mapping.embed.lr_multiplier == 1.0


def test_the_learning_rate_is_that_of_the_layers():
    mapping = discriminator(discriminator_mapping_layers=2, discriminator_mapping_lr=0.1).mapping
    assert [layer.lr_multiplier for layer in mapping.fc] == [0.1, 0.1]


# 32 pixels, 10 classes: 23,089,664 weights with the 8 layers, each of 512 x 512 and 512.
@pytest.mark.parametrize(("layers", "weights"), [(8, 23_089_664), (0, 20_988_416)])
def test_cifar_has_no_layers(layers, weights):
    data = DataConfig("cifar10", resolution=32, channels=3)
    network = preset("cifar", data=data).network
    assert network.discriminator_mapping_layers == 0
    assert preset("auto", data=data).network.discriminator_mapping_layers == 8
    network = dataclasses.replace(network, discriminator_mapping_layers=layers)
    made = make_discriminator(network, Shape(32, 32, 3), 10)
    assert count_weights(made.trainable_variables) == weights


# Attributes in units of their own

YEARS = np.float32([[20, 1], [61, 0], [44, 1], [35, 0]])  # and one that is there or not


def judged(labels):
    """(images, logits) of networks of one class and attributes that were measured on `labels`."""
    vectors = np.concatenate([np.ones([len(labels), 1], np.float32), labels], axis=1)
    space = _measured(LabelSpace(1, ("a",), ("age", "there")), vectors)
    of = Architecture(
        network=dataclasses.replace(tiny.NETWORK, discriminator_mapping_layers=1),
        shape=Shape(8, 8, 1),
        num_classes=1,
        num_attributes=2,
        attribute_scales=space.scales,
    )
    keras.utils.set_random_seed(0)
    generator, discriminator = (make_network(of, group) for group in ("generator", "discriminator"))
    images = generator(tf.random.stateless_normal([4, 8], [1, 2]), vectors, noise_mode="none")
    return images.numpy(), discriminator(images, vectors).numpy(), generator, vectors


def test_units_of_an_attribute_are_the_same_to_networks():
    """Years, days, and what somebody standardised by hand, which is taken as it is."""
    age = YEARS[:, :1]
    by_hand = (age - age.mean()) / age.std()
    expected = judged(YEARS)[:2]
    for other in (365.25 * age, 1900 + age, by_hand):
        found = judged(np.concatenate([other, YEARS[:, 1:]], axis=1).astype(np.float32))
        for one, two in zip(expected, found[:2], strict=True):
            np.testing.assert_allclose(one, two, atol=1e-4)
    raw = judged(np.concatenate([by_hand, YEARS[:, 1:]], axis=1))[2]
    assert raw.mapping.config["label_scales"] is None


def test_a_saved_network_standardises_as_before():
    """What a .keras file keeps of it is JSON."""
    images, _, generator, vectors = judged(YEARS)
    again = Generator.from_config(json.loads(json.dumps(generator.get_config())))
    again.set_weights(generator.get_weights())
    z = tf.random.stateless_normal([4, 8], [1, 2])
    np.testing.assert_array_equal(again(z, vectors, noise_mode="none").numpy(), images)
