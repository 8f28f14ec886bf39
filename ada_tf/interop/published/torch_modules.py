"""Networks in pickles of PyTorch's StyleGAN2-ADA: their settings and weights, without their code.

Every module is pickled with the source of its class, for its reader to execute. Here the source is
a text like any other, and what counts is the state beside it.
"""

import dataclasses
import io
import itertools
from collections.abc import Iterator

import numpy as np

from ada_tf.interop.published import pickles
from ada_tf.interop.published.pickles import Instance, Refused, put
from ada_tf.interop.published.torch_file import (
    TENSORS,
    Storage,
    Tensor,
    find_known,
    ordered_dict,
    read_blob,
)

# StyleGAN2's modules are nested three deep, and have 1,000 parts and weights at 1024 pixels.
_MAX_DEPTH, _MAX_PARTS = 8, 2**13
# A file has one storage for each weight of its networks, described in 30 steps.
_MAX_STORAGES, _MAX_STEPS = 2**13, 2**7


@dataclasses.dataclass(eq=False)
class Module:
    """A network or a part of one.

    Attributes:
        class_name: of its class.
        state: its attributes: `_parameters`, `_buffers`, `_modules`, `_init_kwargs` and others.
    """

    class_name: str
    state: dict

    @property
    def settings(self) -> dict:
        """Settings the module was made with.

        Raises:
            Refused: they are not all named.
        """
        if self.state.get("_init_args") not in (None, (), []):
            raise Refused(f"a {self.class_name[:60]} whose settings have no names")
        settings = self.state.get("_init_kwargs", {})
        if not isinstance(settings, dict):
            raise Refused(f"a {self.class_name[:60]} without settings")
        return settings

    def children(self) -> dict:
        """Its parts by name.

        Raises:
            Refused: they have no names.
        """
        return self.named("_modules")

    def named(self, kind: str) -> dict:
        """A group of its attributes: "_parameters", "_buffers" or "_modules".

        Raises:
            Refused: they have no names.
        """
        found = self.state.get(kind)
        if found is not None and not isinstance(found, dict):
            raise Refused(f"a network whose {kind} have no names")
        return found or {}

    def arrays(self) -> dict[str, np.ndarray]:
        """All weights and buffers by name, such as "synthesis.b4.conv1.weight".

        Frozen weights lie among the buffers.

        Raises:
            Refused: it is nested too deep, or has more parts than a network.
        """
        tensors = list(itertools.islice(_tensors(self, "", 0), _MAX_PARTS + 1))
        if len(tensors) > _MAX_PARTS:
            raise Refused(f"a network of more than {_MAX_PARTS} parts")
        return {name: tensor.array() for name, tensor in tensors if tensor is not None}


def _tensors(module: Module, prefix: str, depth: int) -> Iterator[tuple[str, Tensor | None]]:
    """(name, weight) of a module and its parts; None where there is none, and for each part."""
    if depth > _MAX_DEPTH:
        raise Refused("networks nested too deep")
    for kind in ("_parameters", "_buffers"):
        for name, tensor in module.named(kind).items():
            if tensor is not None and not isinstance(tensor, Tensor):
                raise Refused("a weight that is no tensor")
            yield f"{prefix}{name}", tensor
    for name, child in module.children().items():
        yield f"{prefix}{name}", None
        if child is not None and not isinstance(child, Module):
            raise Refused("a part of a network that is none")
        if child is not None:
            yield from _tensors(child, f"{prefix}{name}.", depth + 1)


def _module(meta, *_) -> Module:
    """Stand in for `torch_utils.persistence._reconstruct_persistent_obj`."""
    if not isinstance(meta, dict) or not isinstance(meta.get("state"), dict):
        raise Refused("a network without a state")
    name = meta.get("class_name")
    return Module(name[:200] if isinstance(name, str) else "", meta["state"])


class _Storages:
    """Stand-in for `torch.storage._load_from_bytes`: a file of torch.save inside the pickle."""

    def __init__(self):
        self._found = {}

    def __call__(self, data=None, *_) -> Storage:
        if not isinstance(data, bytes):
            raise Refused("a storage of no bytes")
        if (
            id(data) not in self._found
        ):  # the bytes are kept beside it, so that no others get their id
            self._found[id(data)] = data, self._read(data)
        return self._found[id(data)][1]

    def _read(self, data: bytes) -> Storage:
        if len(self._found) >= _MAX_STORAGES:
            raise Refused(f"more than {_MAX_STORAGES} storages")
        found = read_blob(io.BytesIO(data), _MAX_STEPS)
        if not isinstance(found, Storage):
            raise Refused("a storage that is none")
        return found


def named(*arguments) -> dict:
    """A dictionary that shows its items as attributes, as one of ours."""
    if not arguments:
        return NamedDict()
    return NamedDict(ordered_dict(arguments[0].items() if isinstance(arguments[0], dict) else ()))


class NamedDict(dict, Instance):
    """Stand-in for `dnnlib.util.EasyDict`; its items may come as its state."""

    def __init__(self, items=()):
        dict.__init__(self, items)
        self.attributes = {}

    def set_state(self, state) -> None:
        for key, value in state.items() if isinstance(state, dict) else ():
            put(self, key, value)


def _listed(items=(), *_) -> list:
    """Stand in for `set`, whose items would have to be hashed."""
    if not isinstance(items, list):
        raise Refused("a set of no list")
    return items


def _nothing(*_):
    """A device, which no number depends on."""


_KNOWN = {
    **pickles.KNOWN,
    ("torch_utils.persistence", "_reconstruct_persistent_obj"): _module,
    ("dnnlib.util", "EasyDict"): named,
    ("dnnlib", "EasyDict"): named,
    **TENSORS,
    ("torch", "device"): _nothing,
    **{
        ("torch", name): name
        for name in ("float16", "float32", "float64", "int32", "int64", "uint8", "bool")
    },
    **{(module, "set"): _listed for module in ("builtins", "__builtin__")},
}


def _find(module: str, name: str):
    """What a name stands for in a file of torch.save, whose storages lie outside of its pickle."""
    found = find_known(module, name)
    return _KNOWN.get((module, name)) if found is None else found


def in_file(stream, max_steps: int):
    """What torch.save wrote: whole networks as `Module`, or containers of `Tensor`.

    Args:
        stream: seekable binary file.
        max_steps: instructions of each pickle in it.

    Raises:
        Refused: it asks for more than networks need.
        Exception: it is damaged, see `pickles.load`.
    """
    return read_blob(stream, max_steps, _find)


def known() -> dict:
    """(module, name) -> what it stands for in one pickle, for `pickled.load`."""
    return {**_KNOWN, ("torch.storage", "_load_from_bytes"): _Storages()}
