"""Trained networks that can be loaded, and those of a run or checkpoint.

`ada_tf.inference.open_networks` opens network folders and published files as well.
"""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.label_space import NO_LABELS, LabelSpace
from ada_tf.models.build import check_can_be_built, make_network
from ada_tf.models.config import Architecture
from ada_tf.models.names import named_variables
from ada_tf.settings import check_tree
from ada_tf.tf_checkpoint import open_checkpoint
from ada_tf.training.config import RunConfig
from ada_tf.training.runs.checkpoint_folder import (
    NETWORKS,
    newest,
    read_config,
    restore_networks,
)


@dataclasses.dataclass(frozen=True)
class Trained:
    """Networks that can be loaded.

    Attributes:
        name: path of a checkpoint or folder, or name of a built-in network.
        config: RunConfig of the run that trained them; Architecture if none is known.
        architecture: of both networks.
        restore: loads networks given by group, such as generator_ema=generator.
        groups: those of `NETWORKS` that can be restored.
        numbers: count of all numbers in the file.
        label_space: meaning of labels, as far as it is known.
        bits: bits per channel of the training images, 8 or 16.
        about: origin that a network folder states; None for a run.
        left_out: why the discriminator of a file is not among them, if it has one.
    """

    name: str
    config: RunConfig | Architecture
    architecture: Architecture
    restore: Callable[..., None]
    groups: frozenset[str]
    numbers: int
    label_space: LabelSpace = NO_LABELS
    bits: int = 8
    about: Any = None
    left_out: str = ""

    def has(self, group: str) -> bool:
        """Return True if networks of a group can be restored."""
        return group in self.groups

    def weights(self, group: str) -> dict:
        """Build a network, load it, and return published name -> array."""
        if group == "discriminator":
            check_can_be_built(self.architecture, self.numbers, self.name, group)
        # Built whole, with weights of chance, and filled: names come from the built layers.
        network = make_network(self.architecture, group)
        self.restore(**{group: network})
        return {named.name: named.from_ours(named.variable) for named in named_variables(network)}


def open_run(path, argument: str = "network") -> Trained:
    """Find the networks of a run, after checking that building them takes no more than they are.

    Args:
        path: a run directory, or a checkpoint without its extension.
        argument: its name, for messages.

    Raises:
        UserError: there are none, or they are damaged or cannot be built.
    """
    checkpoint = newest(path, argument)
    config = read_config(checkpoint)
    shapes = open_checkpoint(checkpoint).get_variable_to_shape_map()
    trained = Trained(
        name=checkpoint,
        config=config,
        architecture=_architecture(config, checkpoint),
        restore=lambda **networks: restore_networks(checkpoint, **networks),
        groups=frozenset(
            group
            for group in NETWORKS
            if any(name.startswith(f"state/{group}/") for name in shapes)
        ),
        numbers=sum(math.prod(shape) for shape in shapes.values()),
        label_space=config.label_space,
        bits=config.data.bits or 8,
    )
    # Before anything is built: a small file may claim a network of terabytes.
    check_can_be_built(trained.architecture, trained.numbers, trained.name)
    return trained


def _architecture(config: RunConfig, checkpoint: str) -> Architecture:
    """Return the architecture of a configuration that may be a stranger's."""
    try:
        check_tree(config)
        return config.architecture
    except UserError as error:
        raise UserError(
            f"{printable(checkpoint)} holds a configuration that no generator can have: {error}"
        ) from error
