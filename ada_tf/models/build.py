"""Both networks from the configuration of a run: the tables of families, and what builds them."""

import contextlib
import dataclasses
import math
import random
from collections.abc import Callable
from typing import NamedTuple

from ada_tf.errors import UserError
from ada_tf.files import printable, quoted
from ada_tf.models.config import Architecture, NetworkConfig
from ada_tf.models.discriminator import Discriminator
from ada_tf.models.generator import Generator
from ada_tf.models.methods import METHODS
from ada_tf.models.sizes import channels_at
from ada_tf.models.work import Work, discriminator_work, generator_work
from ada_tf.ops import choice
from ada_tf.shape import Shape


class Family(NamedTuple):
    """A kind of network.

    Attributes:
        make: (NetworkConfig, Shape, label_dim, name) -> network.
        fewest_weights: (NetworkConfig, Shape, label_dim) -> how many weights it has at the
            least, so that a file that claims a huge network is refused before it is built.
        work: (NetworkConfig, Shape, label_dim) -> `Work` of a picture; None where nobody counted.
    """

    make: Callable
    fewest_weights: Callable
    work: Callable | None = None


def make_generator(config: NetworkConfig, shape: Shape, label_dim, name="generator"):
    """A generator of images of a shape; label_dim 0 is unconditional.

    Returns:
        A `LatentGenerator`.

    Raises:
        UserError: there is no such family.
    """
    family = _known(config.generator, GENERATORS, "network.generator")
    return family.make(config, shape, label_dim, name)


def make_discriminator(config: NetworkConfig, shape: Shape, label_dim, name="discriminator"):
    """The discriminator that fits `make_generator`: (images, labels) -> logits [N, ...].

    Raises:
        UserError: there is no such family.
    """
    family = _known(config.discriminator, DISCRIMINATORS, "network.discriminator")
    return family.make(config, shape, label_dim, name)


def make_network(of: Architecture, group: str):
    """The network of a group: "discriminator", or "generator" or "generator_ema", named so."""
    make = make_discriminator if group == "discriminator" else make_generator
    return make(of.network, of.shape, of.label_dim, name=group)


def work_of(of: Architecture) -> tuple[Work, Work] | None:
    """Of a picture, once through the generator and once through the discriminator; None: unknown."""
    families = GENERATORS.get(of.network.generator), DISCRIMINATORS.get(of.network.discriminator)
    if any(family is None or family.work is None for family in families):
        return None
    generator, discriminator = (f.work(of.network, of.shape, of.label_dim) for f in families)
    return generator, discriminator


def check_can_be_built(of: Architecture, numbers: int, name: str, what="generator") -> None:
    """Refuse to build a network that is larger than what it is to be loaded from.

    Args:
        of: what is to be built.
        numbers: that there are to load.
        name: of what they lie in, which may be a stranger's.
        what: "generator" or "discriminator".

    Raises:
        UserError: naming both counts, or a family that is not known.
    """
    families = {"generator": GENERATORS, "discriminator": DISCRIMINATORS}[what]
    asked = getattr(of.network, what)
    family = families.get(asked)
    if family is None:
        raise UserError(
            f"{printable(name)} is of a {what} {quoted(asked)}, must be one of {', '.join(families)}."
        )
    needed = family.fewest_weights(of.network, of.shape, of.label_dim)
    if needed > numbers:
        raise UserError(
            f"{printable(name)} does not fit its own configuration: a {what} of at least"
            f" {needed} weights, where it holds {numbers} numbers."
        )


def _known(name: str, families: dict, setting: str) -> Family:
    if name not in families:
        raise UserError(f"{setting}={name!r} must be one of {', '.join(families)}.")
    return families[name]


@contextlib.contextmanager
def seeded(seed: int):
    """Initial weights of layers that are built meanwhile follow from the seed alone.

    Keras takes the seeds of initializers that have none from Python's own generator, whose state is
    put back.
    """
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)


def _stylegan2_generator(config, shape, label_dim, name) -> Generator:
    return Generator(
        config.z_dim,
        label_dim,
        config.w_dim,
        mapping={"num_layers": config.mapping_layers},
        synthesis={
            **_shared(config, shape),
            "architecture": config.generator_architecture,
        },
        name=name,
    )


def _stylegan2_discriminator(config, shape, label_dim, name) -> Discriminator:
    return METHODS[config.discriminator_method](
        label_dim,
        **_shared(config, shape),
        architecture=config.discriminator_architecture,
        mbstd_group_size=config.mbstd_group,
        mapping={
            "num_layers": config.discriminator_mapping_layers,
            "lr_multiplier": config.discriminator_mapping_lr,
        },
        name=name,
    )


def computed_in(config: NetworkConfig) -> NetworkConfig:
    """A configuration whose precision is one of `COMPUTED`: "auto" is what the machine is good at.

    A limit of the activations goes with float16 alone, as in the original.
    """
    if config.precision != "auto":
        return config
    precision = choice.best_precision()
    if precision == "float16":
        return dataclasses.replace(config, precision=precision)
    low = config.num_low_precision if precision == "bfloat16" else 0
    return dataclasses.replace(config, precision=precision, num_low_precision=low, conv_clamp=None)


def _shared(config, shape):
    config = computed_in(config)
    return dict(
        shape=shape.hwc,
        channel_base=config.channel_base,
        channel_max=config.channel_max,
        num_low_precision=config.num_low_precision,
        precision=config.precision,
        conv_clamp=config.conv_clamp,
    )


def _weights_of_stylegan2_generator(config, shape, label_dim) -> int:
    """Its largest kernels and its noise."""
    total = config.w_dim * (config.z_dim + label_dim)
    total += config.w_dim**2 * (config.mapping_layers - 1)
    for block in shape.blocks:
        total += 9 * channels_at(block, config.channel_base, config.channel_max) ** 2
        total += math.prod(shape.at(block))
    return total


def _weights_of_stylegan2_discriminator(config, shape, label_dim) -> int:
    """Its largest kernels, what comes after them, and what maps labels."""
    widths = [channels_at(b, config.channel_base, config.channel_max) for b in shape.blocks]
    total = sum(9 * width**2 for width in widths) + math.prod(shape.base) * widths[0] ** 2
    if label_dim:
        total += widths[0] * (label_dim + widths[0] * config.discriminator_mapping_layers)
    return total


GENERATORS = {
    "stylegan2": Family(_stylegan2_generator, _weights_of_stylegan2_generator, generator_work)
}
DISCRIMINATORS = {
    "stylegan2": Family(
        _stylegan2_discriminator, _weights_of_stylegan2_discriminator, discriminator_work
    )
}
