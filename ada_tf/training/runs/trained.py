"""Trained networks, whatever they lie in: a run, a checkpoint, a network folder, a published file."""

import dataclasses
import math
import os
from collections.abc import Callable

from ada_tf.errors import UserError
from ada_tf.files import printable, quoted
from ada_tf.interop import built_in, network_folder, published_file
from ada_tf.interop.checkpoint_file import open_checkpoint
from ada_tf.interop.network_folder import About, Network
from ada_tf.models.build import GENERATORS, check_can_be_built
from ada_tf.models.config import Architecture
from ada_tf.settings import check_tree, differences, replaced, tell
from ada_tf.training.config import OF_CLASSES, WITHOUT_WEIGHTS, RunConfig
from ada_tf.training.runs.checkpoint_folder import newest
from ada_tf.training.runs.checkpoint_reader import read_config, restore_networks


@dataclasses.dataclass(frozen=True)
class Trained:
    """Networks that can be loaded.

    Attributes:
        name: what they lie in: the path of a checkpoint or folder, or the name of a built-in network.
        config: RunConfig of the run that trained them; Architecture if none is known.
        architecture: of both networks.
        restore: loads networks given by group, such as generator_ema=generator.
        numbers: how many there are, whatever they are for.
        about: where a network folder says that they come from; None of a run.
    """

    name: str
    config: RunConfig | Architecture
    architecture: Architecture
    restore: Callable[..., None]
    numbers: int
    about: About | None = None


def open_trained(path, argument: str = "network") -> Trained:
    """Find trained networks, and make sure that building them takes no more than they are.

    Args:
        path: a run directory, a checkpoint without its extension, a network folder, a file as
            `ada_tf.interop.published_file` reads it, or the name of a network of the package.
        argument: its name, for messages.

    Raises:
        UserError: there are none, or they are damaged or cannot be built.
    """
    if built_in.is_built_in(path):
        return _of_network(built_in.read(path), str(path))
    if network_folder.is_one(path):
        return _of_network(network_folder.read(path), os.fspath(path))
    if _is_published(path):
        return _of_network(published_file.read(path), os.fspath(path))
    checkpoint = newest(path, argument)
    config = read_config(checkpoint)
    trained = Trained(
        name=checkpoint,
        config=config,
        architecture=_architecture(config, checkpoint),
        restore=lambda **networks: restore_networks(checkpoint, **networks),
        numbers=_numbers_in(checkpoint),
    )
    check_can_be_built(trained.architecture, trained.numbers, trained.name)
    return trained


def is_without_run(path) -> bool:
    """Whether a path or name leads to networks that lie apart from the run that trained them."""
    return built_in.is_built_in(path) or network_folder.is_one(path) or _is_published(path)


def check_architecture(ours: Architecture, trained: Trained) -> None:
    """Refuse to load weights into networks that have others, or use them differently.

    Raises:
        UserError: naming every setting that differs; those that own no weights may.
    """
    free = WITHOUT_WEIGHTS if ours.num_classes else WITHOUT_WEIGHTS + OF_CLASSES
    same = {f"network.{name}": getattr(ours.network, name) for name in free}
    found = differences(ours, replaced(trained.architecture, same))
    if found:
        raise UserError(f"{printable(trained.name)} is of another architecture: {tell(found)}.")


def _is_published(path) -> bool:
    """Whether a path leads to a file, and not to a checkpoint that lies beside one of its name."""
    return os.path.isfile(path) and not os.path.exists(f"{path}.index")


def _of_network(network: Network, name: str) -> Trained:
    trained = Trained(
        name=name,
        config=network.architecture,
        architecture=network.architecture,
        restore=network.restore,
        numbers=sum(network.count(group) for group in network.weights),
        about=network.about,
    )
    check_can_be_built(trained.architecture, trained.numbers, trained.name)
    return trained


def _architecture(config: RunConfig, checkpoint: str) -> Architecture:
    """That of a configuration which may be a stranger's."""
    try:
        check_tree(config)
        for name in ("resolution", "channels"):
            if getattr(config.data, name) is None:
                raise UserError(f"data.{name} is not said.")
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


def _numbers_in(checkpoint: str) -> int:
    shapes = open_checkpoint(checkpoint).get_variable_to_shape_map()
    return sum(math.prod(shape) for shape in shapes.values())
