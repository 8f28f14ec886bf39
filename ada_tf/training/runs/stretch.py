"""Weights that belong to places of the smallest block, for a block of another height and width.

They are stretched along both axes by linear interpolation, so that the source's pictures, stretched,
are what a generator makes at first, and what a discriminator knows.
"""

import math

import numpy as np


def stretched(array: np.ndarray, sides: tuple[int, int]) -> np.ndarray:
    """[..., h, w] -> [..., *sides], by linear interpolation between the centres of places."""
    for axis, side in zip((-2, -1), sides, strict=True):
        array = np.moveaxis(_along_last(np.moveaxis(array, axis, -1), side), -1, axis)
    return array


def _along_last(array: np.ndarray, side: int) -> np.ndarray:
    size = array.shape[-1]
    place = np.clip((np.arange(side) + 0.5) * size / side - 0.5, 0, size - 1)
    before = np.minimum(place.astype(int), size - 2)
    weight = (place - before).astype(array.dtype)
    return array[..., before] * (1 - weight) + array[..., before + 1] * weight


def _const(weight, theirs, ours):
    """The constant input, [C, h, w]."""
    return stretched(weight, ours)


def _last_features(weight, theirs, ours):
    """What sums the last features of a discriminator, [out, (C, h, w)]; the sums stay.

    Weights are multiplied by 1 / sqrt(C h w) when they are used.
    """
    features = np.reshape(weight, (len(weight), -1, *theirs))
    found = stretched(features, ours).reshape(len(weight), -1)
    return found * math.sqrt(math.prod(theirs) / math.prod(ours))


# Published name -> (weight, their base, our base) -> the weight for ours.
STRETCHED = {"synthesis.b4.const": _const, "b4.fc.weight": _last_features}
