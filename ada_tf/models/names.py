"""Names of a network's variables: by their place in it, and as published weights call them."""

from collections.abc import Iterator
from typing import NamedTuple

import keras
import numpy as np

from ada_tf.errors import UserError
from ada_tf.files import quoted
from ada_tf.models.discriminator import Discriminator
from ada_tf.models.generator import Generator
from ada_tf.models.mapping import MappingNetwork


def variables_by_name(network) -> dict:
    """Return every variable of a Keras model or layer, by the attributes that lead to it.

    "mapping.fc.0.kernel" is the kernel of the first layer in the list `fc` of `mapping`. Unlike the
    names that Keras numbers ("dense_17"), these do not depend on what was built before. A variable
    that is shared has the first name that leads to it.

    Args:
        network: a built model or layer.

    Returns:
        name -> `keras.Variable`, in the order of the attributes.
    """
    found, seen = {}, set()

    def visit(layer, prefix):
        for name, part in _parts_of(layer):
            if id(part) not in seen:
                seen.add(id(part))
                visit(part, f"{prefix}{name}.")
        for variable in layer.variables:
            if id(variable) not in seen:
                seen.add(id(variable))
                found[unused(f"{prefix}{variable.name}", found)] = variable

    visit(network, "")
    return found


def _parts_of(layer):
    """Yield (name, layer) of all layers in public attributes, lists and dictionaries of a layer."""
    # A Sequential or functional model shows its layers by a property alone.
    attributes = {**vars(layer), "layers": getattr(layer, "layers", ())}
    for name, value in attributes.items():
        if not name.startswith("_"):
            yield from _layers_in(name, value)


def _layers_in(name, value):
    if isinstance(value, keras.layers.Layer):
        yield name, value
    elif isinstance(value, (list, tuple)):
        for i, item in enumerate(value):
            yield from _layers_in(f"{name}.{i}", item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _layers_in(f"{name}.{key}", item)


def unused(name: str, taken) -> str:
    """Return the name, numbered if it is taken."""
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found


# Published weights store convolutions as [out, in, k, k], dense layers as [out, in], and the kernels
# of up-sampling convolutions rotated by 180 degrees.

# layout -> (to ours, from ours); a permutation, so that gradients convert like values.
_LAYOUTS = {
    "plain": (lambda a: a, lambda a: a),
    "dense": (np.transpose, np.transpose),  # [out, in] <-> [in, out]
    # [out, in, k, k] <-> [k, k, in, out]
    "conv": (lambda a: np.transpose(a, (2, 3, 1, 0)), lambda a: np.transpose(a, (3, 2, 0, 1))),
    "conv_up": (
        lambda a: np.transpose(a, (2, 3, 1, 0))[::-1, ::-1],
        lambda a: np.transpose(a[::-1, ::-1], (3, 2, 0, 1)),
    ),
    # [C, h, w] <-> [h, w, C]
    "const": (lambda a: np.transpose(a, (1, 2, 0)), lambda a: np.transpose(a, (2, 0, 1))),
}


def flat(height: int, width: int) -> tuple:
    """Layout of the layer after flattening: [out, (C, h, w)] there, [(h, w, C), out] here."""

    def to_ours(a):
        return np.reshape(a, (len(a), -1, height, width)).transpose(2, 3, 1, 0).reshape(-1, len(a))

    def from_ours(a):
        outputs = a.shape[1]
        a = np.reshape(a, (height, width, -1, outputs))  # [h, w, C, out]
        return a.transpose(3, 2, 0, 1).reshape(outputs, -1)

    return to_ours, from_ours


def noise_name(number: int) -> str:
    """Return the published name of the n-th constant noise: one in the smallest block, then two each."""
    side, layer = 4 << (number + 1) // 2, 1 - number % 2
    return f"synthesis.b{side}.conv{layer}.noise_const"


class Named(NamedTuple):
    """A variable of ours with its published name and layout."""

    name: str
    variable: object
    layout: tuple  # (to ours, from ours)

    def to_ours(self, value):
        return np.copy(self.layout[0](np.asarray(value)))

    def from_ours(self, value):
        return np.copy(self.layout[1](np.asarray(value)))

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape in published weights."""
        # A view of one number: the shape is wanted, not its memory.
        zeros = np.broadcast_to(np.float32(0), tuple(self.variable.shape))
        return self.layout[1](zeros).shape


def named_variables(network) -> Iterator[Named]:
    """Yield all variables of a Generator, Discriminator or MappingNetwork, by published name."""
    if isinstance(network, MappingNetwork):
        yield from _mapping(network, "")
    elif isinstance(network, Generator):
        yield from _mapping(network.mapping, "mapping.")
        for block in network.synthesis.blocks:
            yield from _synthesis_block(block, f"synthesis.{block.name}.")
    elif isinstance(network, Discriminator):
        if network.mapping is not None:
            yield from _mapping(network.mapping, "mapping.")
        for block in network.blocks:
            for part in ("fromrgb", "conv0", "conv1", "skip"):
                yield from _layer(getattr(block, part), f"{block.name}.{part}.", _LAYOUTS["conv"])
        for part, layout in (
            ("fromrgb", _LAYOUTS["conv"]),
            ("conv", _LAYOUTS["conv"]),
            ("fc", flat(*network.epilogue.size)),
            ("out", _LAYOUTS["dense"]),
        ):
            yield from _layer(getattr(network.epilogue, part), f"b4.{part}.", layout)
        for part in ("rotation", "bits"):
            yield from _layer(getattr(network, part, None), f"{part}.", _LAYOUTS["dense"])
    else:
        raise UserError(
            f"network={type(network).__name__} must be a Generator, Discriminator or MappingNetwork."
        )


def assign_weights(network, arrays: dict[str, np.ndarray]) -> None:
    """Set every variable of a network from arrays by published name; FIR filters are ignored.

    Raises:
        UserError: a name is missing or unknown, or a shape differs.
    """
    wanted = {named.name: named for named in named_variables(network)}
    given = {name for name in arrays if not name.endswith("resample_filter")}
    if given != wanted.keys():
        missing, unknown = sorted(wanted.keys() - given), sorted(given - wanted.keys())
        shown = ", ".join(repr(name)[:42] for name in unknown[:3])  # which a stranger's file gives
        raise UserError(
            f"weights do not fit the network: missing {missing[:3]}, unknown [{shown}]."
        )
    for name, named in wanted.items():
        if np.shape(arrays[name]) != named.shape:
            shape = quoted(np.shape(arrays[name]))
            raise UserError(f"weight {name} has shape {shape}, the network needs {named.shape}.")
        named.variable.assign(named.to_ours(arrays[name]))


def _layer(layer, prefix, layout):
    if layer is None:
        return
    yield Named(f"{prefix}weight", layer.kernel, layout)
    if layer.bias is not None:
        yield Named(f"{prefix}bias", layer.bias, _LAYOUTS["plain"])
    if getattr(layer, "u", None) is not None:
        yield Named(f"{prefix}u", layer.u, _LAYOUTS["plain"])


def _mapping(mapping, prefix):
    yield from _layer(mapping.embed, f"{prefix}embed.", _LAYOUTS["dense"])
    for i, layer in enumerate(mapping.fc):
        yield from _layer(layer, f"{prefix}fc{i}.", _LAYOUTS["dense"])
    if mapping.w_avg is not None:
        yield Named(f"{prefix}w_avg", mapping.w_avg, _LAYOUTS["plain"])


def _synthesis_block(block, prefix):
    if block.const is not None:
        yield Named(f"{prefix}const", block.const, _LAYOUTS["const"])
    for part, layout in (("conv0", "conv_up"), ("conv1", "conv"), ("torgb", "conv")):
        layer = getattr(block, part)
        if layer is None:
            continue
        yield from _layer(layer, f"{prefix}{part}.", _LAYOUTS[layout])
        yield from _layer(layer.affine, f"{prefix}{part}.affine.", _LAYOUTS["dense"])
        if getattr(layer, "noise_const", None) is not None:
            yield Named(f"{prefix}{part}.noise_const", layer.noise_const, _LAYOUTS["plain"])
            yield Named(f"{prefix}{part}.noise_strength", layer.noise_strength, _LAYOUTS["plain"])
    yield from _layer(block.skip, f"{prefix}skip.", _LAYOUTS["conv_up"])
