"""Whether the generator of a checkpoint, which may come from a stranger, can be built and used."""

import math

import numpy as np
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.interop.published_names import named_variables
from ada_tf.models.sizes import channels_at
from ada_tf.settings import check_tree
from ada_tf.training.config import RunConfig
from ada_tf.training.runs.checkpoint_file import open_checkpoint


def check_size(config: RunConfig, checkpoint: str) -> None:
    """Refuse to build a generator that is larger than the checkpoint it is to be loaded from.

    Raises:
        UserError: naming the checkpoint and the setting, or how many numbers are missing.
    """
    data = config.data
    try:
        check_tree(config)
        for name, value in (("resolution", data.resolution), ("channels", data.channels)):
            if value is None:
                raise UserError(f"data.{name} is not said.")
    except UserError as error:
        raise UserError(
            f"{printable(checkpoint)} holds a configuration that no generator can have: {error}"
        ) from error
    needed, held = fewest_weights(config), numbers_in(checkpoint)
    if needed > held:
        raise UserError(
            f"{printable(checkpoint)} does not fit its own configuration: a generator of at least"
            f" {needed} weights, where it holds {held} numbers."
        )


def fewest_weights(config: RunConfig) -> int:
    """Weights that a generator has at the least: its largest kernels and its noise."""
    network, resolution = config.network, config.data.resolution
    total = network.w_dim * (network.z_dim + config.num_classes)
    total += network.w_dim**2 * (network.mapping_layers - 1)
    for side in (1 << n for n in range(2, resolution.bit_length())):
        channels = channels_at(side, network.channel_base, network.channel_max)
        total += 9 * channels**2 + side**2
    return total


def numbers_in(checkpoint: str) -> int:
    """How many numbers a checkpoint holds, whatever they are for."""
    shapes = open_checkpoint(checkpoint).get_variable_to_shape_map()
    return sum(math.prod(shape) for shape in shapes.values())


def check_finite(generator, checkpoint: str) -> None:
    """Refuse weights that make every image black.

    Raises:
        UserError: naming the checkpoint and the first tensor that holds NaN or infinity.
    """
    for named in named_variables(generator):
        if not np.isfinite(tf.convert_to_tensor(named.variable).numpy()).all():
            raise UserError(
                f"{printable(checkpoint)} holds NaN or infinity in {named.name} of the generator;"
                " give an older checkpoint of the run."
            )
