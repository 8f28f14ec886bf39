"""Trained networks, whatever they lie in: a run, a checkpoint, a network folder, a published file."""

import dataclasses
import math
import os
from collections.abc import Callable

from ada_tf.errors import UserError
from ada_tf.files import printable, quoted
from ada_tf.interop.find_network import holds_network, read_network
from ada_tf.interop.network_folder import GROUPS, About, Network
from ada_tf.label_space import NO_LABELS, LabelSpace
from ada_tf.models.build import GENERATORS, check_can_be_built
from ada_tf.models.config import Architecture
from ada_tf.settings import check_tree
from ada_tf.tf_checkpoint import open_checkpoint
from ada_tf.training.config import RunConfig
from ada_tf.training.runs.checkpoint_folder import newest, read_config, restore_networks


@dataclasses.dataclass(frozen=True)
class Trained:
    """Networks that can be loaded.

    Attributes:
        name: what they lie in: the path of a checkpoint or folder, or the name of a built-in network.
        config: RunConfig of the run that trained them; Architecture if none is known.
        architecture: of both networks.
        restore: loads networks given by group, such as generator_ema=generator.
        groups: that there are, of `GROUPS`.
        numbers: how many there are, whatever they are for.
        label_space: what labels mean, as far as it is known.
        about: where a network folder says that they come from; None of a run.
    """

    name: str
    config: RunConfig | Architecture
    architecture: Architecture
    restore: Callable[..., None]
    groups: frozenset[str]
    numbers: int
    label_space: LabelSpace = NO_LABELS
    about: About | None = None

    @property
    def bits(self) -> int:
        """Of the numbers of the pictures that they learnt from, as far as it is known."""
        if self.about is not None:
            return self.about.bits
        data = getattr(self.config, "data", None)
        return (data and data.bits) or 8

    def has(self, group: str) -> bool:
        """Whether networks of a group can be restored."""
        return group in self.groups


def open_trained(path, argument: str = "network") -> Trained:
    """Find trained networks, and make sure that building them takes no more than they are.

    Args:
        path: a run directory, a checkpoint without its extension, a network folder, a file as
            `ada_tf.interop.published.published_file` reads it, or the name of a network of the package.
        argument: its name, for messages.

    Raises:
        UserError: there are none, or they are damaged or cannot be built.
    """
    if holds_network(path):
        return _of_network(read_network(path), os.fspath(path))
    checkpoint = newest(path, argument)
    config = read_config(checkpoint)
    trained = Trained(
        name=checkpoint,
        config=config,
        architecture=_architecture(config, checkpoint),
        restore=lambda **networks: restore_networks(checkpoint, **networks),
        groups=_groups_in(checkpoint),
        numbers=_numbers_in(checkpoint),
        label_space=config.label_space,
    )
    check_can_be_built(trained.architecture, trained.numbers, trained.name)
    return trained


def _of_network(network: Network, name: str) -> Trained:
    trained = Trained(
        name=name,
        config=network.architecture,
        architecture=network.architecture,
        restore=network.restore,
        groups=frozenset(group for group in GROUPS if network.has(group)),
        numbers=sum(network.count(group) for group in network.weights),
        label_space=network.label_space,
        about=network.about,
    )
    check_can_be_built(trained.architecture, trained.numbers, trained.name)
    return trained


def _architecture(config: RunConfig, checkpoint: str) -> Architecture:
    """That of a configuration which may be a stranger's."""
    try:
        check_tree(config)
        if config.network.generator not in GENERATORS:
            raise UserError(
                f"network.generator={quoted(config.network.generator)} must be one of"
                f" {', '.join(GENERATORS)}."
            )
        return config.architecture
    except UserError as error:
        raise UserError(
            f"{printable(checkpoint)} holds a configuration that no generator can have: {error}"
        ) from error


def _groups_in(checkpoint: str) -> frozenset[str]:
    names = open_checkpoint(checkpoint).get_variable_to_shape_map()
    return frozenset(g for g in GROUPS if any(name.startswith(f"state/{g}/") for name in names))


def _numbers_in(checkpoint: str) -> int:
    shapes = open_checkpoint(checkpoint).get_variable_to_shape_map()
    return sum(math.prod(shape) for shape in shapes.values())
