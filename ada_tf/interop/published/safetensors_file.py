"""Arrays of .safetensors files: a length, a header in JSON, and the numbers.

The header names each array with its type, its shape and the place of its bytes. Nothing in such a
file can be executed; what it says of sizes and places is checked before it is used.
"""

import json
import math
import os

import numpy as np

from ada_tf.interop.published.pickles import Refused
from ada_tf.interop.published.torch_file import MAX_TENSORS, is_sides

# Two networks of 1024 pixels have 600 arrays, each described in 100 bytes.
_MAX_HEADER = 2**22
_LENGTH = 8  # bytes of the number before the header
_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}
_NAMES = {"dtype", "shape", "data_offsets"}


def is_one(start: bytes) -> bool:
    """Return True if a file starts as one: a length of at most 2^32, and the header's brace."""
    return start[4:_LENGTH] == bytes(4) and start[_LENGTH : _LENGTH + 1] == b"{"


def tensors_of(stream) -> dict[str, np.ndarray]:
    """All arrays of a file by name; those in bfloat16 as float32.

    Args:
        stream: open file, at its start, for which `is_one` is true.

    Raises:
        Refused: it holds what no weights need.
        ValueError, RecursionError: it is damaged.
    """
    length = int.from_bytes(stream.read(_LENGTH), "little")
    end = os.fstat(stream.fileno()).st_size
    if length > min(_MAX_HEADER, end - _LENGTH):
        raise ValueError("length of the header")
    header = json.loads(stream.read(length), object_pairs_hook=_once)
    header.pop("__metadata__", None)
    if len(header) > MAX_TENSORS:
        raise Refused(f"more than {MAX_TENSORS} tensors")
    described = {name: _described(value) for name, value in header.items()}
    _check_places([place for _, _, place in described.values()], end - _LENGTH - length)
    data = stream.read()
    return {name: _array(data, *about) for name, about in described.items()}


def _once(pairs) -> dict:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("two values of one name")
    return found


def _described(value) -> tuple[str, tuple, tuple[int, int]]:
    """Type, shape, and where the bytes start and end."""
    if not isinstance(value, dict) or value.keys() != _NAMES:
        raise ValueError("a tensor that is not described")
    kind, shape, place = value["dtype"], value["shape"], value["data_offsets"]
    if kind not in (*_TYPES, "BF16"):
        raise Refused(f"weights of the type {str(kind)[:20]}")
    if not is_sides(shape) or not is_sides(place) or len(place) != 2 or min(*shape, *place) < 0:
        raise ValueError("a tensor of no shape or place")
    start, end = place
    if end - start != math.prod(shape) * np.dtype(_TYPES.get(kind, "<u2")).itemsize:
        raise ValueError("a tensor of another size than its shape")
    return kind, tuple(shape), (start, end)


def _check_places(places: list[tuple[int, int]], size: int) -> None:
    """Each follows the one before it: no byte counts twice, and none is left over."""
    reached = 0
    for start, end in sorted(places):
        if start != reached:
            raise ValueError("tensors that overlap or leave gaps")
        reached = end
    if reached != size:
        raise ValueError("tensors that do not end with the file")


def _array(data: bytes, kind: str, shape: tuple, place: tuple[int, int]) -> np.ndarray:
    part = memoryview(data)[slice(*place)]
    if kind == "BF16":  # the upper half of a float32
        return (np.frombuffer(part, "<u2").astype("<u4") << 16).view("<f4").reshape(shape)
    return np.frombuffer(part, _TYPES[kind]).reshape(shape)
