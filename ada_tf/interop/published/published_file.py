"""Networks that others published, by the contents of their file; nothing in it is executed.

Read are the pickles of StyleGAN2-ADA, of PyTorch and of TensorFlow 1, of the StyleGAN2 of TensorFlow 1
before it, files of torch.save with such networks, and their weights alone, as state dicts or
.safetensors, under the names of StyleGAN2-ADA or of the reimplementation that keeps `g_ema`. What looks
like them and is not is named.
"""

import os
import pathlib
from collections.abc import Callable
from typing import NamedTuple

from ada_tf.errors import UserError
from ada_tf.files import open_regular, printable, reading, sha256_of
from ada_tf.interop.network_folder import GROUPS, About, Network
from ada_tf.interop.published import (
    g_ema_checkpoint,
    pickles,
    safetensors_file,
    state_dicts,
    tf1_networks,
    torch_modules,
)
from ada_tf.interop.published.pickles import Refused
from ada_tf.interop.published.published_settings import from_pytorch, from_tf1
from ada_tf.interop.published.tf1_networks import to_pytorch
from ada_tf.interop.published.torch_file import Weights, in_float32, tensors_in
from ada_tf.interop.published.torch_modules import Module
from ada_tf.models.config import Architecture

# The largest published networks have 400 MB.
_MAX_BYTES = 2**32
# Networks of 1024 pixels take 60,000 steps, and each storage is given to one call.
_MAX_STEPS, _MORE_WORK = 2**19, 2**22
_TERMS = "NVIDIA's Source Code License, which allows non-commercial use only"
NVIDIA = f"{_TERMS}, if NVIDIA trained it or its training began with weights of NVIDIA"
CONVERTED = f"{_TERMS}, if it was converted from weights of NVIDIA"


def read(path) -> Network:
    """Read networks from a file of another program.

    Args:
        path: a .pkl, .pt or .safetensors of StyleGAN2.

    Returns:
        The networks; of a discriminator that ours cannot be, `left_out` says why it is not there.

    Raises:
        UserError: it is none, damaged, or holds a generator that ours cannot be.
    """
    advice = "give a .pkl, .pt or .safetensors of StyleGAN2"
    with reading(path, "a network", advice), open_regular(path, _MAX_BYTES) as stream:
        try:
            found = _networks_of(stream)
        except Refused as refused:
            raise UserError(
                f"{printable(path)} holds {printable(str(refused))}; it was not loaded: {advice}."
            ) from refused
        name = pathlib.Path(path).name
        about = About(name=name, origin=name, sha256=sha256_of(path), licence=found.licence)
        return Network(found.architecture, found.weights, about, left_out=found.left_out)


class _Found(NamedTuple):
    """Networks of a file: group -> name -> array, their licence, and why a discriminator is left out."""

    architecture: Architecture
    weights: Weights
    licence: str = NVIDIA
    left_out: str = ""


def _networks_of(stream) -> _Found:
    size = os.fstat(stream.fileno()).st_size
    start = stream.read(32)
    stream.seek(0)
    if safetensors_file.is_one(start):
        return _from_tensors(safetensors_file.tensors_of(stream), size)
    if start.startswith(b"PK") or _OLDER in start:
        content = torch_modules.in_file(stream, _MAX_STEPS)
        if not _holds_module(content):
            return _from_tensors(tensors_in(content), size)
    else:
        content = _unpickled(stream, size)
    found = _from_content(content)
    return found._replace(weights=in_float32(found.weights, size))


# The first pickle of files of torch.save before PyTorch 1.6: a number.
_OLDER = bytes.fromhex("6cfc9c46f9206aa85019")


def _holds_module(content) -> bool:
    values = content.values() if isinstance(content, dict) else (content,)
    return any(isinstance(value, Module) for value in values)


def _from_tensors(tensors: dict, size: int) -> _Found:
    if state_dicts.are_official(tensors):
        architecture, weights, left_out = state_dicts.networks_of(tensors, size)
        return _Found(architecture, weights, left_out=left_out)
    licence = CONVERTED if g_ema_checkpoint.is_converted(tensors) else ""
    return _Found(*g_ema_checkpoint.networks_of(tensors, size), licence)


def _from_content(content) -> _Found:
    if isinstance(content, Module):
        content = {"G_ema": content}
    if isinstance(content, dict) and _holds_module(content):
        return _from_pytorch(content)
    kinds = set(map(type, content)) if isinstance(content, tuple) else ()
    if kinds == {tf1_networks.Network}:
        return _from_tf1(content)
    raise Refused(f"{_in_words(content)}, and no networks of StyleGAN2")


def _unpickled(stream, size: int):
    known = {**torch_modules.known(), **tf1_networks.KNOWN}
    return pickles.load(
        stream,
        lambda module, name: known.get((module, name)),
        max_steps=_MAX_STEPS,
        max_work=_MORE_WORK + size,
    )


def _without_refused(build: Callable, generator, discriminator) -> tuple:
    """Build something of both networks, or of the generator alone if ours cannot be the other.

    Returns:
        (what was built, "") or (what was built of the generator, why the discriminator is left out).

    Raises:
        Refused: ours cannot be the generator.
    """
    alone = build(generator, None)
    if discriminator is None:
        return alone, ""
    try:
        return build(generator, discriminator), ""
    except Refused as refused:
        return alone, str(refused)


def _from_pytorch(content: dict) -> _Found:
    found = {group: content.get(name) for group, name in GROUPS.items()}
    networks = {group: network for group, network in found.items() if network is not None}
    if "generator_ema" not in networks and "generator" in networks:
        networks["generator_ema"] = networks.pop("generator")
    for group, network in networks.items():
        if not isinstance(network, Module):
            raise Refused(f"a {group.replace('_', ' ')} that is no network")
    if "generator_ema" not in networks:
        raise Refused(f"{_in_words(content)}, and no networks of StyleGAN2")
    d = networks.pop("discriminator", None)
    for network in networks.values():
        _check_kind(network, "Generator")
    ema, other = networks["generator_ema"], networks.get("generator")
    if other is not None:
        _check_same(ema.settings, other.settings)

    def build(ema, d):
        if d is None:
            return from_pytorch(ema.settings, None), {}
        _check_kind(d, "Discriminator")
        return from_pytorch(ema.settings, d.settings), {"discriminator": d.arrays()}

    (architecture, more), left_out = _without_refused(build, ema, d)
    weights = {group: network.arrays() for group, network in networks.items()} | more
    return _Found(architecture, weights, left_out=left_out)


def _check_same(ema: dict, other: dict) -> None:
    """Compare architectures: settings themselves may take for ever to compare."""
    if from_pytorch(ema, None) != from_pytorch(other, None):
        raise Refused("two generators that are of different settings")


def _check_kind(network: Module, wanted: str) -> None:
    """Say what a network is that is none of StyleGAN2."""
    synthesis = network.children().get("synthesis")
    parts = synthesis.children() if isinstance(synthesis, Module) else {}
    if "input" in parts or any(str(name).startswith("L0_") for name in parts):
        raise Refused("a network of StyleGAN3, which is another kind of generator")
    if network.class_name != wanted:
        raise Refused(f"a {printable(network.class_name[:60]) or 'nameless network'}, no {wanted}")


def _from_tf1(content: tuple) -> _Found:
    if len(content) != 3:
        raise Refused(f"{len(content)} networks of TensorFlow, where G, D and Gs belong")
    generator, discriminator, ema = content
    for network, wanted in (
        (generator, tf1_networks.GENERATORS),
        (discriminator, tf1_networks.DISCRIMINATORS),
        (ema, tf1_networks.GENERATORS),
    ):
        _check_function(network, wanted)
        if network.version < tf1_networks.OLDEST:
            raise Refused(
                f"networks of version {network.version}, where {tf1_networks.OLDEST} is the oldest"
                " that StyleGAN2-ADA had"
            )
    _check_same(*(from_tf1(network.settings, None)[0] for network in (ema, generator)))
    before_ada = discriminator.function == tf1_networks.BEFORE_ADA

    def build(ema, d):
        settings = from_tf1(ema.settings, d and d.settings, before_ada)
        weights = {} if d is None else {"discriminator": to_pytorch(d.variables(), False)}
        return from_pytorch(*settings), weights

    (architecture, more), left_out = _without_refused(build, ema, discriminator)
    weights = {
        "generator_ema": to_pytorch(ema.variables(), True),
        "generator": to_pytorch(generator.variables(), True),
        **more,
    }
    return _Found(architecture, weights, left_out=left_out)


def _check_function(network: tf1_networks.Network, wanted: tuple[str, ...]) -> None:
    """Say what a network is by the function that built it."""
    function = network.function
    if function in wanted:
        return
    if function in ("G_style", "G_synthesis", "D_basic"):
        raise Refused("a network of StyleGAN1, which is another kind of generator")
    raise Refused(f"a network built by {printable(function) or 'nobody'}, no {' or '.join(wanted)}")


def _in_words(content) -> str:
    if isinstance(content, dict):
        return f"a dictionary of {', '.join(str(key)[:20] for key in [*content][:5])}"
    return f"one {type(content).__name__}"
