"""The door: from what the user typed to a data set."""

import dataclasses
import os
import pathlib

import numpy as np

from ada_tf.channels import has_alpha
from ada_tf.data import advice, stores
from ada_tf.data.config import CREATURES, DIGITS, TFDS_PREFIX, DataConfig, is_creatures
from ada_tf.data.crop import ground
from ada_tf.data.dataset import ImageDataset, select
from ada_tf.data.prepared import prepared_set as prepared
from ada_tf.data.prepared.cache import cache_folder, warn_if_changed
from ada_tf.data.prepared.choose_shape import MAX_DEFAULT_RESOLUTION, choose_shape
from ada_tf.data.prepared.manifest import cache_key
from ada_tf.data.prepared.prepare import prepare
from ada_tf.data.prepared.prepared_set import Prepared
from ada_tf.data.sources import built_in_sets, listing, tfds_sets
from ada_tf.data.sources import tfds_sets as tfds_source
from ada_tf.data.sources.built_in_sets import load_digits
from ada_tf.data.sources.folders_and_archives import accepted, kind_of
from ada_tf.data.sources.source import Source
from ada_tf.data.stores import Damaged, ResidentImages
from ada_tf.errors import UserError
from ada_tf.files import printable, reading
from ada_tf.label_space import LabelSpace
from ada_tf.shape import Shape

# Twice the 8 pixels the digits have.
_DIGITS_RESOLUTION = 16


def open_dataset(
    config: DataConfig | str,
    log=print,
    memory_limit: int | None = None,
    advise: bool = True,
    largest: int = MAX_DEFAULT_RESOLUTION,
) -> ImageDataset:
    """Open a data set; folders, archives and TFDS data sets are prepared the first time.

    Args:
        config: source and use of the data; a text is a source, such as "photos/".
        log: called with one line at a time for the user.
        memory_limit: decoded sets of up to this many bytes are kept in memory, larger ones are read
            from disk as they are needed; None is half of what is free.
        advise: whether `log` is told, too, what somebody should know who trains on them: what images
            lose, copies, classes that are not used, too few of them.
        largest: side of the square whose pixels images of a resolution that nobody has asked for have
            at most.

    Returns:
        The data set.

    Raises:
        UserError: the source cannot be used as asked.
    """
    told = log if advise else _unsaid
    dataset = _open(DataConfig.of(config), log, told, memory_limit, largest)
    for line in advice.about_dataset(dataset):
        told(line)
    return dataset


def _unsaid(line: str) -> None:
    """Nobody is told."""


def _open(config: DataConfig, log, told, memory_limit: int | None, largest: int) -> ImageDataset:
    if config.source == DIGITS:
        return _open_digits(config)
    if is_creatures(config.source):
        config = _as_drawn(config)
    source = _find(config)
    if isinstance(source, Prepared):
        warn_if_changed(source.folder, source.origin, log)
        if _fits(source, config):
            return _select(source, config, told, memory_limit)
        source = prepared.as_source(source)
    return _open_source(source, config, log, told, memory_limit, largest)


def _open_digits(config: DataConfig) -> ImageDataset:
    size = Shape.parse(config.resolution or _DIGITS_RESOLUTION)
    images, labels = load_digits(size.height, size.width)
    images = _in_channels(images, config.channels or 1, config.bits or 8)
    store = ResidentImages.from_array(images)
    space = LabelSpace(10, tuple(str(digit) for digit in range(10)))
    return select(DIGITS, store, labels, space, config)


def _in_channels(grey, channels: int, bits: int) -> np.ndarray:
    """Grey images of 8 bits in other channels, opaque, and bits."""
    images = grey.repeat(channels, axis=3)
    if has_alpha(channels):
        images[..., -1] = 255
    return images if bits == 8 else images.astype(np.uint16) * 257


def _as_drawn(config: DataConfig) -> DataConfig:
    """Return a configuration for drawn images: they have the wanted shape, without headers to look at."""
    return dataclasses.replace(
        config,
        resolution=config.resolution or built_in_sets.DEFAULT_RESOLUTION,
        channels=config.channels or built_in_sets.CHANNELS,
        bits=config.bits or 8,
    )


def _open_source(
    source: Source, config: DataConfig, log, told, memory_limit, largest: int
) -> ImageDataset:
    """Open what is prepared once and kept, if need be once more."""
    folder = cache_folder(config.cache_dir)
    headers = folder / f"{source.name}-{cache_key(source)}-headers.json"
    shape = choose_shape(source, config, headers, log, largest)
    ground(config.pad_color, shape.channels, largest=255)  # refuses what it must before the work
    for line in advice.about_source(source):
        told(line)
    found = prepare(source, shape, config.fit, folder, log)
    try:
        return _select(found, config, told, memory_limit)
    except Damaged:
        found = prepare(source, shape, config.fit, folder, log, thorough=True)
        return _select(found, config, told, memory_limit)


def _select(found: Prepared, config: DataConfig, told, memory_limit: int | None) -> ImageDataset:
    store = found.store
    limit = stores.memory_for_pixels() if memory_limit is None else memory_limit
    if store.num_images * store.stored.size_in_bytes <= limit:
        store = store.to_memory()
    dataset = select(found.name, store, found.labels, found.label_space, config)
    for line in advice.about_images(found, config.cond):
        told(line)
    return dataclasses.replace(dataset, prepared_in=found.folder)


def _fits(found: Prepared, config: DataConfig) -> bool:
    """Say whether a prepared data set has the wanted shape already."""
    has = found.store.stored
    return (
        config.resolution in (None, has.resolution)
        and config.channels in (None, has.channels)
        and config.bits in (None, has.bits)
    )


def _find(config: DataConfig) -> Source | Prepared:
    """Tell the kinds of sources apart."""
    if is_creatures(config.source):
        return built_in_sets.from_name(config.source, config.resolution, config.channels)
    if config.source.startswith(TFDS_PREFIX):
        return tfds_source.from_name(config.source, config.data_dir, config.split)
    path = pathlib.Path(config.source).expanduser()
    with reading(path, "a data set"):
        kind, is_there = kind_of(path), path.exists()
        is_folder = path.is_dir()
        is_prepared = is_folder and prepared.is_prepared(path)
        is_tfds = is_folder and os.path.lexists(path / tfds_sets.FEATURES)
    if is_prepared:
        return prepared.read(path)
    if is_tfds:
        return tfds_source.from_directory(path, config.split)
    if kind is not None:
        return listing.read(kind, path, config.split, follow_links=config.follow_links)
    if not is_there and config.source.startswith(f"{DIGITS}:"):
        raise UserError(
            f"data={printable(config.source)!r}: {DIGITS} takes no number; must be {DIGITS}, which are all"
            f" 1,797, or {CREATURES}:N."
        )
    problem = "is of another kind" if is_there else "does not exist"
    raise UserError(f"data={printable(config.source)!r}: {problem}; must be {accepted()}.")
