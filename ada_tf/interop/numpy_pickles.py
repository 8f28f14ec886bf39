"""NumPy's arrays, types and numbers as pickles describe them, rebuilt by us instead of by NumPy."""

import math
import re

import numpy as np

from ada_tf.files import quoted
from ada_tf.interop.pickled import Instance, Refused

# Floats, integers and booleans: f4, i8, b1, with or without a byte order.
_TYPE = re.compile(r"[<>|=]?[fiub][1248]")
# Sides of an array, as many as NumPy has, and bits of their length.
_MAX_SIDES, _MAX_BITS = 32, 62


class DType(Instance):
    """`numpy.dtype(name, align, copy)`; the state holds the byte order."""

    def __init__(self, name="", *_):
        super().__init__()
        if not isinstance(name, str) or not _TYPE.fullmatch(name):
            raise Refused(f"numbers of the type {quoted(name)}")
        self.dtype = np.dtype(name)

    def set_state(self, state) -> None:
        order = state[1] if isinstance(state, tuple) and len(state) > 1 else None
        if order not in ("<", ">", "|", "="):
            raise Refused("numbers of an unknown byte order")
        self.dtype = self.dtype.newbyteorder(order)


class Array(Instance):
    """`numpy.ndarray`; its state is (version, shape, dtype, in Fortran's order, bytes)."""

    def __init__(self, *_):
        super().__init__()
        self.array = np.zeros(0, np.float32)

    def set_state(self, state) -> None:
        if not isinstance(state, tuple) or len(state) != 5:
            raise Refused("an array of an unknown state")
        _, shape, dtype, fortran, data = state
        self.array = _array(data, dtype, shape, "F" if fortran is True else "C")


def _array(data, dtype, shape, order: str) -> np.ndarray:
    if not isinstance(dtype, DType) or not isinstance(data, (bytes, bytearray)):
        raise Refused("an array of other things than numbers")
    if not _is_shape(shape) or math.prod(shape) * dtype.dtype.itemsize != len(data):
        raise Refused("an array of another size than its shape")
    return np.ndarray(shape, dtype.dtype, data, order=order)


def _is_shape(shape) -> bool:
    if not isinstance(shape, tuple) or len(shape) > _MAX_SIDES:
        return False
    return all(type(n) is int and n >= 0 and n.bit_length() <= _MAX_BITS for n in shape)


class NDArray:
    """What `numpy.ndarray` stands for as an argument."""


def reconstruct(kind, *_) -> Array:
    """What `numpy.core.multiarray._reconstruct` makes: an array whose state follows."""
    if kind is not NDArray:
        raise Refused("an array of an unknown kind")
    return Array()


def from_buffer(data=None, dtype=None, shape=None, order="C", axes=None, *_) -> Array:
    """What `numpy.core.numeric._frombuffer` makes, by which protocol 5 describes an array."""
    found = Array()
    found.array = _array(data, dtype, shape, "F" if order == "F" else "C")
    if order == "K" and axes is not None:
        if not _is_shape(axes):
            raise Refused("an array in an order that is none")
        found.array = found.array.transpose(axes)
    return found


def scalar(dtype, data=None, *_):
    """What `numpy.core.multiarray.scalar` makes, as a number of Python."""
    if not isinstance(dtype, DType) or not isinstance(data, bytes):
        raise Refused("a number of an unknown type")
    if len(data) != dtype.dtype.itemsize:
        raise Refused("a number of another size than its type")
    return np.frombuffer(data, dtype.dtype)[0].item()


def encode(text, encoding="utf-8", *_) -> bytes:
    """What `_codecs.encode` makes: older protocols write bytes as a text of the same characters."""
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise Refused("bytes in an unknown encoding")
    return text.encode("latin-1")


# (module, name) -> what it stands for, for `pickled.load`. NumPy 2 renamed its core.
KNOWN = {
    **{
        (f"numpy.{core}.multiarray", name): function
        for core in ("core", "_core")
        for name, function in (("_reconstruct", reconstruct), ("scalar", scalar))
    },
    **{(f"numpy.{core}.numeric", "_frombuffer"): from_buffer for core in ("core", "_core")},
    ("numpy", "ndarray"): NDArray,
    ("numpy", "dtype"): DType,
    ("_codecs", "encode"): encode,
}
