"""Images in arrays and streams of them, of any range of values, as an evaluation wants them: bytes."""

import functools
from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from ada_tf.channels import RGBA
from ada_tf.errors import UserError
from ada_tf.images import as_shown, to_uint8

BATCH = 32  # images looked at a time
SLACK = 0.5  # of the width of the range: generators without a last tanh pass it


def as_bytes(images, name: str, value_range=None, sure: bool = False) -> np.ndarray:
    """Images as networks are shown them.

    Args:
        images: array or tensor [N, H, W, 1 to 4], see `as_shown` for what becomes of alpha; uint8,
            uint16, or float in `value_range`.
        name: of the argument, for messages.
        value_range: (black, white) of floats; None is (-1, 1), for values that reach below 0, so
            that others are not taken for it.
        sure: the range is known to be right; values outside of it are clipped.

    Returns:
        uint8 [N, H, W, 1 or 3].

    Raises:
        UserError: they are no such images.
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[3] > RGBA or 0 in images.shape:
        raise UserError(f"{name} of shape {list(images.shape)} must be images [N, H, W, 1 to 4].")
    if images.dtype in (np.uint8, np.uint16):
        return as_shown(images)
    if images.dtype.kind != "f" and images.dtype != tf.bfloat16.as_numpy_dtype:
        raise UserError(
            f"{name} of type {images.dtype} must be uint8, uint16, or float in [-1, 1]."
        )
    images = images.astype(np.float32)
    low, high = float(images.min()), float(images.max())
    if not np.isfinite([low, high]).all():
        raise UserError(f"{name} hold NaN or infinity; no metric can be computed.")
    black, white = (-1.0, 1.0) if value_range is None else value_range
    reach = SLACK * (white - black)
    outside = low < black - reach or high > white + reach
    if not sure and (outside or (value_range is None and low >= 0)):
        raise UserError(
            f"{name} lie in [{low:g}, {high:g}]; floats must span [{black:g}, {white:g}]: give"
            " value_range=(black, white), such as (0, 1), or uint8."
        )
    return as_shown(to_uint8((images - black) * (2 / (white - black)) - 1))


class ArrayImages:
    """Images in memory.

    Args:
        images: see `as_bytes`.
        name: of the argument, for messages.
        value_range: see `as_bytes`.
        batch: images at a time.

    Attributes:
        count: how many there are.
        names: None, they have none.
    """

    names = None

    def __init__(self, images, name="fakes", value_range=None, batch=BATCH):
        self._images, self._name, self.batch = as_bytes(images, name, value_range), name, batch

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._images)

    def batches(self, count: int) -> Iterator[np.ndarray]:
        """The first `count` images, uint8 [N, H, W, C] at a time."""
        check_enough(self._name, self.count, count)
        for start in range(0, count, self.batch):
            yield self._images[start : min(start + self.batch, count)]

    def describe(self, count: int) -> str:
        """The protocol in words."""
        return f"the first {count} of {self.count} images of an array"


class StreamImages:
    """Images of a tf.data.Dataset of batches, which is gone through each time they are asked for.

    Args:
        dataset: of images as `as_bytes` takes them, alone, first of a tuple, or as "images" of a
            dictionary.
        name: of the argument, for messages.
        value_range: see `as_bytes`.
    """

    names = None

    def __init__(self, dataset, name="fakes", value_range=None):
        self._dataset, self._name, self._range = dataset, name, value_range

    @functools.cached_property
    def count(self) -> int | None:
        """How many there are, by going through all of them; None without end."""
        if self._dataset.cardinality() == tf.data.INFINITE_CARDINALITY:
            return None
        return sum(len(_images_in(element)) for element in self._dataset)

    def batches(self, count: int) -> Iterator[np.ndarray]:
        """The first `count` images, uint8 [N, H, W, C] at a time."""
        left = count
        for element in self._dataset:
            yield as_bytes(_images_in(element)[:left], self._name, self._range)
            left -= min(left, len(_images_in(element)))
            if not left:
                return
        check_enough(self._name, count - left, count)

    def describe(self, count: int) -> str:
        """The protocol in words."""
        return f"the first {count} images of a tf.data.Dataset"


def _images_in(element):
    if isinstance(element, dict):
        return element["images"]
    return element[0] if isinstance(element, tuple) else element


def check_enough(name: str, available: int, wanted: int) -> None:
    """Refuse to take more images than there are.

    Raises:
        UserError: naming both numbers.
    """
    if wanted > available:
        raise UserError(
            f"{name} are {available} images, where {wanted} are asked for; give a smaller count."
        )
