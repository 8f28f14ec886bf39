"""Weights of a stranger's file as ours are: float32, and no more of them than the file can hold."""

from collections.abc import Mapping

import numpy as np

from ada_tf.interop.pickled import Refused

Weights = dict[str, dict[str, np.ndarray]]


def in_float32(weights: Mapping[str, Mapping[str, np.ndarray]], size: int) -> Weights:
    """Convert weights; only those of float16 take more room than in the file.

    Args:
        weights: group -> name -> array, which may be views of one another.
        size: bytes of their file.

    Raises:
        Refused: one is no float, or there are more than bytes.
    """
    arrays = [(name, array) for group in weights.values() for name, array in group.items()]
    for name, array in arrays:
        if array.dtype.kind != "f":
            raise Refused(f"the weight {name[-80:]} of the type {array.dtype}")
    if sum(array.size for _, array in arrays) > size:
        raise Refused("more weights than bytes")
    with np.errstate(over="ignore"):  # what becomes infinite is found by who uses it
        return {
            group: {name: np.asarray(array, np.float32) for name, array in named.items()}
            for group, named in weights.items()
        }
