"""Writes files as torch.save does, without torch: for tests of the reader."""

import contextlib
import dataclasses
import io
import pickle
import sys
import types
import zipfile

import numpy as np

NAMES = {
    np.dtype(np.float32): "FloatStorage",
    np.dtype(np.float16): "HalfStorage",
    np.dtype(np.int64): "LongStorage",
}


@dataclasses.dataclass(eq=False)
class Storage:
    """A flat array that tensors share."""

    values: np.ndarray


@dataclasses.dataclass(eq=False)
class Tensor:
    """A view of a storage."""

    storage: Storage
    offset: int
    shape: tuple
    strides: tuple


def _named(module, name):
    """A stand-in for something of a module that is not installed; pickled by its name."""
    stand_in = types.new_class(name)
    stand_in.__module__, stand_in.__qualname__ = module, name
    return stand_in


class _Pickler(pickle._Pickler):
    """Python's pickler, told to write names it cannot import."""

    def __init__(self, stream, storages, extra):
        super().__init__(stream, protocol=2)
        self.storages, self.extra = storages, extra

    def persistent_id(self, value):
        if not isinstance(value, Storage):
            return None
        key = self.storages.setdefault(value, str(len(self.storages)))
        kind = _named("torch", NAMES[value.values.dtype])
        return ("storage", kind, key, "cpu", len(value.values), *self.extra)

    def save_global(self, value, name=None):
        there = getattr(sys.modules.get(value.__module__), value.__qualname__, None)
        if isinstance(value, type) and there is not value:
            self.write(f"c{value.__module__}\n{value.__qualname__}\n".encode())
            self.memoize(value)
        else:
            super().save_global(value, name)

    dispatch = {**pickle._Pickler.dispatch, type: save_global}

    def reducer_override(self, value):
        if isinstance(value, np.ndarray):
            flat = Storage(np.ascontiguousarray(value).reshape(-1))
            strides = tuple(s // value.itemsize for s in np.ascontiguousarray(value).strides)
            strides = strides if value.ndim else ()
            value = Tensor(flat, 0, value.shape, strides)
        if isinstance(value, Tensor):
            rebuild = _named("torch._utils", "_rebuild_tensor_v2")
            self.keep = [*getattr(self, "keep", []), value]  # ids must not be used again
            return rebuild, (value.storage, value.offset, value.shape, value.strides, False, {})
        return NotImplemented


def to_pickle(tree, storages, extra=()) -> bytes:
    """The tree as torch.save pickles it; fills `storages`, Storage -> key."""
    stream = io.BytesIO()
    _Pickler(stream, storages, extra).dump(tree)
    return stream.getvalue()


def write_zip(path, tree, script=False):
    """The format of PyTorch 1.6 and later; with `script`, below an object of TorchScript."""
    storages = {}
    if script:
        outer, inner = (_named("__torch__.models", name)() for name in ("Network", "Inner"))
        inner.__dict__.update(tree)
        outer.__dict__.update({"training": False, "inner": inner})
        tree = outer
    pickled = to_pickle(tree, storages)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", pickled)
        archive.writestr("archive/byteorder", sys.byteorder)
        for storage, key in storages.items():
            archive.writestr(f"archive/data/{key}", storage.values.tobytes())
        archive.writestr("archive/version", "3\n")
        archive.writestr("archive/code/__torch__/models.py", "raise SystemExit")


def write_stream(path, tree):
    """The format before PyTorch 1.6; to a path or a binary file."""
    storages = {}
    pickled = to_pickle(tree, storages, extra=(None,))
    with contextlib.nullcontext(path) if hasattr(path, "write") else open(path, "wb") as file:
        for value in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}):
            pickle.dump(value, file, protocol=2)
        file.write(pickled)
        pickle.dump(list(storages.values()), file, protocol=2)
        for storage in storages:
            file.write(len(storage.values).to_bytes(8, "little"))
            file.write(storage.values.tobytes())
