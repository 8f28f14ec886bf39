"""Tensors of PyTorch files (.pth, .pt, TorchScript), read without running anything in them.

A file of torch.save is a pickle, and a pickle may call any function. Here it may call only those of
`_KNOWN`, which build containers and descriptions of tensors; anything else is refused. The code of
a TorchScript file is not looked at.

Two formats are in use: a zip archive (data.pkl and one member a storage), and before PyTorch 1.6 a
stream of five pickles followed by the storages.
"""

import collections
import dataclasses
import pathlib
import pickle
import zipfile

import numpy as np

from ada_tf.errors import UserError

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


class _Refused(Exception):
    """The pickle asks for something that reading tensors does not need."""


@dataclasses.dataclass
class _Storage:
    """A flat array; the older format brings its values after the pickle."""

    dtype: np.dtype
    size: int
    key: str
    values: np.ndarray | None = None


@dataclasses.dataclass
class _Tensor:
    """A strided view of a storage."""

    storage: _Storage
    offset: int
    shape: tuple
    strides: tuple

    def array(self) -> np.ndarray:
        reach = 1 + sum((n - 1) * s for n, s in zip(self.shape, self.strides, strict=True))
        if not all(n >= 0 for n in self.shape) or not all(s >= 0 for s in self.strides):
            raise _Refused("a tensor of negative shape or strides")
        if 0 in self.shape:
            return np.zeros(self.shape, self.storage.dtype)
        values = self.storage.values
        if self.offset < 0 or self.offset + reach > len(values):
            raise _Refused("a tensor that reaches beyond its storage")
        strides = [s * values.itemsize for s in self.strides]
        view = np.lib.stride_tricks.as_strided(values[self.offset :], self.shape, strides)
        return np.array(view)


class _Object:
    """An object of a TorchScript file: its attributes, none of its code."""

    def __setstate__(self, state):
        self.__dict__.update(state if isinstance(state, dict) else {})


def _tensor(storage, offset, shape, strides, *_):
    return _Tensor(storage, int(offset), tuple(shape), tuple(strides))


def _first(value, *_):
    return value


_KNOWN = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_parameter"): _first,
    ("torch.jit._pickle", "restore_type_tag"): _first,
    **{
        ("torch.jit._pickle", f"build_{kind}list"): _first
        for kind in ("int", "double", "bool", "tensor")
    },
    **{("torch", name): np.dtype(dtype) for name, dtype in _TYPES.items()},
}


class _Unpickler(pickle.Unpickler):
    """Builds what `_KNOWN` allows; storages are described by `persistent_load`."""

    def __init__(self, stream, load_storage):
        super().__init__(stream, encoding="utf-8")
        self._load_storage = load_storage

    def find_class(self, module, name):
        if (module, name) in _KNOWN:
            return _KNOWN[module, name]
        if module == "__torch__" or module.startswith("__torch__."):
            return _Object
        raise _Refused(f"{module}.{name}")

    def persistent_load(self, pid):
        if not isinstance(pid, tuple) or len(pid) < 5 or pid[0] != "storage":
            raise _Refused("a reference that is no storage")
        _, dtype, key, _, size = pid[:5]
        if not isinstance(dtype, np.dtype):
            raise _Refused("a storage of unknown type")
        return self._load_storage(dtype, str(key), int(size))


def read_tensors(path) -> dict[str, np.ndarray]:
    """All tensors of a file by name; names of nested containers are joined by dots.

    Args:
        path: of a .pth, .pt or TorchScript file.

    Returns:
        Arrays in the order of the file.

    Raises:
        UserError: the file is no such file, is not complete, or holds what no tensor needs.
    """
    path = pathlib.Path(path)
    try:
        with open(path, "rb") as stream:
            is_zip = zipfile.is_zipfile(stream)
            stream.seek(0)
            tree = _read_zip(stream) if is_zip else _read_stream(stream)
        return {name: tensor.array() for name, tensor in _walk(tree)}
    except _Refused as refused:
        raise UserError(
            f"{path} asks for {refused}, which reading tensors does not need; it was not loaded."
        ) from refused
    except FileNotFoundError as error:
        raise UserError(f"{path} does not exist; give a file of torch.save.") from error
    except (
        pickle.UnpicklingError, zipfile.BadZipFile, EOFError, OSError, ValueError, TypeError,
        AttributeError, KeyError, IndexError, UnicodeDecodeError, MemoryError, RecursionError,
    ) as error:  # fmt: skip
        raise UserError(
            f"{path} is not complete, or not a file of torch.save; fetch it again."
        ) from error


def _read_zip(stream):
    """PyTorch 1.6 and later: <folder>/data.pkl, <folder>/data/<key>."""
    with zipfile.ZipFile(stream) as archive:
        roots = [
            name[: -len("data.pkl")] for name in archive.namelist() if name.endswith("/data.pkl")
        ]
        if len(roots) != 1:
            raise ValueError("no data.pkl")
        root = roots[0]
        order = _member(archive, f"{root}byteorder", default=b"little").strip()
        if order != b"little":
            raise ValueError("byte order")
        parts = {}
        for part, folder in (("", "data"), ("constants", "constants")):
            name = f"{root}{part or 'data'}.pkl"
            if name not in archive.namelist():
                continue
            storages = {}

            def load(dtype, key, size, folder=folder, storages=storages):
                if key not in storages:
                    member = archive.getinfo(f"{root}{folder}/{key}")
                    if member.file_size != size * dtype.itemsize:
                        raise ValueError("size of a storage")
                    if member.compress_type != zipfile.ZIP_STORED:
                        raise ValueError("compressed storage")  # torch.save never compresses
                    storages[key] = _Storage(
                        dtype, size, key, np.frombuffer(archive.read(member), dtype)
                    )
                return storages[key]

            with archive.open(name) as pickled:
                parts[part] = _Unpickler(pickled, load).load()
        return parts


def _member(archive, name, default):
    return archive.read(name) if name in archive.namelist() else default


def _read_stream(stream):
    """Before PyTorch 1.6: magic, protocol, system, the object, storage keys; then the storages."""
    storages = {}

    def load(dtype, key, size):
        return storages.setdefault(key, _Storage(dtype, size, key))

    if _Unpickler(stream, load).load() != _MAGIC or _Unpickler(stream, load).load() != _PROTOCOL:
        raise ValueError("magic number")
    if not _Unpickler(stream, load).load().get("little_endian", True):
        raise ValueError("byte order")
    tree = _Unpickler(stream, load).load()
    for key in _Unpickler(stream, load).load():
        storage = storages[key]
        size = int.from_bytes(stream.read(8), "little")
        content = stream.read(size * storage.dtype.itemsize)
        if size != storage.size or len(content) != size * storage.dtype.itemsize:
            raise ValueError("size of a storage")
        storage.values = np.frombuffer(content, storage.dtype)
    return {"": tree}


def _walk(tree, prefix="", depth=0):
    """(name, tensor) of everything in a tree of dictionaries, sequences and objects."""
    if depth > 100:
        raise _Refused("containers nested more than 100 deep")
    if isinstance(tree, _Tensor):
        yield prefix, tree
        return
    if isinstance(tree, _Object):
        tree = vars(tree)
    if isinstance(tree, (list, tuple)):
        tree = dict(enumerate(tree))
    if isinstance(tree, dict):
        for name, value in tree.items():
            yield from _walk(value, f"{prefix}.{name}".lstrip("."), depth + 1)
