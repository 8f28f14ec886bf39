"""Sizes shared by both networks: channels by resolution, and where low precision is used."""

import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.models.config import ARCHITECTURES, PRECISIONS


def channels_at(resolution: int, channel_base: int, channel_max: int) -> int:
    """Feature maps at a resolution: halved for each doubling above the maximum."""
    return min(channel_base // resolution, channel_max)


def block_dtype(resolution: int, top: int, num_low_precision: int, precision: str) -> tf.DType:
    """Dtype of a block: `precision` in the `num_low_precision` highest resolutions, 4x4 never."""
    first = max(top >> (num_low_precision - 1), 8) if num_low_precision > 0 else top * 2
    return tf.as_dtype(precision) if resolution >= first else tf.float32


def check_network(resolution: int, architecture: str, precision: str) -> None:
    """Refuse what no network can be built from.

    Raises:
        UserError: naming the argument, its value and what is accepted.
    """
    if resolution < 8 or resolution & (resolution - 1):
        raise UserError(f"resolution={resolution} must be a power of two of at least 8.")
    if architecture not in ARCHITECTURES:
        raise UserError(f"architecture={architecture!r} must be one of {', '.join(ARCHITECTURES)}.")
    if precision not in PRECISIONS:
        raise UserError(f"precision={precision!r} must be one of {', '.join(PRECISIONS)}.")
