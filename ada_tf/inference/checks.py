"""Whether the generator of a checkpoint, which may come from a stranger, can be built and used."""

import math

import numpy as np
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.models import variables_by_name
from ada_tf.models.build import GENERATORS
from ada_tf.settings import check_tree
from ada_tf.training.config import RunConfig
from ada_tf.training.runs.checkpoint_file import open_checkpoint


def check_size(config: RunConfig, checkpoint: str) -> None:
    """Refuse to build a generator that is larger than the checkpoint it is to be loaded from.

    Raises:
        UserError: naming the checkpoint and the setting, or how many numbers are missing.
    """
    network, data = config.network, config.data
    try:
        check_tree(config)
        for name, value in (("resolution", data.resolution), ("channels", data.channels)):
            if value is None:
                raise UserError(f"data.{name} is not said.")
        if network.generator not in GENERATORS:
            raise UserError(
                f"network.generator={network.generator!r} must be one of {', '.join(GENERATORS)}."
            )
    except UserError as error:
        raise UserError(
            f"{printable(checkpoint)} holds a configuration that no generator can have: {error}"
        ) from error
    family = GENERATORS[network.generator]
    needed = family.fewest_weights(network, data.resolution, config.num_classes)
    held = numbers_in(checkpoint)
    if needed > held:
        raise UserError(
            f"{printable(checkpoint)} does not fit its own configuration: a generator of at least"
            f" {needed} weights, where it holds {held} numbers."
        )


def numbers_in(checkpoint: str) -> int:
    """How many numbers a checkpoint holds, whatever they are for."""
    shapes = open_checkpoint(checkpoint).get_variable_to_shape_map()
    return sum(math.prod(shape) for shape in shapes.values())


def check_finite(generator, checkpoint: str) -> None:
    """Refuse weights that make every image black.

    Raises:
        UserError: naming the checkpoint and the first tensor that holds NaN or infinity.
    """
    for name, variable in variables_by_name(generator).items():
        if not np.isfinite(tf.convert_to_tensor(variable).numpy()).all():
            raise UserError(
                f"{printable(checkpoint)} holds NaN or infinity in {name} of the generator;"
                " give an older checkpoint of the run."
            )
