"""Checkpoints of the widespread StyleGAN2 in PyTorch that keeps `g_ema`, `g` and `d` as state dicts.

They say nothing of their architecture: it is read off the shapes. The networks are StyleGAN2 with a
"skip" generator and a "resnet" discriminator, without classes, in float32.
"""

import math
import re
from collections.abc import Mapping

import numpy as np

from ada_tf.errors import UserError
from ada_tf.files import quoted
from ada_tf.interop.published.pickles import Refused
from ada_tf.interop.published.torch_file import in_float32
from ada_tf.models.config import Architecture, NetworkConfig
from ada_tf.models.names import noise_name
from ada_tf.models.sizes import channels_at
from ada_tf.shape import Shape

_GROUPS = {"generator_ema": "g_ema", "generator": "g", "discriminator": "d"}
_AVERAGE = "latent_avg"  # beside the state dicts, in some files
# Latents of the mean of w, where no file keeps it; as arXiv 1912.04958 takes. Fewer of layers wider
# than any that was published, so that they need no more than so many numbers.
_SAMPLES, _MAX_NUMBERS = 10_000, 2**23
_MAX_LAYERS = 64
# Filters follow from the architecture; so does the noise if nobody kept it.
_FILTER = re.compile(r".*\.(blur|upsample|skip\.0|conv2\.0)(\.kernel)?|.*\.kernel")


def networks_of(tensors: Mapping[str, np.ndarray], size: int) -> tuple[Architecture, dict]:
    """(architecture, group -> PyTorch name of StyleGAN2-ADA -> float32 array) of a checkpoint.

    Args:
        tensors: those of its file, with names of nested dictionaries joined by dots.
        size: bytes of the file.

    Raises:
        Refused: it holds no such networks.
    """
    groups, average = {}, None
    for name, array in tensors.items():
        head, _, rest = name.partition(".")
        if head == _AVERAGE:
            average = array
        groups.setdefault(head, {})[rest] = array
    if "style.1.weight" not in groups.get("g_ema", {}):
        heads = ", ".join(head[:20] for head in sorted(groups)[:5])
        raise Refused(f"{heads or 'no tensors'}, and no g_ema of StyleGAN2")
    weights = {}
    for group, head in _GROUPS.items():
        if groups.get(head):
            rename = _discriminator if group == "discriminator" else _generator
            weights[group] = rename(groups[head])
    weights = in_float32(weights, size)
    architecture = _architecture(weights["generator_ema"])
    if "generator" in weights and _architecture(weights["generator"]) != architecture:
        raise Refused("two generators that are of different layers")
    for group in ("generator_ema", "generator"):
        if group in weights:
            weights[group]["mapping.w_avg"] = _mean_w(weights[group], average)
    return architecture, weights


def is_converted(tensors: Mapping[str, np.ndarray]) -> bool:
    """Return True for a generator with the mean of w and no training beside it.

    Files of the program's own training have optimizers; those with a mean alone come from its
    converter of networks of NVIDIA's programs.
    """
    heads = {name.partition(".")[0] for name in tensors}
    return _AVERAGE in heads and not heads & {"g_optim", "d_optim"}


def _generator(state: dict) -> dict[str, np.ndarray]:
    found = {}
    for name, value in state.items():
        if _FILTER.fullmatch(name):
            continue
        found.update(_of_generator(name, value))
    return found


def _of_generator(name: str, value) -> dict[str, np.ndarray]:
    """One tensor of a generator under its other name."""
    part, _, rest = name.partition(".")
    if part == "style":
        number, _, what = rest.partition(".")
        return {f"mapping.fc{_number(number) - 1}.{what}": value}
    if name == "input.input":
        return {"synthesis.b4.const": value[0]}
    if part == "noises":
        number = _number(rest.removeprefix("noise_"))
        return {noise_name(number): value[0, 0]}
    if part == "conv1":
        return _styled("synthesis.b4.conv1", rest, value)
    if part == "to_rgb1":
        return _to_rgb("synthesis.b4.torgb", rest, value)
    if part not in ("convs", "to_rgbs"):
        raise Refused(f"the tensor {name[:80]}, which StyleGAN2 does not have")
    number, _, rest = rest.partition(".")
    number = _number(number)
    if part == "to_rgbs":
        return _to_rgb(f"synthesis.b{8 << number}.torgb", rest, value)
    return _styled(f"synthesis.b{8 << number // 2}.conv{number % 2}", rest, value)


def _number(text: str) -> int:
    if not re.fullmatch(r"\d{1,2}", text) or int(text) >= _MAX_LAYERS:
        raise Refused(f"a layer of the number {text[:20]!r}")
    return int(text)


def _styled(layer: str, rest: str, value) -> dict[str, np.ndarray]:
    names = {
        "conv.weight": (f"{layer}.weight", lambda v: v[0]),
        "conv.modulation.weight": (f"{layer}.affine.weight", np.asarray),
        "conv.modulation.bias": (f"{layer}.affine.bias", np.asarray),
        "noise.weight": (f"{layer}.noise_strength", lambda v: v.reshape(())),
        "activate.bias": (f"{layer}.bias", np.asarray),
    }
    return _renamed(names, layer, rest, value)


def _to_rgb(layer: str, rest: str, value) -> dict[str, np.ndarray]:
    names = {
        "conv.weight": (f"{layer}.weight", lambda v: v[0]),
        "conv.modulation.weight": (f"{layer}.affine.weight", np.asarray),
        "conv.modulation.bias": (f"{layer}.affine.bias", np.asarray),
        "bias": (f"{layer}.bias", np.ravel),
    }
    return _renamed(names, layer, rest, value)


def _renamed(names: dict, layer: str, rest: str, value) -> dict[str, np.ndarray]:
    if rest not in names:
        raise Refused(f"the tensor {rest[:80]} of {layer}, which StyleGAN2 does not have")
    name, convert = names[rest]
    return {name: convert(value)}


# Blocks of a discriminator, after its first layer.
_OF_BLOCK = {
    "conv1.0.weight": "conv0.weight",
    "conv1.1.bias": "conv0.bias",
    "conv2.1.weight": "conv1.weight",
    "conv2.2.bias": "conv1.bias",
    "skip.1.weight": "skip.weight",
}
_OF_END = {
    "final_conv.0.weight": "b4.conv.weight",
    "final_conv.1.bias": "b4.conv.bias",
    "final_linear.0.weight": "b4.fc.weight",
    "final_linear.0.bias": "b4.fc.bias",
    "final_linear.1.weight": "b4.out.weight",
    "final_linear.1.bias": "b4.out.bias",
}


def _discriminator(state: dict) -> dict[str, np.ndarray]:
    blocks = 1 + max((_number(name.split(".")[1]) for name in state if name.startswith("convs.")),
                     default=0)  # fmt: skip
    top, found = 4 << (blocks - 1), {}
    for name, value in state.items():
        if _FILTER.fullmatch(name):
            continue
        if name in _OF_END:
            found[_OF_END[name]] = value
            continue
        part, _, rest = name.partition(".")
        number, _, rest = rest.partition(".")
        if part != "convs":
            raise Refused(f"the tensor {name[:80]}, which no discriminator of StyleGAN2 has")
        if number == "0":
            layer = {"0.weight": "weight", "1.bias": "bias"}
            found.update(_renamed({k: (f"b{top}.fromrgb.{v}", np.asarray) for k, v in layer.items()},
                                  "the first layer", rest, value))  # fmt: skip
            continue
        prefix = f"b{top >> (_number(number) - 1)}."
        names = {k: (prefix + v, np.asarray) for k, v in _OF_BLOCK.items()}
        found.update(_renamed(names, prefix, rest, value))
    return found


def _architecture(g: dict) -> Architecture:
    """Read off the shapes; assigning the weights checks it."""
    try:
        widths = {
            int(match[1]): array.shape[1]
            for name, array in g.items()
            if (match := re.fullmatch(r"synthesis\.b(\d+)\.torgb\.weight", name))
        }
        resolution, (w_dim, z_dim) = max(widths), g["mapping.fc0.weight"].shape
        layers = sum(bool(re.fullmatch(r"mapping\.fc\d+\.weight", name)) for name in g)
        channels = g["synthesis.b4.torgb.weight"].shape[0]
    except (LookupError, ValueError) as error:
        raise Refused("a g_ema of which layers are missing") from error
    try:
        return Architecture(
            network=NetworkConfig(
                z_dim=z_dim,
                w_dim=w_dim,
                mapping_layers=layers,
                mbstd_group=4,
                precision="float32",
                num_low_precision=0,
                conv_clamp=None,
                **widths_of(widths),
            ),
            shape=Shape(resolution, resolution, channels),
        )
    except UserError as error:
        raise Refused(f"a network that ours cannot be: {str(error).rstrip('.')}") from error


def widths_of(widths: dict[int, int]) -> dict[str, int]:
    """channel_base and channel_max that give the feature maps of all resolutions.

    Raises:
        Refused: there are none.
    """
    most = max(widths.values())
    narrow = [side * width for side, width in widths.items() if width < most]
    base = narrow[0] if narrow else most * max(widths)
    if any(channels_at(side, base, most) != width for side, width in widths.items()):
        raise Refused(
            f"layers of {quoted([*widths.values()])} feature maps, which ours cannot have"
        )
    return {"channel_base": base, "channel_max": most}


def _mean_w(g: dict, average) -> np.ndarray:
    """The mean of w: as the file has it, or of many latents."""
    w_dim, z_dim = g["mapping.fc0.weight"].shape
    if average is not None:
        if average.size != w_dim:
            raise Refused(f"a {_AVERAGE} of {average.size} numbers, where w has {w_dim}")
        return np.asarray(average, np.float32).reshape(w_dim)
    samples = min(_SAMPLES, _MAX_NUMBERS // max(w_dim, z_dim))
    x = np.random.RandomState(0).randn(samples, z_dim).astype(np.float32)
    x /= np.sqrt(np.mean(x**2, axis=1, keepdims=True) + 1e-8)
    layer = 0
    while (weight := g.get(f"mapping.fc{layer}.weight")) is not None:
        bias = g.get(f"mapping.fc{layer}.bias", np.zeros(0))
        if weight.shape != (w_dim, x.shape[1]) or bias.shape != (w_dim,):
            raise Refused("a mapping network whose layers do not fit each other")
        with np.errstate(all="ignore"):  # what becomes infinite is found by who uses it
            # Learning rate multiplier 0.01, leaky ReLU of slope 0.2 with a gain of sqrt(2).
            x = x @ weight.T * (0.01 / math.sqrt(weight.shape[1])) + 0.01 * bias
            x = math.sqrt(2) * np.maximum(x, 0.2 * x)
        layer += 1
    with np.errstate(all="ignore"):
        return x.mean(axis=0)
