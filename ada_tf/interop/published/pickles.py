"""Pickles read as data: a stack machine that builds values and calls nothing but what it is given.

The pickle module executes what a file says; this one never imports or calls anything a file names.
"""

import math
import pickletools
import re
from collections.abc import Callable

import numpy as np

from ada_tf.files import quoted

# The machine.
#
# A pickle is a program. Python's own unpickler runs it, and even if it may call nothing, a kilobyte
# can make it allocate 64 GB (a memo index) or hash 2^40 tuples (a key). Here a step makes at most one
# object, steps and what calls are given are counted, and keys are names or numbers.

# Far above all weight files known: Inception takes 27,000 steps, VGG16 2,000.
MAX_STEPS = 2**18
# Items and bytes that all calls together are given: a list of 2^17 could be given to 2^17 calls.
_MAX_WORK = 2**22
_KEYS = (str, bytes, int, float, type(None))
# Characters of a name, and bits of a number, that is a key: long ones are slow to compare and to
# hash, and numbers of more than a word can be chosen to have all the same hash.
_MAX_NAME, _MAX_BITS = 1000, 64


class Refused(Exception):
    """The pickle asks for something that data does not need; the message says what."""


class Instance:
    """Object of a class that a pickle names: its attributes, none of its code."""

    def __init__(self, *arguments):
        self.attributes = {}

    def set_state(self, state) -> None:
        """Set the state that the pickle gives."""
        if isinstance(state, dict):
            self.attributes.update(state)


def load(
    stream,
    find: Callable[[str, str], object],
    persistent: Callable | None = None,
    max_steps: int = MAX_STEPS,
    max_work: int = _MAX_WORK,
):
    """The value of a pickle.

    Args:
        stream: binary file; it is read to the end of the pickle and no further.
        find: (module, name) -> what it stands for: a function or class of ours, which the pickle may
            call with what it has built, or a value. None refuses the name.
        persistent: what a reference to something outside of the pickle stands for.
        max_steps: instructions at most.
        max_work: items and bytes that all calls together may be given.

    Raises:
        Refused: it asks for more than data needs.
        Exception: it is damaged, or a function that was found does not take what it was given;
            which exceptions these are depends on the damage, see `ada_tf.files.reading`.
    """
    machine = _Machine(find, persistent, max_work)
    for steps, (opcode, argument, _) in enumerate(_instructions(stream)):
        if steps >= max_steps:
            raise Refused(f"more than {max_steps} steps")
        try:
            machine.step(opcode.name, argument)
        except LookupError as error:  # what it takes from the stack or the memo is not there
            raise ValueError(_DAMAGED) from error
    if len(machine.stack) != 1:
        raise ValueError(f"{len(machine.stack)} values in the place of one")
    return machine.stack[0]


def _instructions(stream):
    try:
        yield from pickletools.genops(stream)
    except ValueError as error:  # in words of the reader, such as "when trying to read stringnl"
        raise ValueError(_DAMAGED) from error


def put(target: dict, key, value) -> None:
    """Set an item of a dictionary, whose key must not take long to hash.

    Raises:
        Refused: the key is no name or number.
    """
    if not isinstance(key, _KEYS):
        raise Refused("a key that is no name or number")
    if isinstance(key, (str, bytes)) and len(key) > _MAX_NAME:
        raise Refused(f"a key of more than {_MAX_NAME} characters")
    if isinstance(key, int) and key.bit_length() > _MAX_BITS:
        raise Refused(f"a key of more than {_MAX_BITS} bits")
    target[key] = value


_DAMAGED = "it is no pickle, or a damaged one"


class _Machine:
    """The stack, the marks on it and the memo."""

    def __init__(self, find, persistent, max_work):
        self.stack, self._marks, self._memo = [], [], {}
        self._find, self._persistent = find, persistent
        self._max_work, self._work = max_work, 0

    def step(self, name, argument) -> None:
        """One instruction."""
        if name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name])
        elif name in _LITERALS:
            self.stack.append(argument)
        elif name in _EMPTY:
            self.stack.append(_EMPTY[name]())
        elif name in _METHODS:
            getattr(self, "_" + _METHODS[name])(argument)
        elif name not in _IGNORED:
            raise Refused(f"the instruction {name}")

    def _pop_mark(self) -> list:
        """Pop the values above the newest mark."""
        start = self._marks.pop()
        items, self.stack[start:] = self.stack[start:], []
        return items

    def _pop_last(self, count: int) -> list:
        if count > len(self.stack):
            raise IndexError(count)
        items, self.stack[-count:] = self.stack[-count:], []
        return items

    def _mark(self, _):
        self._marks.append(len(self.stack))

    def _pop(self, _):
        self.stack.pop()

    def _memoize(self, index):
        put(self._memo, len(self._memo) if index is None else index, self.stack[-1])

    def _recall(self, index):
        self.stack.append(self._memo[index])

    def _list(self, _):
        self.stack.append(self._pop_mark())

    def _tuple(self, _):
        self.stack.append(tuple(self._pop_mark()))

    def _tuple1(self, _):
        self.stack.append(tuple(self._pop_last(1)))

    def _tuple2(self, _):
        self.stack.append(tuple(self._pop_last(2)))

    def _tuple3(self, _):
        self.stack.append(tuple(self._pop_last(3)))

    def _append(self, _):
        self._extend(self._pop_last(1))

    def _appends(self, _):
        self._extend(self._pop_mark())

    def _dict(self, _):
        items = self._pop_mark()
        self.stack.append({})
        self._set(items)

    def _setitem(self, _):
        self._set(self._pop_last(2))

    def _setitems(self, _):
        self._set(self._pop_mark())

    def _global(self, argument):
        self._name(*argument.split(" ", 1))

    def _stack_global(self, _):
        self._name(*self._pop_last(2))

    def _reduce(self, _):
        function, arguments = self._pop_last(2)
        if not callable(function) or not isinstance(arguments, tuple):
            raise Refused("a call of what is no function")  # only what was found is callable
        self._spend(arguments)
        self.stack.append(function(*arguments))

    def _spend(self, arguments) -> None:
        """Count what a call may have to go through."""
        self._work += len(arguments) + sum(map(_size, arguments))
        if self._work > self._max_work:
            raise Refused(f"calls with more than {self._max_work} items and bytes")

    def _build(self, _):
        """Attributes are kept for instances only: those of containers and tensors are no data."""
        target, state = self._pop_last(2)
        self.stack.append(target)
        if isinstance(target, Instance):
            self._spend(state if isinstance(state, tuple) else (state,))
            target.set_state(state)

    def _binpersid(self, _):
        (reference,) = self._pop_last(1)
        if self._persistent is None:
            raise Refused("something outside of it")
        self.stack.append(self._persistent(reference))

    def _extend(self, items):
        if not isinstance(self.stack[-1], list):
            raise Refused("an item of what is no list")
        self.stack[-1].extend(items)

    def _set(self, items):
        if not isinstance(self.stack[-1], dict):
            raise Refused("an item of what is no dictionary")
        for key, value in zip(items[::2], items[1::2], strict=True):
            put(self.stack[-1], key, value)

    def _name(self, module, name):
        if not isinstance(module, str) or not isinstance(name, str):
            raise Refused("a name that is no text")
        found = self._find(module, name)
        if found is None:
            raise Refused(f"{module[:60]}.{name[:60]}")
        self.stack.append(found)


def _size(value) -> int:
    return len(value) if isinstance(value, (dict, list, tuple, bytes, bytearray, str)) else 1


_IGNORED = {"PROTO", "FRAME", "STOP"}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
# Sets become lists: their items would have to be hashed.
_EMPTY = {"EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_SET": list}
_LITERALS = {
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT",
    "STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE",
    "BINUNICODE8", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8",
}  # fmt: skip
_METHODS = {
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"), "memoize"),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), "recall"),
    **{
        name: name.lower()
        for name in (
            "MARK", "POP", "LIST", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "APPEND", "APPENDS",
            "DICT", "SETITEM", "SETITEMS", "GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD", "BINPERSID",
        )
    },
    "NEWOBJ": "reduce",
    "ADDITEMS": "appends",
    "FROZENSET": "list",
}  # fmt: skip


# NumPy's arrays, types and numbers as pickles describe them, rebuilt by us instead of by NumPy.

# Floats, integers and booleans: f4, i8, b1, with or without a byte order.
_TYPE = re.compile(r"[<>|=]?[fiub][1248]")
# Sides of an array, as many as NumPy has, and bits of their length.
_MAX_SIDES, _MAX_INTEGER_BITS = 32, 62


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
    return all(type(n) is int and n >= 0 and n.bit_length() <= _MAX_INTEGER_BITS for n in shape)


class NDArray:
    """Stand-in for `numpy.ndarray` as an argument."""


def reconstruct(kind, *_) -> Array:
    """Stand in for `numpy.core.multiarray._reconstruct`: an array whose state follows."""
    if kind is not NDArray:
        raise Refused("an array of an unknown kind")
    return Array()


def _from_buffer(data=None, dtype=None, shape=None, order="C", axes=None, *_) -> Array:
    """Stand in for `numpy.core.numeric._frombuffer`, by which protocol 5 describes an array."""
    found = Array()
    found.array = _array(data, dtype, shape, "F" if order == "F" else "C")
    if order == "K" and axes is not None:
        if not _is_shape(axes):
            raise Refused("an array in an order that is none")
        found.array = found.array.transpose(axes)
    return found


def scalar(dtype, data=None, *_):
    """Stand in for `numpy.core.multiarray.scalar`; returns a number of Python."""
    if not isinstance(dtype, DType) or not isinstance(data, bytes):
        raise Refused("a number of an unknown type")
    if len(data) != dtype.dtype.itemsize:
        raise Refused("a number of another size than its type")
    return np.frombuffer(data, dtype.dtype)[0].item()


def encode(text, encoding="utf-8", *_) -> bytes:
    """Stand in for `_codecs.encode`: older protocols write bytes as a text of the same characters."""
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise Refused("bytes in an unknown encoding")
    return text.encode("latin-1")


# (module, name) -> stand-in, for `load`. NumPy 2 renamed its core.
KNOWN = {
    **{
        (f"numpy.{core}.multiarray", name): function
        for core in ("core", "_core")
        for name, function in (("_reconstruct", reconstruct), ("scalar", scalar))
    },
    **{(f"numpy.{core}.numeric", "_frombuffer"): _from_buffer for core in ("core", "_core")},
    ("numpy", "ndarray"): NDArray,
    ("numpy", "dtype"): DType,
    ("_codecs", "encode"): encode,
}
