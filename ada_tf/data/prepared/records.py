"""Writing a prepared set: a TFDS data set in TFRecord files, and an index of its images."""

import errno
import os
import pathlib
import struct
from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from ada_tf import png
from ada_tf.data.prepared import fingerprint, prepared_set
from ada_tf.data.prepared import prepared_set as prepared
from ada_tf.data.prepared.transform import Result
from ada_tf.data.sources.labels import unpack
from ada_tf.data.sources.source import Entry, Source
from ada_tf.data.stored import Stored
from ada_tf.data.stores import Damaged, RecordImages, checksum
from ada_tf.files import cause, printable

_NAME = "images"

# Decoded bytes in one record file.
_SHARD_BYTES = 2**30

# Examples between two updates of the metadata files.
_FLUSH = 256

# TFRecord: length (uint64, little endian), its checksum (4 bytes), the data, its checksum (4).
_HEAD, _TAIL = 12, 4


class Writer:
    """Writes images one after the other; use as a context manager.

    Args:
        folder: empty folder to write into.
        source: gives name and classes.
        shape: of all images.
    """

    def __init__(self, folder: pathlib.Path, source: Source, shape: Stored):
        import tensorflow_datasets as tfds

        image = tfds.features.Image(
            shape=png.folded_shape(*shape.hwc), dtype=shape.dtype, encoding_format="png"
        )
        features = {"image": image, "name": tfds.features.Text()}
        space = source.label_space
        if space.are_classes:  # vectors have a file of their own
            features["label"] = tfds.features.ClassLabel(names=list(space.class_names))
        identity = tfds.core.DatasetIdentity(
            name=_NAME, version="1.0.0", data_dir=str(folder), module_name=__name__
        )
        info = tfds.core.DatasetInfo(
            builder=identity,
            features=tfds.features.FeaturesDict(features),
            description=f"{source.name}, prepared for ada_tf.",
        )
        self._writer = tfds.core.SequentialWriter(
            info, max_examples_per_shard=max(1, _SHARD_BYTES // shape.size_in_bytes)
        )
        self._writer.initialize_splits([prepared.SPLIT])
        self._folder, self._source, self._shape = folder, source, shape
        self._added, self._digests, self._waiting, self._vectors = [], [], [], []

    def __enter__(self) -> "Writer":
        return self

    def add(self, entry: Entry, result: Result) -> None:
        """Append one image."""
        example = {"image": result.encoded, "name": entry.name}
        label = -1
        if self._source.label_space.attributes:
            self._vectors.append(unpack(entry.label))
        elif self._source.label_space.are_classes:
            label = example["label"] = entry.label
        self._added.append((label, len(result.encoded), checksum(result.encoded)))
        self._digests.append(result.pixels)
        self._waiting.append(example)
        if len(self._waiting) == _FLUSH:
            self._flush()

    def __exit__(self, error_type, error, traceback) -> None:
        if error_type is None:
            self._flush()
            self._writer.close_all()
            if self._vectors:
                prepared_set.write_labels(self._folder, np.stack(self._vectors))

    def _flush(self) -> None:
        self._writer.add_examples({prepared.SPLIT: self._waiting})
        self._waiting = []

    def index(self) -> np.ndarray:
        """Find every image in the closed files: an array of `index.ROW`.

        Raises:
            OSError: the disk does not hold what was written to it.
        """
        rows = []
        try:
            for added, place in zip(self._added, self._places(), strict=True):
                label, length, known = added
                shard, offset, record = place
                start = record.find(png.SIGNATURE)  # names are printable and hold no such bytes
                if checksum(record[start : start + length]) != known:
                    raise ValueError("is not what was written")
                rows.append((label, shard, offset + start, length, known))
        except ValueError as error:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(self._folder)) from error
        return np.array(rows, prepared_set.INDEX_ROW)

    def _places(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield (number of the file, offset, bytes) of every record written."""
        for shard, file in enumerate(sorted(self._folder.glob("*.tfrecord-*"))):
            with open(file, "rb") as stream:
                for offset, length in records(file):
                    stream.seek(offset)
                    yield shard, offset, stream.read(length)

    def fingerprint(self) -> str:
        """The fingerprint of all images added."""
        return fingerprint.of_images(self._digests, self._shape)


def records(file: pathlib.Path) -> Iterator[tuple[int, int]]:
    """Yield (offset, length) of every record of a TFRecord file.

    Raises:
        ValueError: a record would end behind the end of the file.
    """
    end, offset = file.stat().st_size, 0
    with open(file, "rb") as stream:
        while offset < end:
            stream.seek(offset)
            head = stream.read(_HEAD)
            length = struct.unpack("<Q", head[:8])[0] if len(head) == _HEAD else end
            if offset + _HEAD + length + _TAIL > end:
                raise ValueError("is cut short")
            yield offset + _HEAD, length
            offset += _HEAD + length + _TAIL


# Names of images: every record of a prepared set holds the name beside the pixels.


def record_names(store: RecordImages, items) -> list[str]:
    """Names of images in the source that they were prepared from, such as paths inside a folder.

    The files are read up to the last image that is asked for; pixels are not decoded.

    Args:
        store: the images of a prepared set.
        items: integers [n], which.

    Raises:
        Damaged: a file is not what was written.
    """
    items = np.asarray(items)
    found = {}
    for shard in np.unique(store.shards[items]):
        wanted = np.unique(items[store.shards[items] == shard])
        wanted = wanted[np.argsort(store.offsets[wanted])]
        file = store.files[shard]
        try:
            for item, record in _records_around(file, store.offsets[wanted]):
                found[int(wanted[item])] = _name_in(record)
        except (OSError, ValueError) as error:
            raise Damaged(file.parent, f"{file.name}: {cause(error)}") from error
    return [found[item] for item in items.tolist()]


def _records_around(file, places):
    """Yield (number of the place, bytes of the record that it lies in); places ascend."""
    number = 0
    with open(file, "rb") as stream:
        for offset, length in records(file):
            if number == len(places):
                return
            if offset <= places[number] < offset + length:
                stream.seek(offset)
                yield number, stream.read(length)
                number += 1
    if number < len(places):
        raise ValueError("lacks an image")


def _name_in(record: bytes) -> str:
    """The name in a record, which may be a stranger's."""
    feature = {"name": tf.io.FixedLenFeature([], tf.string)}
    try:
        with tf.device("CPU"):
            name = tf.io.parse_single_example(record, feature)["name"].numpy()
    except tf.errors.InvalidArgumentError as error:
        raise ValueError("an image has no name") from error
    return printable(name.decode(errors="replace"))
