"""Networks that others published, by the contents of their file; nothing in it is executed.

Read are the pickles of StyleGAN2-ADA, of PyTorch and of TensorFlow 1, of the StyleGAN2 of TensorFlow 1
before it, and checkpoints of the reimplementation of StyleGAN2 in PyTorch that keeps `g_ema`. What
looks like them and is not is named.
"""

import os
import pathlib

from ada_tf.errors import UserError
from ada_tf.files import open_regular, printable, reading, sha256_of
from ada_tf.interop.network_folder import GROUPS, About, Network
from ada_tf.interop.published import g_ema_checkpoint, pickles, tf1_networks, torch_modules
from ada_tf.interop.published.pickles import Refused
from ada_tf.interop.published.published_settings import from_pytorch, from_tf1
from ada_tf.interop.published.tf1_networks import to_pytorch
from ada_tf.interop.published.torch_file import in_float32
from ada_tf.interop.published.torch_modules import Module
from ada_tf.models.config import Architecture

# The largest published networks have 400 MB.
_MAX_BYTES = 2**32
# Networks of 1024 pixels take 60,000 steps, and each storage is given to one call.
_MAX_STEPS, _MORE_WORK = 2**19, 2**22
NVIDIA = (
    "NVIDIA's Source Code License, which allows non-commercial use only, if NVIDIA trained it or its"
    " training began with weights of NVIDIA"
)


def read(path) -> Network:
    """Read networks from a file of another program.

    Args:
        path: a .pkl of StyleGAN2-ADA or a .pt with `g_ema`.

    Raises:
        UserError: it is neither, damaged, or a network that ours cannot be.
    """
    advice = "give a .pkl of StyleGAN2-ADA or a .pt with g_ema"
    with reading(path, "a network", advice), open_regular(path, _MAX_BYTES) as stream:
        try:
            if _is_torch_file(stream):
                architecture, weights = g_ema_checkpoint.networks_of(stream, _size(stream))
                licence = ""
            else:
                architecture, weights = _from_pickle(stream)
                weights = in_float32(weights, _size(stream))
                licence = NVIDIA
            about = About(
                name=pathlib.Path(path).name,
                origin=pathlib.Path(path).name,
                sha256=sha256_of(path),
                licence=licence,
            )
            return Network(architecture, weights, about)
        except Refused as refused:
            raise UserError(
                f"{printable(path)} holds {printable(str(refused))}; it was not loaded: {advice}."
            ) from refused


def _is_torch_file(stream) -> bool:
    """Return True for a file of torch.save, in either of its formats."""
    start = stream.read(32)
    stream.seek(0)
    # The older format begins with a pickle of a number.
    return start.startswith(b"PK") or bytes.fromhex("6cfc9c46f9206aa85019") in start


def _from_pickle(stream) -> tuple[Architecture, dict]:
    content = _unpickled(stream)
    if isinstance(content, dict) and isinstance(content.get("G_ema"), Module):
        return _from_pytorch(content)
    kinds = set(map(type, content)) if isinstance(content, tuple) else ()
    if kinds == {tf1_networks.Network}:
        return _from_tf1(content)
    raise Refused(f"{_in_words(content)}, and no networks of StyleGAN2")


def _unpickled(stream):
    known = {**torch_modules.known(), **tf1_networks.KNOWN}
    return pickles.load(
        stream,
        lambda module, name: known.get((module, name)),
        max_steps=_MAX_STEPS,
        max_work=_MORE_WORK + _size(stream),
    )


def _size(stream) -> int:
    return os.fstat(stream.fileno()).st_size


def _from_pytorch(content: dict) -> tuple[Architecture, dict]:
    found = {group: content.get(name) for group, name in GROUPS.items()}
    networks = {group: network for group, network in found.items() if network is not None}
    for group, network in networks.items():
        if not isinstance(network, Module):
            raise Refused(f"a {group.replace('_', ' ')} that is no network")
        wanted = "Discriminator" if group == "discriminator" else "Generator"
        _check_kind(network, wanted)
    ema, other = networks["generator_ema"], networks.get("generator")
    if other is not None:
        _check_same(ema.settings, other.settings)
    d = networks.get("discriminator")
    architecture = from_pytorch(ema.settings, d and d.settings)
    return architecture, {group: network.arrays() for group, network in networks.items()}


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


def _from_tf1(content: tuple) -> tuple[Architecture, dict]:
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
    before_ada = discriminator.function == tf1_networks.BEFORE_ADA
    kwargs = from_tf1(ema.settings, discriminator.settings, before_ada)
    _check_same(kwargs[0], from_tf1(generator.settings, None)[0])
    weights = {
        "generator_ema": to_pytorch(ema.variables(), True),
        "generator": to_pytorch(generator.variables(), True),
        "discriminator": to_pytorch(discriminator.variables(), False),
    }
    return from_pytorch(*kwargs), weights


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
