"""Weights under the names that StyleGAN2-ADA has in PyTorch, without the settings of their networks.

They come as state dicts of torch.save or in .safetensors, of G_ema, G and D or of one generator. The
architecture is read off names and shapes. What no shape tells is as the official program trains:
activations clamped at 256, minibatch-std in groups of 4, the mapping's learning rate.
"""

import re
from collections.abc import Mapping

import numpy as np

from ada_tf.errors import UserError
from ada_tf.interop.network_folder import GROUPS
from ada_tf.interop.published.g_ema_checkpoint import widths_of
from ada_tf.interop.published.pickles import Refused
from ada_tf.interop.published.torch_file import Weights, in_float32
from ada_tf.models.config import Architecture, NetworkConfig
from ada_tf.shape import Shape

_ALONE = "synthesis.b4.const"  # names a generator by itself
# What the official program has unless told, with a mapping and without one.
_CLAMP, _MBSTD_GROUP, _D_RATE, _D_RATE_WITHOUT_LAYERS = 256.0, 4, 0.01, 0.1
_FILTER = "resample_filter"


def networks_of(tensors: Mapping[str, np.ndarray], size: int) -> tuple[Architecture, Weights, str]:
    """(architecture, group -> name -> float32 array, why the discriminator is left out).

    Args:
        tensors: those of a file with official names, those of nested dictionaries joined by dots.
        size: bytes of the file.

    Raises:
        Refused: there is no generator of StyleGAN2 among them, or it is none of ours.
    """
    weights = in_float32(_groups(tensors), size)
    generators = [weights[group] for group in ("generator_ema", "generator") if group in weights]
    found, shape, classes = _of_generator(generators[0])
    if any(_of_generator(other) != (found, shape, classes) for other in generators):
        raise Refused("two generators that are of different layers")
    of = _architecture(found, shape, classes)
    if "discriminator" not in weights:
        return of, weights, ""
    try:
        found |= _of_discriminator(weights["discriminator"], found, shape)
        return _architecture(found, shape, classes), weights, ""
    except Refused as refused:
        del weights["discriminator"]
        return of, weights, str(refused)


def _architecture(settings: dict, shape: tuple[int, int, int], classes: int) -> Architecture:
    try:
        network = NetworkConfig(**settings)
        return Architecture(network=network, shape=Shape(*shape), num_classes=classes)
    except UserError as error:
        raise Refused(f"a network that ours cannot be: {str(error).rstrip('.')}") from error


def are_official(tensors: Mapping[str, np.ndarray]) -> bool:
    """Return True if the names are those of StyleGAN2-ADA."""
    return bool(_groups(tensors))


def _groups(tensors: Mapping[str, np.ndarray]) -> dict[str, dict]:
    """Group -> weights, where names are the official ones; a generator alone is the average."""
    if _ALONE in tensors:
        return {"generator_ema": _named(tensors, "")}
    named = {group: _named(tensors, f"{prefix}.") for group, prefix in GROUPS.items()}
    found = {group: weights for group, weights in named.items() if weights}
    if not any(_ALONE in weights for weights in found.values()):
        return {}
    if "generator_ema" not in found:
        found = {"generator_ema": found.pop("generator"), **found}
    return found


def _named(tensors: Mapping[str, np.ndarray], prefix: str) -> dict:
    return {
        name.removeprefix(prefix): array
        for name, array in tensors.items()
        if name.startswith(prefix) and not name.endswith(_FILTER)
    }


def _of_generator(g: dict) -> tuple[dict, tuple[int, int, int], int]:
    """Settings, (width, height, channels) and classes."""
    try:
        sides = _sides(g, r"synthesis\.b(\d{1,5})\.conv1\.weight")
        top = f"synthesis.b{max(sides)}."
        layers = _count(g, r"mapping\.fc\d+\.weight")
        w_dim = g["mapping.w_avg"].shape[0]
        inputs = g["mapping.fc0.weight"].shape[1]
        channels = g[f"{top}torgb.weight"].shape[0]
        embed = g.get("mapping.embed.weight")
        classes, of_labels = (0, 0) if embed is None else (embed.shape[1], embed.shape[0])
        widths = {side: g[f"synthesis.b{side}.conv1.weight"].shape[0] for side in sides}
        has_skip = f"{top}skip.weight" in g
    except (LookupError, ValueError) as error:
        raise Refused("a generator of which layers are missing") from error
    many = _count(g, r"synthesis\.b\d+\.torgb\.weight") > 1
    found = {
        "z_dim": inputs - of_labels,
        "w_dim": w_dim,
        "mapping_layers": layers,
        "generator_architecture": "resnet" if has_skip else "skip" if many else "orig",
        "mbstd_group": _MBSTD_GROUP,
        "precision": "float32",
        "num_low_precision": 0,
        "conv_clamp": _CLAMP,
        **widths_of(widths),
    }
    return found, (max(sides), max(sides), channels), classes


def _of_discriminator(d: dict, of_generator: dict, shape: tuple) -> dict:
    """Settings that a discriminator adds."""
    top = shape[0]
    try:
        widths = {
            side: d[f"b{side}.conv0.weight"].shape[1]
            for side in _sides(d, r"b(\d{1,5})\.conv0\.weight")
        }
        widths[4], inputs = d["b4.conv.weight"].shape[:2]
    except (LookupError, ValueError) as error:
        raise Refused("a discriminator of which layers are missing") from error
    if inputs != widths[4] + 1:
        raise Refused(f"a discriminator with {inputs - widths[4]} maps of minibatch-std, not one")
    layers = _count(d, r"mapping\.fc\d+\.weight")
    has_skip, many = f"b{top}.skip.weight" in d, _count(d, r"b\d+\.fromrgb\.weight") > 1
    found = {
        f"discriminator_{name}": value
        for name, value in widths_of(widths).items()
        if value != of_generator[name]
    }
    found["discriminator_architecture"] = "resnet" if has_skip else "skip" if many else "orig"
    if "mapping.embed.weight" in d:
        found["discriminator_mapping_layers"] = layers
        found["discriminator_mapping_lr"] = _D_RATE if layers else _D_RATE_WITHOUT_LAYERS
    return found


def _sides(weights: dict, pattern: str) -> list[int]:
    return [int(match[1]) for name in weights if (match := re.fullmatch(pattern, name))]


def _count(weights: dict, pattern: str) -> int:
    return sum(bool(re.fullmatch(pattern, name)) for name in weights)
