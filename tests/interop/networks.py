"""Tiny networks as a folder holds them, as if trained: without the run that made them."""

import keras
import numpy as np

from ada_tf.inference.generate import generate
from ada_tf.interop.network_folder import About, Network
from ada_tf.models.build import make_discriminator, make_generator
from ada_tf.models.config import Architecture
from ada_tf.models.names import named_variables
from ada_tf.shape import Shape
from tests.inference.runs import NETWORK

GROUPS = ("generator_ema", "discriminator")


def built(of: Architecture, group: str):
    """A network of a group, untrained."""
    make = make_discriminator if group == "discriminator" else make_generator
    return make(of.network, of.shape, of.num_classes, name=group)


def published(network) -> dict:
    """Published name -> array."""
    return {named.name: named.from_ours(named.variable) for named in named_variables(network)}


def make_network(groups=GROUPS, *, resolution=8, channels=1, classes=0, network=NETWORK, **about):
    """Networks of which each group has other weights, none of which is 0."""
    shape = Shape.parse(resolution, channels)
    of = Architecture(network=network, shape=shape, num_classes=classes)
    weights = {}
    for number, group in enumerate(groups):
        keras.utils.set_random_seed(number)
        one = built(of, group)
        for i, variable in enumerate(one.variables):
            shift = keras.random.normal(variable.shape, stddev=0.3, seed=100 * number + i)
            variable.assign_add(shift)
        weights[group] = published(one)
    return Network(of, weights, About(**{"name": "tiny", **about}))


def images_of(network: Network) -> np.ndarray:
    """What its generator makes, in [-1, 1]."""
    generator = built(network.architecture, "generator_ema")
    network.restore(generator_ema=generator)
    labels = 1 if network.architecture.num_classes else None
    return generate(generator, seeds=range(4), labels=labels)
