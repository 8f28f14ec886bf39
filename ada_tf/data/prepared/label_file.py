"""The label vectors of a prepared set; class numbers are in its index."""

import io
import pathlib

import numpy as np

from ada_tf.data.prepared.manifest import MAX_HASHED
from ada_tf.files import open_regular
from ada_tf.label_space import MAX_VALUE

FILE = "labels.npy"


def write(folder: pathlib.Path, vectors: np.ndarray) -> None:
    """Write vectors, float32 [n, label_dim], in the order of the images."""
    np.save(folder / FILE, vectors.astype("<f4"), allow_pickle=False)


def read(folder: pathlib.Path, count: int, label_dim: int) -> np.ndarray:
    """Read the vectors of `count` images.

    Raises:
        OSError, ValueError, MemoryError: they cannot be read, or are none.
    """
    with open_regular(folder / FILE, MAX_HASHED) as file:
        vectors = np.load(io.BytesIO(file.read()), allow_pickle=False)
    if vectors.dtype != np.dtype("<f4") or vectors.shape != (count, label_dim):
        raise ValueError(f"are no vectors of {label_dim} numbers for {count} images")
    if not (np.abs(vectors) <= MAX_VALUE).all():  # NaN is not
        raise ValueError("holds NaN or numbers that no label has")
    return vectors
