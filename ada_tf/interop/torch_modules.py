"""Networks in pickles of PyTorch's StyleGAN2-ADA: their settings and weights, without their code.

Every module is pickled with the source of its class, for its reader to execute. Here the source is
a text like any other, and what counts is the state beside it.
"""

import dataclasses
import io

import numpy as np

from ada_tf.interop import numpy_pickles
from ada_tf.interop.pickled import Instance, Refused, put
from ada_tf.interop.torch_file import Storage, Tensor, ordered_dict, read_blob, rebuild_tensor

# StyleGAN2's modules are nested three deep.
_MAX_DEPTH = 8


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
        """What it was made with.

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
        """Its parts by name."""
        found = self.state.get("_modules") or {}
        return found if isinstance(found, dict) else {}

    def arrays(self) -> dict[str, np.ndarray]:
        """All weights and buffers by name, such as "synthesis.b4.conv1.weight".

        Frozen weights lie among the buffers.

        Raises:
            Refused: it is nested too deep, or a part of it in two places.
        """
        found = {}
        _collect(self, "", 0, set(), found)
        return found


def _collect(module: Module, prefix: str, depth: int, seen: set, found: dict) -> None:
    if depth > _MAX_DEPTH or id(module) in seen:
        raise Refused("a network that is a part of itself")
    seen.add(id(module))
    for kind in ("_parameters", "_buffers"):
        tensors = module.state.get(kind) or {}
        for name, tensor in tensors.items() if isinstance(tensors, dict) else ():
            if tensor is None:
                continue
            if not isinstance(tensor, Tensor):
                raise Refused("a weight that is no tensor")
            found[f"{prefix}{name}"] = tensor.array()
    for name, child in module.children().items():
        if child is None:
            continue
        if not isinstance(child, Module):
            raise Refused("a part of a network that is none")
        _collect(child, f"{prefix}{name}.", depth + 1, seen, found)


def _module(meta, *_) -> Module:
    """What `torch_utils.persistence._reconstruct_persistent_obj` stands for."""
    if not isinstance(meta, dict) or not isinstance(meta.get("state"), dict):
        raise Refused("a network without a state")
    return Module(str(meta.get("class_name", ""))[:200], meta["state"])


def _storage(data=None, *_) -> Storage:
    """What `torch.storage._load_from_bytes` stands for: a file of torch.save inside of the pickle."""
    if not isinstance(data, bytes):
        raise Refused("a storage of no bytes")
    found = read_blob(io.BytesIO(data))
    if not isinstance(found, Storage):
        raise Refused("a storage that is none")
    return found


def named(*arguments) -> dict:
    """A dictionary that shows its items as attributes, as one of ours."""
    if not arguments:
        return NamedDict()
    return NamedDict(ordered_dict(arguments[0].items() if isinstance(arguments[0], dict) else ()))


class NamedDict(dict, Instance):
    """What `dnnlib.util.EasyDict` stands for; its items may come as its state."""

    def __init__(self, items=()):
        dict.__init__(self, items)
        self.attributes = {}

    def set_state(self, state) -> None:
        for key, value in state.items() if isinstance(state, dict) else ():
            put(self, key, value)


def _listed(items=(), *_) -> list:
    """What `set` stands for; its items would have to be hashed."""
    if not isinstance(items, list):
        raise Refused("a set of no list")
    return items


def _parameter(tensor=None, *_):
    return tensor


def _nothing(*_):
    """A device, which no number depends on."""


# (module, name) -> what it stands for, for `pickled.load`.
KNOWN = {
    **numpy_pickles.KNOWN,
    ("torch_utils.persistence", "_reconstruct_persistent_obj"): _module,
    ("dnnlib.util", "EasyDict"): named,
    ("dnnlib", "EasyDict"): named,
    ("collections", "OrderedDict"): ordered_dict,
    ("torch._utils", "_rebuild_tensor_v2"): rebuild_tensor,
    ("torch._utils", "_rebuild_parameter"): _parameter,
    ("torch.storage", "_load_from_bytes"): _storage,
    ("torch", "device"): _nothing,
    **{
        ("torch", name): name
        for name in ("float16", "float32", "float64", "int32", "int64", "uint8", "bool")
    },
    **{(module, "set"): _listed for module in ("builtins", "__builtin__")},
}
