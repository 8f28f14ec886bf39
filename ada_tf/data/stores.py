"""Where the pixels are: all in memory, or in records on disk read one by one.

Both stores answer `read(items)`, eagerly and inside a graph, so a data set does not know which it
has, and the stream is the same either way.
"""

import dataclasses
import pathlib

import numpy as np
import tensorflow as tf


@dataclasses.dataclass(frozen=True, eq=False)
class ResidentImages:
    """Decoded pictures in the memory of the host, uint8 [n, R, R, C]."""

    images: tf.Tensor

    @classmethod
    def from_array(cls, images: np.ndarray) -> "ResidentImages":
        """Keep an array, uint8 [n, R, R, C]."""
        with tf.device("CPU"):
            return cls(tf.constant(images, tf.uint8))

    @property
    def num_images(self) -> int:
        return self.images.shape[0]

    @property
    def resolution(self) -> int:
        return self.images.shape[1]

    @property
    def channels(self) -> int:
        return self.images.shape[3]

    def read(self, items):
        """Read pictures: integers [n] -> uint8 [n, R, R, C]."""
        return tf.gather(self.images, items)


@dataclasses.dataclass(frozen=True, eq=False)
class RecordImages:
    """Pictures in the TFRecord files of a prepared set, found by their place in the file.

    Reading by place gives streams from disk the same order as streams from memory, and lets a
    run resume without reading what it has already seen.

    Attributes:
        files: paths of the record files.
        shards: int64 [n], which file a picture is in.
        offsets: int64 [n], where its record starts, bytes.
        lengths: int64 [n], how long its record is, bytes.
        features: the TFDS feature that decodes a record.
    """

    files: list[pathlib.Path]
    shards: np.ndarray
    offsets: np.ndarray
    lengths: np.ndarray
    features: object

    @property
    def num_images(self) -> int:
        return len(self.shards)

    @property
    def resolution(self) -> int:
        return self.features["image"].shape[0]

    @property
    def channels(self) -> int:
        return self.features["image"].shape[2]

    def read(self, items):
        """Read pictures: integers [n] -> uint8 [n, R, R, C]."""
        records = tf.numpy_function(self._records, [items], tf.string, stateful=False)
        images = tf.map_fn(self._decode, records, fn_output_signature=tf.uint8)
        return tf.ensure_shape(images, [items.shape[0], *self.features["image"].shape])

    def to_memory(self) -> ResidentImages:
        """Decode everything once."""
        count, shape = self.num_images, self.features["image"].shape
        images = np.empty([count, *shape], np.uint8)
        chunks = tf.data.Dataset.range(count).batch(64).map(self.read, tf.data.AUTOTUNE)
        start = 0
        for chunk in chunks.prefetch(1).as_numpy_iterator():
            images[start : start + len(chunk)] = chunk
            start += len(chunk)
        return ResidentImages.from_array(images)

    def _records(self, items):
        return np.array([self._record(int(item)) for item in items], dtype=object)

    def _record(self, item: int) -> bytes:
        with open(self.files[self.shards[item]], "rb") as file:
            file.seek(self.offsets[item])
            return file.read(self.lengths[item])

    def _decode(self, record):
        return self.features.deserialize_example(record)["image"]
