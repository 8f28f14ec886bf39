"""What the discriminator does with labels: many layers, or the embedding alone."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.data import DataConfig
from ada_tf.models import count_weights
from ada_tf.models.build import make_discriminator
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
