"""Tiny networks with all weights random, for the writers of others' formats."""

import keras
import numpy as np

from ada_tf.models.build import make_discriminator, make_generator
from ada_tf.models.config import Architecture, NetworkConfig
from ada_tf.shape import Shape


def architecture(resolution=16, channels=3, classes=0, **network) -> Architecture:
    """What the networks are, each different from all defaults."""
    settings = {
        "z_dim": 12, "w_dim": 16, "mapping_layers": 3, "channel_base": 128, "channel_max": 10,
        "mbstd_group": 4, "precision": "float32", "num_low_precision": 0, "conv_clamp": 256.0,
    }  # fmt: skip
    return Architecture(
        network=NetworkConfig(**{**settings, **network}),
        shape=Shape(resolution, resolution, channels),
        num_classes=classes,
    )


def build(of: Architecture) -> dict:
    """Group -> a network of ours; no two have a weight in common."""
    arguments = (of.network, of.shape, of.num_classes)
    networks = {
        "generator_ema": make_generator(*arguments),
        "generator": make_generator(*arguments),
        "discriminator": make_discriminator(*arguments),
    }
    for seed, network in enumerate(networks.values()):
        randomize(network, seed)
    return networks


def randomize(network, seed: int) -> None:
    """Add noise to all weights: some are 0 at first, where they would show no mistake."""
    rng = np.random.default_rng(seed)
    for variable in network.variables:
        noise = rng.normal(0, 0.3, tuple(variable.shape))
        variable.assign_add(keras.ops.convert_to_tensor(noise, variable.dtype))


def labels(of: Architecture, count: int):
    """One-hot labels, or None."""
    return np.eye(of.num_classes, dtype=np.float32)[:count] if of.num_classes else None


def images(generator, of: Architecture, psi=0.7) -> np.ndarray:
    """Images of three latents, with constant noise."""
    z = np.random.default_rng(9).normal(size=(3, of.network.z_dim)).astype(np.float32)
    ws = generator.map(z, labels(of, 3), psi)
    return generator.synthesis(ws, noise_mode="const").numpy()


def restored(network) -> dict:
    """The networks of a file that was read, group -> network of ours."""
    of = network.architecture
    arguments = (of.network, of.shape, of.num_classes)
    found = {}
    for group in network.weights:
        make = make_discriminator if group == "discriminator" else make_generator
        found[group] = make(*arguments)
    network.restore(**found)
    return found
