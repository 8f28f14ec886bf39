"""Arrays of .npz files, written whole, and read as strangers' files are.

What is read is what numpy.savez writes, and nothing that costs more than the file is long.
"""

import math
import os
import re
import sys
import zipfile
from collections.abc import Mapping

import numpy as np

from ada_tf.files import open_regular, reading, replacing, writing

# Weights and statistics hardly shrink when they are compressed, so that more is a bomb.
_MAX_EXPANSION = 16
# Texts are "<U16" and the like; those of no length take no place in the file, however many they are.
_HEADER = re.compile(
    r"\{'descr': '([<>|][biuf]\d+|<U[1-9]\d{0,3})', 'fortran_order': (True|False), 'shape': \(([\d, ]*)\), \} *\n"
)


def read_arrays(path, texts: bool = False) -> dict[str, np.ndarray]:
    """All arrays of an .npz file, by name, read-only.

    Args:
        path: of the file.
        texts: arrays of texts are taken, too.

    Raises:
        UserError: there is no such file, or it is damaged, or holds something else than numbers.
    """
    with (
        reading(path, "an .npz file", "give a complete file of numpy.savez"),
        open_regular(path) as stream,
        zipfile.ZipFile(stream) as archive,
    ):
        members = archive.infolist()
        unpacked = sum(member.file_size for member in members)
        if unpacked > _MAX_EXPANSION * os.fstat(stream.fileno()).st_size:
            raise ValueError(f"it unpacks to more than {_MAX_EXPANSION} times its size")
        return {m.filename.removesuffix(".npy"): _array(archive.read(m), texts) for m in members}


def save_arrays(path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write an .npz file, which appears only when it is complete.

    Args:
        path: of the file, which is replaced.
        arrays: of numbers or texts, by name.

    Raises:
        UserError: it cannot be written.
    """
    with writing(path), replacing(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, **arrays)


def _array(content: bytes, texts: bool) -> np.ndarray:
    """The array of an .npy file, read-only.

    NumPy evaluates the header, and makes room for its shape before it looks at the size.
    """
    if content[:6] != b"\x93NUMPY" or content[6] not in (1, 2):
        raise ValueError("no .npy file")
    start = 10 if content[6] == 1 else 12
    end = start + int.from_bytes(content[8:start], "little")
    header = _HEADER.fullmatch(content[start:end].decode("latin-1"))
    if header is None or ("U" in header[1] and not texts):
        raise ValueError("an array of objects, or of no type that numbers have")
    dtype, order = np.dtype(header[1]), "F" if header[2] == "True" else "C"
    shape = tuple(int(n) for n in header[3].split(",") if n.strip())
    if math.prod(shape) * dtype.itemsize != len(content) - end:
        raise ValueError("an array of another size than its shape")
    if dtype.kind == "U" and np.any(np.frombuffer(content, "<u4", offset=end) > sys.maxunicode):
        raise ValueError("a text of characters that there are not")
    return np.ndarray(shape, dtype, content, offset=end, order=order)
