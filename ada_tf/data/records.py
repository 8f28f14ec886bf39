"""Prepared data sets on disk: a TFDS data set in TFRecord files, and an index of its records."""

import pathlib
import struct

import numpy as np

from ada_tf.data.scan import Shape
from ada_tf.data.sources import Entry, Source
from ada_tf.data.stores import RecordImages
from ada_tf.errors import UserError

_INDEX = "index.npz"
SPLIT = "train"
_NAME = "pictures"

# Decoded bytes in one record file.
_SHARD_BYTES = 2**30

# Examples between two updates of the metadata files.
_FLUSH = 256

# TFRecord: length (uint64, little endian), its checksum (4 bytes), the data, its checksum (4).
_HEAD, _TAIL = 12, 4


class Writer:
    """Writes pictures one after the other; use as a context manager.

    Args:
        folder: empty folder to write into.
        source: gives name and classes.
        shape: of all pictures.
    """

    def __init__(self, folder: pathlib.Path, source: Source, shape: Shape):
        import tensorflow_datasets as tfds

        side, channels = shape.resolution, shape.channels
        image = tfds.features.Image(shape=(side, side, channels), encoding_format="png")
        features = {"image": image, "name": tfds.features.Text()}
        if source.class_names is not None:
            features["label"] = tfds.features.ClassLabel(names=source.class_names)
        identity = tfds.core.DatasetIdentity(
            name=_NAME, version="1.0.0", data_dir=str(folder), module_name=__name__
        )
        info = tfds.core.DatasetInfo(
            builder=identity,
            features=tfds.features.FeaturesDict(features),
            description=f"{source.name}, prepared for ada_tf.",
        )
        self._writer = tfds.core.SequentialWriter(
            info, max_examples_per_shard=max(1, _SHARD_BYTES // (side * side * channels))
        )
        self._writer.initialize_splits([SPLIT])
        self._folder, self._source = folder, source
        self._labels, self._waiting = [], []

    def __enter__(self) -> "Writer":
        return self

    def add(self, entry: Entry, encoded: bytes) -> None:
        """Append one picture, encoded as PNG."""
        example = {"image": encoded, "name": entry.name}
        if self._source.class_names is not None:
            example["label"] = entry.label
        self._labels.append(-1 if entry.label is None else entry.label)
        self._waiting.append(example)
        if len(self._waiting) == _FLUSH:
            self._flush()

    def __exit__(self, error_type, error, traceback) -> None:
        if error_type is not None:
            return
        self._flush()
        self._writer.close_all()
        _write_index(self._folder, self._source, np.array(self._labels, np.int64))

    def _flush(self) -> None:
        self._writer.add_examples({SPLIT: self._waiting})
        self._waiting = []


def is_prepared(folder: pathlib.Path) -> bool:
    """Say whether a folder is a data set written by `Writer`."""
    return (folder / _INDEX).is_file() and (folder / "features.json").is_file()


def read(folder: pathlib.Path):
    """Open a prepared data set without reading its pictures.

    Returns:
        (name, `RecordImages`, labels int64 [n] or None, number of classes).

    Raises:
        UserError: a file is missing or cut short.
    """
    import tensorflow_datasets as tfds

    features = tfds.builder_from_directory(folder).info.features
    with np.load(folder / _INDEX) as index:
        index = dict(index)
    ends = {}  # of the last record of every file
    for shard, end in zip(
        index["shards"], index["offsets"] + index["lengths"] + _TAIL, strict=True
    ):
        ends[shard] = max(ends.get(shard, 0), end)
    for shard, end in ends.items():
        file = folder / str(index["files"][shard])
        if not file.is_file() or file.stat().st_size < end:
            raise UserError(
                f"{folder} is damaged: {file.name} is missing or cut short; remove the folder and"
                " give the original pictures again."
            )
    store = RecordImages(
        files=[folder / name for name in index["files"]],
        shards=index["shards"],
        offsets=index["offsets"],
        lengths=index["lengths"],
        features=tfds.features.FeaturesDict({"image": features["image"]}),
    )
    labels = index["labels"] if (index["labels"] >= 0).all() else None
    num_classes = 0 if labels is None else features["label"].num_classes
    return str(index["name"]), store, labels, num_classes


def _write_index(folder: pathlib.Path, source: Source, labels: np.ndarray) -> None:
    files = sorted(folder.glob("*.tfrecord-*"))
    places = [(shard, *place) for shard, file in enumerate(files) for place in _places(file)]
    shards, offsets, lengths = np.array(places, np.int64).reshape(-1, 3).T
    np.savez(
        folder / _INDEX,
        name=source.name,
        labels=labels,
        files=np.array([file.name for file in files], dtype=str),
        shards=shards,
        offsets=offsets,
        lengths=lengths,
    )


def _places(file: pathlib.Path):
    """Yield (offset, length) of every record of a TFRecord file."""
    end, offset = file.stat().st_size, 0
    with open(file, "rb") as stream:
        while offset < end:
            stream.seek(offset)
            (length,) = struct.unpack("<Q", stream.read(8))
            yield offset + _HEAD, length
            offset += _HEAD + length + _TAIL
