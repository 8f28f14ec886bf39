"""The index of a prepared set: where each image is, its class and its checksum."""

import io
import pathlib

import numpy as np

from ada_tf.files import open_regular

FILE = "index.npy"

# One image: its class or -1, which record file it is in, where its bytes are, their checksum.
ROW = np.dtype(
    [("label", "<i4"), ("shard", "<i4"), ("offset", "<i8"), ("length", "<i8"), ("checksum", "<u8")]
)


def write(folder: pathlib.Path, rows: np.ndarray) -> None:
    """Write the index, an array of `ROW`."""
    np.save(folder / FILE, rows, allow_pickle=False)


def read(folder: pathlib.Path, sizes: np.ndarray, num_classes: int, max_bytes: int) -> np.ndarray:
    """Read the index; every place that it names is inside a file.

    Args:
        folder: of the prepared set.
        sizes: int64, bytes of each record file.
        num_classes: number of classes; 0 without labels.
        max_bytes: the most it may have.

    Raises:
        OSError, ValueError, MemoryError: it cannot be read, or is no index.
    """
    with open_regular(folder / FILE, max_bytes) as file:
        rows = np.load(io.BytesIO(file.read()), allow_pickle=False)
    if rows.dtype != ROW or rows.ndim != 1 or not len(rows):
        raise ValueError("is no index of images")
    shards, offsets, lengths = rows["shard"], rows["offset"], rows["length"]
    if shards.min() < 0 or shards.max() >= len(sizes) or offsets.min() < 0 or lengths.min() < 0:
        raise ValueError("names places that are not there")
    # Compared so that no sum overflows.
    if (lengths > sizes[shards] - offsets).any():
        raise ValueError("names places behind the end of a file")
    if rows["label"].min() < -1 or rows["label"].max() >= max(num_classes, 1):
        raise ValueError("names classes that are not there")
    return rows
