"""A smaller run that ends in two weeks, where the one asked for would take longer."""

import dataclasses
import functools
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ada_tf.durations import DAY
from ada_tf.errors import UserError
from ada_tf.label_space import LabelSpace
from ada_tf.shape import MIN_SIDE, Shape
from ada_tf.training.check_settings import check
from ada_tf.training.config import RunConfig
from ada_tf.training.forecast import seconds_of, seconds_per_kimg
from ada_tf.training.preset_table import kimg_of
from ada_tf.training.presets import preset

LONG = 14 * DAY  # seconds
# (preset, largest side it is for), the best images first.
_SMALLER = (("medium", 256), ("small", 128), ("tiny", 64))


class Offer(NamedTuple):
    """A run instead of another.

    Attributes:
        flags: name -> value of the flags of ada-train that differ.
        kimg: its length.
        seconds: predicted time.
    """

    flags: dict[str, str]
    kimg: float
    seconds: float


class Pictures(NamedTuple):
    """The part of a data set that `preset` reads, perhaps at another size."""

    shape: Shape
    bits: int
    label_space: LabelSpace
    num_originals: int


def affordable(
    config: RunConfig, pictures: Pictures, settings, replicas=1, forecast=seconds_per_kimg
) -> Offer | None:
    """Find a run of at most `LONG`: first a shorter one, then smaller networks, then fewer pixels.

    Args:
        config: of the run that takes longer.
        pictures: as `config` has them.
        settings: given by the user, without data and preset; see `preset`.
        replicas: devices that train together.
        forecast: (config, replicas) -> seconds for a thousand images, or None.

    Returns:
        The first one found, or None.
    """
    for flags, make in _candidates(config, pictures, settings, replicas):
        try:
            found = make()
            check(found, replicas)
        except UserError:
            continue  # a setting that was given does not go with it
        seconds = seconds_of(found, replicas, forecast)
        if seconds is not None and seconds <= LONG:
            return Offer(flags, found.kimg, seconds)
    return None


def _candidates(config, pictures: Pictures, settings, replicas) -> Iterator[tuple[dict, Callable]]:
    """Yield (flags, function that makes the configuration)."""

    def make(name, size, more=()):
        data = dataclasses.replace(config.data, resolution=size.shape.resolution)
        return preset(
            name, data=data, dataset=size, replicas=replicas, settings={**settings, **dict(more)}
        )

    # A usual length above the one asked for does not fit either.
    # First the same run, only shorter: it costs nothing but length.
    usual = kimg_of(pictures.shape.side, pictures.num_originals)
    yield {"kimg": f"{usual:g}"}, lambda: make(config.preset, pictures, {"kimg": usual})
    height, width, channels = pictures.shape.height, pictures.shape.width, pictures.shape.channels
    # Halves, so that the blocks of the networks stay those of the data.
    while min(height, width) >= MIN_SIDE:
        shape = Shape(height, width, channels)
        for name, largest in _SMALLER:
            if shape.side <= largest:
                flags = {"preset": name, "resolution": shape.size}
                yield flags, functools.partial(make, name, pictures._replace(shape=shape))
        height, width = height // 2, width // 2
