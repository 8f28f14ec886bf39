"""The door: from what the user typed to a data set."""

import pathlib

from ada_tf.data import records, sources, tfds_source
from ada_tf.data.config import DataConfig
from ada_tf.data.dataset import ImageDataset
from ada_tf.data.digits import load_digits
from ada_tf.data.prepare import cache_folder, cache_key, prepare, warn_if_changed
from ada_tf.data.scan import choose_shape
from ada_tf.data.selection import select
from ada_tf.data.stores import ResidentImages
from ada_tf.errors import UserError

# Decoded sets up to this size stay in memory; larger ones are read from disk as they are needed.
MEMORY_LIMIT = 4 * 2**30

# Twice the 8 pixels the digits have.
_DIGITS_RESOLUTION = 16


def open_dataset(config: DataConfig, log=print, memory_limit: int = MEMORY_LIMIT) -> ImageDataset:
    """Open a data set; folders, zip files and TFDS data sets are prepared the first time.

    Args:
        config: source and use of the data.
        log: called with one line at a time for the user.
        memory_limit: decoded sets of up to this many bytes are kept in memory.

    Returns:
        The data set.

    Raises:
        UserError: the source cannot be used as asked.
    """
    if config.source == "digits":
        return _open_digits(config)
    path = pathlib.Path(config.source).expanduser()
    if records.is_prepared(path):
        warn_if_changed(path, log)
    if not (records.is_prepared(path) and _fits(path, config)):
        path = _prepared(path, config, log)
    name, store, labels, num_classes = records.read(path)
    side, channels = store.resolution, store.channels
    if store.num_images * side * side * channels <= memory_limit:
        store = store.to_memory()
    return select(name, store, labels, num_classes, config)


def _open_digits(config: DataConfig) -> ImageDataset:
    images, labels = load_digits(config.resolution or _DIGITS_RESOLUTION)
    images = images.repeat(config.channels or 1, axis=3)
    return select("digits", ResidentImages.from_array(images), labels, 10, config)


def _fits(path: pathlib.Path, config: DataConfig) -> bool:
    """Say whether a prepared data set has the wanted shape already."""
    _, store, _, _ = records.read(path)
    return config.resolution in (None, store.resolution) and config.channels in (
        None,
        store.channels,
    )


def _prepared(path: pathlib.Path, config: DataConfig, log) -> pathlib.Path:
    source = _find(path, config)
    folder = cache_folder(config.cache_dir)
    memory = folder / f"{source.name}-{cache_key(source)}-headers.json"
    shape = choose_shape(source, config, memory, log)
    return prepare(source, shape, config.resize_filter, folder, log)


def _find(path: pathlib.Path, config: DataConfig) -> sources.Source:
    """Tell the kinds of sources apart."""
    if config.source.startswith(tfds_source.PREFIX):
        return tfds_source.from_name(config.source, config.data_dir, config.split)
    if records.is_prepared(path):  # by us, but in another shape
        return tfds_source.from_directory(path, records.SPLIT, records.read(path)[0])
    if (path / "features.json").is_file():
        return tfds_source.from_directory(path, config.split)
    if path.is_dir():
        return sources.from_folder(path, config.split)
    if path.is_file() and path.suffix.lower() == ".zip":
        return sources.from_zip(path, config.split)
    problem = "is not a zip file" if path.is_file() else "does not exist"
    raise UserError(
        f"data={config.source!r}: {problem}; must be digits, tfds:NAME, a folder, a zip file "
        "or a prepared directory."
    )
