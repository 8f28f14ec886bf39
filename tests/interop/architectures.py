"""Small generators of every kind that trains, none of whose weights is 0."""

import dataclasses

import keras

from ada_tf.models.build import make_network
from ada_tf.models.config import Architecture, R3GANConfig
from ada_tf.shape import Shape
from tests.inference.runs import NETWORK

_HALF = {"precision": "float16", "num_low_precision": 2, "conv_clamp": 256.0}

_R3GAN = R3GANConfig(
    generator="r3gan", discriminator="r3gan", z_dim=6, channel_base=32, channel_max=6, group_size=4,
    precision="float32",
)  # fmt: skip


def _of(
    size, channels, architecture, classes=0, attributes=0, scales=(), **network
) -> Architecture:
    network = dataclasses.replace(NETWORK, generator_architecture=architecture, **network)
    return Architecture(
        network=network,
        shape=Shape.parse(size, channels),
        num_classes=classes,
        num_attributes=attributes,
        attribute_scales=scales,
    )


# Name -> what is to be built.
ARCHITECTURES = {
    "skip, rgb": _of(16, 3, "skip"),
    "orig, grey, wide, classes": _of("16x8", 1, "orig", classes=3),
    "resnet, rgba, tall, attributes": _of("8x16", 4, "resnet", attributes=2),
    "skip, bands, odd sides, classes and attributes": _of(
        "24x16", 5, "skip", 2, 1, ((40.0, 30.0),)
    ),
    "skip, rgb, trained in 16 bits": _of(8, 3, "skip", **_HALF),
    "resnet, grey and alpha, 16 bits, classes": _of(8, 2, "resnet", classes=2, **_HALF),
    "r3gan, rgb, wide, classes": Architecture(
        network=_R3GAN, shape=Shape.parse("16x8", 3), num_classes=2
    ),
}


def build(name: str):
    """The generator of a name, and its `Architecture`."""
    of = ARCHITECTURES[name]
    keras.utils.set_random_seed(1)
    generator = make_network(of, "generator")
    for i, variable in enumerate(generator.variables):
        # Biases, noise strengths and the mean of w start at 0, where they would show no mistake.
        variable.assign_add(keras.random.normal(variable.shape, stddev=0.3, seed=i))
    return generator, of
