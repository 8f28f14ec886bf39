"""Which run a machine can afford instead of one that takes too long."""

import dataclasses
import functools
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ada_tf.durations import DAY
from ada_tf.errors import UserError
from ada_tf.label_space import LabelSpace
from ada_tf.shape import MIN_SIDE, Shape
from ada_tf.training.config import RunConfig
from ada_tf.training.consistency import check
from ada_tf.training.forecast import seconds_per_kimg
from ada_tf.training.preset_sizes import kimg_of
from ada_tf.training.presets import preset

LONG = 14 * DAY  # seconds
# Smaller presets, the better pictures first, and the largest side that they are for.
SMALLER = (("medium", 256), ("small", 128), ("tiny", 64))


class Offer(NamedTuple):
    """A run instead of another.

    Attributes:
        flags: of ada-train that differ: name -> value.
        kimg: its length.
        seconds: how long it takes.
    """

    flags: dict[str, str]
    kimg: float
    seconds: float


class Pictures(NamedTuple):
    """What a preset asks of a data set, perhaps of another size than it has."""

    shape: Shape
    bits: int
    label_space: LabelSpace
    num_originals: int


def seconds_of(config: RunConfig, replicas: int = 1, forecast=seconds_per_kimg) -> float | None:
    """How long a run takes here, by a forecast; None if there is none."""
    pace = forecast(config, replicas)
    return None if pace is None else pace * config.kimg


def offer(
    config: RunConfig, pictures: Pictures, settings, replicas=1, forecast=seconds_per_kimg
) -> Offer | None:
    """What would not take longer than `LONG`: fewer images, else smaller networks, else fewer pixels.

    Args:
        config: of the run that does.
        pictures: as `config` has them.
        settings: those that were given, see `preset`, without data and preset.
        replicas: devices that train together.
        forecast: (config, replicas) -> seconds for a thousand images, or None.

    Returns:
        The first of those, or None if there is none.
    """
    for flags, make in _candidates(config, pictures, settings, replicas):
        try:
            found = make()
            check(found, replicas)
        except UserError:
            continue  # what was given does not go with it
        seconds = seconds_of(found, replicas, forecast)
        if seconds is not None and seconds <= LONG:
            return Offer(flags, found.kimg, seconds)
    return None


def _candidates(config, pictures: Pictures, settings, replicas) -> Iterator[tuple[dict, Callable]]:
    """(flags, function that makes the configuration)."""

    def make(name, size, more=()):
        data = dataclasses.replace(config.data, resolution=size.shape.resolution)
        return preset(
            name, data=data, dataset=size, replicas=replicas, settings={**settings, **dict(more)}
        )

    # If that is more than was asked for, it does not fit either.
    usual = kimg_of(pictures.shape.side, pictures.num_originals)
    yield {"kimg": f"{usual:g}"}, lambda: make(config.preset, pictures, {"kimg": usual})
    for shape in _halved(pictures.shape):
        for name, largest in SMALLER:
            if shape.side <= largest:
                flags = {"preset": name, "resolution": shape.size}
                size = pictures._replace(shape=shape)
                yield flags, functools.partial(make, name, size)


def _halved(shape: Shape) -> Iterator[Shape]:
    """A shape, and those of half the sides, again and again."""
    while True:
        yield shape
        height, width = shape.height // 2, shape.width // 2
        if min(height, width) < MIN_SIDE:
            return
        shape = Shape(height, width, shape.channels)
