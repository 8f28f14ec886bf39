"""Tensors of PyTorch files (.pth, .pt, TorchScript), read without running anything in them.

A file of torch.save is a pickle of containers and of descriptions of tensors, see `pickles`; the
numbers lie beside it. The code of a TorchScript file is not looked at.

Two formats are in use: a zip archive (data.pkl and one member a storage), and before PyTorch 1.6 a
stream of five pickles followed by the storages.
"""

import dataclasses
import io
import itertools
import math
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from ada_tf.errors import UserError
from ada_tf.files import open_regular, printable, reading
from ada_tf.interop.published import pickles
from ada_tf.interop.published.pickles import Instance, Refused

_MAGIC = 0x1950A86A20F9469CFC6C  # first pickle of the older format
_PROTOCOL = 1001  # its second pickle

_TYPES = {
    "FloatStorage": np.float32,
    "DoubleStorage": np.float64,
    "HalfStorage": np.float16,
    "LongStorage": np.int64,
    "IntStorage": np.int32,
    "ShortStorage": np.int16,
    "CharStorage": np.int8,
    "ByteStorage": np.uint8,
    "BoolStorage": np.bool_,
}
# Names of tensors: containers in containers, and characters. Real ones have 8 and 80.
_MAX_DEPTH, _MAX_NAME = 100, 1000
# Tensors of a file, of which each can be named for two bytes. Networks with optimizers have 2,000.
MAX_TENSORS = 2**14
# Sides of a tensor, as many as NumPy has, and bits of a number that says where it lies.
_MAX_SIDES, _MAX_BITS = 32, 62


@dataclasses.dataclass
class Storage:
    """A flat array; the older format brings its values after the pickle."""

    dtype: np.dtype
    size: int
    values: np.ndarray | None = None


@dataclasses.dataclass
class Tensor:
    """A strided view of a storage."""

    storage: Storage
    offset: int
    shape: tuple
    strides: tuple

    def array(self) -> np.ndarray:
        """The view, read-only: many tensors of one storage cost no more than it.

        Raises:
            Refused: it is no view of the storage.
        """
        reach = 1 + sum((n - 1) * s for n, s in zip(self.shape, self.strides, strict=True))
        count = math.prod(self.shape)
        if min((self.offset, *self.shape, *self.strides)) < 0:
            raise Refused("a tensor of negative shape or strides")
        if count == 0:
            return np.zeros(self.shape, self.storage.dtype)
        values = self.storage.values
        if self.offset + reach > len(values):
            raise Refused("a tensor that reaches beyond its storage")
        if count > len(values):
            raise Refused("a tensor larger than its storage")
        strides = [s * values.itemsize for s in self.strides]
        part = values[self.offset :]
        return np.lib.stride_tricks.as_strided(part, self.shape, strides, writeable=False)


def _rebuild_tensor(storage, offset, shape, strides, *_) -> Tensor:
    """Make a tensor from the arguments by which PyTorch pickles it."""
    if not isinstance(storage, Storage):
        raise Refused("a tensor that is no view of a storage")
    if not all(map(is_sides, (shape, strides, (offset,)))) or len(shape) != len(strides):
        raise Refused("a tensor of no shape")
    return Tensor(storage, offset, tuple(shape), tuple(strides))


def is_sides(numbers) -> bool:
    """Return True for whole numbers, as few and as small as sides of arrays and places in files."""
    if not isinstance(numbers, (tuple, list)) or len(numbers) > _MAX_SIDES:
        return False
    return all(type(n) is int and n.bit_length() <= _MAX_BITS for n in numbers)


def ordered_dict(items=()) -> dict:
    """Stand in for `collections.OrderedDict`."""
    found = {}
    for key, value in items:
        pickles.put(found, key, value)
    return found


def _first(value, *_):
    return value


# Stand-ins for what tensors are pickled with, wherever their numbers are.
TENSORS = {
    ("collections", "OrderedDict"): ordered_dict,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch._utils", "_rebuild_parameter"): _first,
}
_KNOWN = {
    **TENSORS,
    # What training scripts keep beside their tensors.
    ("argparse", "Namespace"): Instance,
    ("torch.jit._pickle", "restore_type_tag"): _first,
    **{
        ("torch.jit._pickle", f"build_{kind}list"): _first
        for kind in ("int", "double", "bool", "tensor")
    },
    **{("torch", name): np.dtype(dtype) for name, dtype in _TYPES.items()},
}


def find_known(module, name):
    """What a name stands for, for `pickles.load`."""
    if module == "__torch__" or module.startswith("__torch__."):
        return Instance
    return _KNOWN.get((module, name))


def read_tensors(path) -> dict[str, np.ndarray]:
    """All tensors of a file by name; names of nested containers are joined by dots.

    Args:
        path: of a .pth, .pt or TorchScript file.

    Returns:
        Read-only arrays in the order of the file; together they hold no more memory than it.

    Raises:
        UserError: the file is no such file, is not complete, or holds what no tensor needs.
    """
    advice = "give a complete file of torch.save"
    with reading(path, "a PyTorch file", advice), open_regular(path) as stream:
        try:
            return tensors_of(stream)
        except Refused as refused:
            raise UserError(
                f"{printable(path)} asks for {printable(str(refused))}, which reading tensors does"
                " not need; it was not loaded."
            ) from refused


def tensors_of(stream) -> dict[str, np.ndarray]:
    """As `read_tensors`, of an open file.

    Raises:
        Refused: it asks for more than tensors need.
        Exception: it is damaged, see `pickled.load`.
    """
    return tensors_in(_read_zip(stream) if _is_zip(stream) else {"": _read_stream(stream)})


def tensors_in(tree) -> dict[str, np.ndarray]:
    """All tensors of containers by name, as `tensors_of`."""
    named = list(itertools.islice(_walk(tree, "", 0, set()), MAX_TENSORS + 1))
    if len(named) > MAX_TENSORS:
        raise Refused(f"more than {MAX_TENSORS} tensors")
    return {name: tensor.array() for name, tensor in named}


def _is_zip(stream) -> bool:
    """Return True if a file starts as an archive; an archive's end can occur among weights."""
    start = stream.read(2)
    stream.seek(0)
    return start == b"PK"


def read_blob(stream, max_steps: int, find: Callable = find_known):
    """The object of a stream in either format, with `Tensor` or a `Storage` in it.

    Args:
        stream: seekable binary file.
        max_steps: instructions of each pickle in it.
        find: as of `pickles.load`.

    Raises:
        Refused: it asks for more than tensors need.
        Exception: it is damaged, see `pickled.load`.
    """
    if _is_zip(stream):
        return _read_zip(stream, max_steps, find)[""]
    return _read_stream(stream, max_steps, find)


def _read_zip(stream, max_steps: int = pickles.MAX_STEPS, find: Callable = find_known) -> dict:
    """PyTorch 1.6 and later: <folder>/data.pkl, <folder>/data/<key>."""
    with zipfile.ZipFile(stream) as archive:
        names = archive.namelist()
        if len(set(names)) != len(names):
            raise ValueError("two members of one name")
        roots = [name[: -len("data.pkl")] for name in names if name.endswith("/data.pkl")]
        if len(roots) != 1:
            raise ValueError("no data.pkl")
        _check_stored(archive, stream)
        (root,) = roots
        order = f"{root}byteorder"
        if order in names and archive.read(order).strip() != b"little":
            raise ValueError("byte order")
        parts = {}
        for part, folder in (("", "data"), ("constants", "constants")):
            name = f"{root}{part or 'data'}.pkl"
            if name in names:
                pickle = io.BytesIO(archive.read(name))
                storages = _storages_of(archive, f"{root}{folder}/")
                parts[part] = pickles.load(pickle, find, storages, max_steps=max_steps)
        return parts


def _check_stored(archive, stream) -> None:
    """torch.save never compresses; so no archive unpacks to more than it is."""
    members = archive.infolist()
    if any(member.compress_type != zipfile.ZIP_STORED for member in members):
        raise ValueError("compressed members")
    size = stream.seek(0, os.SEEK_END)
    if sum(member.file_size for member in members) > size:
        raise ValueError("members larger than the archive")


def _storages_of(archive, folder: str):
    """Return the function that finds storages below a folder of an archive, for `pickles.load`."""
    storages = {}

    def load(reference):
        dtype, key, size = _described(reference)
        if key not in storages:
            content = archive.read(folder + key)
            if len(content) != size * dtype.itemsize:
                raise ValueError("size of a storage")
            storages[key] = Storage(dtype, size, np.frombuffer(content, dtype))
        return storages[key]

    return load


def _described(reference) -> tuple[np.dtype, str, int]:
    """Type, key and size of a storage that a pickle refers to."""
    if not isinstance(reference, tuple) or len(reference) < 5 or reference[0] != "storage":
        raise Refused("a reference that is no storage")
    _, dtype, key, _, size = reference[:5]
    if not isinstance(dtype, np.dtype) or not isinstance(key, str) or type(size) is not int:
        raise Refused("a storage of unknown type")
    return dtype, key, size


def _read_stream(stream, max_steps: int = pickles.MAX_STEPS, find: Callable = find_known):
    """Before PyTorch 1.6: magic, protocol, system, the object, storage keys; then the storages.

    Args:
        stream: seekable binary file of such a stream and nothing else.
        max_steps: instructions of each of its pickles.
        find: as of `pickles.load`.

    Returns:
        The object, with `Tensor` in it.

    Raises:
        Refused: it asks for more than tensors need.
        Exception: it is damaged, see `pickled.load`.
    """
    storages = {}

    def describe(reference):
        dtype, key, size = _described(reference)
        return storages.setdefault(key, Storage(dtype, size))

    def load(persistent=None):
        return pickles.load(stream, find, persistent, max_steps=max_steps)

    if load() != _MAGIC or load() != _PROTOCOL:
        raise ValueError("magic number")
    if not load().get("little_endian", True):
        raise ValueError("byte order")
    tree = load(describe)
    keys = load()
    position, end = stream.tell(), stream.seek(0, os.SEEK_END)
    stream.seek(position)
    for key in keys:
        if not isinstance(key, str):  # a tuple may take for ever to hash
            raise Refused("a storage of no name")
        storage = storages[key]
        length = storage.size * storage.dtype.itemsize
        if int.from_bytes(stream.read(8), "little") != storage.size or length > end - stream.tell():
            raise ValueError("size of a storage")
        storage.values = np.frombuffer(stream.read(length), storage.dtype)
    if any(storage.values is None for storage in storages.values()):
        raise ValueError("a storage is missing")
    return tree


def _walk(tree, prefix: str, depth: int, seen: set) -> Iterator[tuple[str, Tensor]]:
    """(name, tensor) of everything in a tree; a container that is met again is passed over."""
    if depth > _MAX_DEPTH or len(prefix) > _MAX_NAME:
        raise Refused("containers nested too deep")
    if isinstance(tree, Tensor):
        yield prefix, tree
        return
    if isinstance(tree, Instance):
        tree = tree.attributes
    if isinstance(tree, (dict, list, tuple)) and id(tree) not in seen:
        seen.add(id(tree))
        for name, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from _walk(value, f"{prefix}.{name}".lstrip("."), depth + 1, seen)


# Weights of a stranger's file as ours are: float32, and no more of them than the file can hold.

Weights = dict[str, dict[str, np.ndarray]]


def in_float32(weights: Mapping[str, Mapping[str, np.ndarray]], size: int) -> Weights:
    """Convert weights; only those of float16 take more room than in the file.

    Args:
        weights: group -> name -> array, which may be views of one another.
        size: bytes of their file.

    Raises:
        Refused: one is no float, or there are more than bytes.
    """
    arrays = [(name, array) for group in weights.values() for name, array in group.items()]
    for name, array in arrays:
        if array.dtype.kind != "f":
            raise Refused(f"the weight {name[-80:]} of the type {array.dtype}")
    if sum(array.size for _, array in arrays) > size:
        raise Refused("more weights than bytes")
    with np.errstate(over="ignore"):  # what becomes infinite is found by who uses it
        return {
            group: {name: np.asarray(array, np.float32) for name, array in named.items()}
            for group, named in weights.items()
        }
