"""Whether the generator of a checkpoint, which may come from a stranger, can be built and used."""

import math

import numpy as np
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.models.precision import channels_at, check_network
from ada_tf.models.published_names import named_variables
from ada_tf.training.checkpoint_file import open_checkpoint
from ada_tf.training.config import RunConfig

MAX_LAYERS = 128  # of the mapping; published networks have 2 or 8


def check_size(config: RunConfig, checkpoint: str) -> None:
    """Refuse to build a generator that is larger than the checkpoint it is to be loaded from.

    Raises:
        UserError: naming the checkpoint and the setting, or how many numbers are missing.
    """
    network, resolution = config.network, config.data.resolution
    refused = f"{printable(checkpoint)} holds a configuration that no generator can have:"
    for name, value, least, most in (
        ("data.resolution", resolution, 8, math.inf),
        ("data.channels", config.data.channels, 1, math.inf),
        ("num_classes", config.num_classes, 0, math.inf),
        ("network.z_dim", network.z_dim, 1, math.inf),
        ("network.w_dim", network.w_dim, 1, math.inf),
        ("network.mapping_layers", network.mapping_layers, 1, MAX_LAYERS),
        ("network.channel_base", network.channel_base, resolution, math.inf),
        ("network.channel_max", network.channel_max, 1, math.inf),
    ):
        if value is None or not least <= value <= most:
            limits = f"from {least} to {most}" if most < math.inf else f"of at least {least}"
            raise UserError(f"{refused} {name}={value} must be a number {limits}.")
    try:
        check_network(resolution, network.generator_architecture, network.precision)
    except UserError as error:
        raise UserError(f"{refused} {error}") from error
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
