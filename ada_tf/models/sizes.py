"""Sizes shared by both networks: channels by block, and where low precision is used.

A block is called as in `ada_tf.shape.Shape.blocks`: 4, 8, 16, ... from the smallest.
"""

from typing import NamedTuple

import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.models.config import ARCHITECTURES, COMPUTED
from ada_tf.ops import choice


class Precision(NamedTuple):
    """What a block computes in.

    Attributes:
        activations: dtype of what passes between layers.
        products: dtype in which 3x3 convolutions multiply.
    """

    activations: tf.DType
    products: tf.DType


def channels_at(block: int, channel_base: int, channel_max: int) -> int:
    """Feature maps of a block: halved for each doubling above the maximum."""
    return min(channel_base // block, channel_max)


def block_precision(block: int, top: int, num_low_precision: int, precision: str) -> Precision:
    """Of a block: `precision` in the `num_low_precision` blocks next to the picture.

    Activations of block 4 are float32 in any case, as in the original.
    """
    activations = choice.activations_of(precision)
    lowest = 4 if activations == "float32" else 8
    first = max(top >> (num_low_precision - 1), lowest) if num_low_precision > 0 else top * 2
    if block < first:
        return Precision(tf.float32, tf.float32)
    return Precision(tf.as_dtype(activations), tf.as_dtype(precision))


def check_network(architecture: str, precision: str) -> None:
    """Refuse what no network can be built from.

    Raises:
        UserError: naming the argument, its value and what is accepted.
    """
    if architecture not in ARCHITECTURES:
        raise UserError(f"architecture={architecture!r} must be one of {', '.join(ARCHITECTURES)}.")
    if precision not in COMPUTED:
        raise UserError(f"precision={precision!r} must be one of {', '.join(COMPUTED)}.")
