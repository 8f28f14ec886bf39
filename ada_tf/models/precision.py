"""Number formats of the networks: which blocks compute in low precision, and which format that is."""

from typing import NamedTuple

import tensorflow as tf

from ada_tf.models.families import NetworkSettings
from ada_tf.ops import choice


class Precision(NamedTuple):
    """Number formats of a block.

    Attributes:
        activations: dtype of the tensors that pass between layers.
        products: dtype in which 3x3 convolutions multiply.
    """

    activations: tf.DType
    products: tf.DType


def block_precision(block: int, top: int, num_low_precision: int, precision: str) -> Precision:
    """The precision of a block: `precision` in the `num_low_precision` blocks next to the picture.

    Activations of block 4 are float32 in any case, as in the original.

    Args:
        block: 4, 8, 16, ... from the smallest, as in `ada_tf.shape.Shape.blocks`.
        top: the largest block.
        num_low_precision: number of blocks in `precision`, counted from the top.
        precision: "float32", "float16" or "bfloat16".
    """
    activations = choice.activations_of(precision)
    # With float32 activations (bfloat16 on a CPU) only products are low, so block 4 may join in.
    lowest = 4 if activations == "float32" else 8
    # The smallest block in low precision; top * 2 is none.
    first = max(top >> (num_low_precision - 1), lowest) if num_low_precision > 0 else top * 2
    if block < first:
        return Precision(tf.float32, tf.float32)
    return Precision(tf.as_dtype(activations), tf.as_dtype(precision))


def computed_in(settings: NetworkSettings) -> NetworkSettings:
    """Settings whose precision is one of `COMPUTED`: "auto" becomes the fastest of this machine."""
    if settings.precision != "auto":
        return settings
    return settings.in_precision(choice.best_precision())
