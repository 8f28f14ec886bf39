"""Pictures of a .npy file, one array [N, H, W, C] or [N, H, W] of all of them."""

import functools
import io
import pathlib
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from ada_tf import files
from ada_tf.data.array_picture import as_numpy_file, check, numpy_header
from ada_tf.data.sources.found import File, LeftOut


def files_of(path: pathlib.Path) -> Iterator[File | LeftOut]:
    """Each picture as a .npy file of its own, read when it is asked for.

    Raises:
        UserError: it is no such array, or cut short.
    """
    with files.reading(path, "a stack of pictures", "it must be uint8 or uint16 [N, H, W, C]"):
        with files.open_regular(path) as stream:
            shape, dtype = numpy_header(stream)
            start = stream.tell()
        if len(shape) not in (3, 4) or shape[0] < 1:
            raise ValueError(f"{list(shape)} is no stack of pictures")
        height, width, channels = (*shape[1:], 1)[:3]
        check(height, width, channels, dtype)
        size = height * width * channels * dtype.itemsize
        status = path.stat()
        if status.st_size < start + shape[0] * size:
            raise ValueError("is cut short")
    stamp = (status.st_size, status.st_mtime_ns)
    for number in range(shape[0]):
        place = start + number * size
        opener = functools.partial(_open, path, place, (height, width, channels), dtype)
        yield File(f"image {number:07}.npy", opener, stamp, unpacked=2 * size)


def _open(path: pathlib.Path, place: int, shape, dtype, max_bytes: int) -> BinaryIO:
    """One picture as the bytes of a .npy file."""
    with files.open_regular(path) as stream:
        stream.seek(place)
        pixels = np.fromfile(stream, dtype, int(np.prod(shape)))
    return io.BytesIO(as_numpy_file(pixels.reshape(shape)))
