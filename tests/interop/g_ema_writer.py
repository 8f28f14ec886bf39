"""Writes checkpoints of the StyleGAN2 in PyTorch that keeps `g_ema`, without it, from our networks."""

import argparse
import re

import numpy as np

from ada_tf.models.config import Architecture, NetworkConfig
from ada_tf.models.names import named_variables
from ada_tf.shape import Shape
from tests.interop import published_networks
from tests.interop.torch_writer import write_zip

KERNEL = np.outer([1, 3, 3, 1], [1, 3, 3, 1]).astype(np.float32) / 64


def generator_state(network) -> dict[str, np.ndarray]:
    """The state dictionary of a generator; the mean of w is not in it."""
    found = {}
    for named in named_variables(network):
        value = named.from_ours(named.variable)
        if named.name != "mapping.w_avg":
            name, value = _of_generator(named.name, value)
            found[name] = value
    for name in [name for name in found if name.endswith("conv.weight")]:
        if match := re.fullmatch(r"convs\.(\d*[02468])\.conv\.weight", name):
            found[f"convs.{match[1]}.conv.blur.kernel"] = KERNEL * 4
        elif match := re.fullmatch(r"to_rgbs\.(\d+)\.conv\.weight", name):
            found[f"to_rgbs.{match[1]}.upsample.kernel"] = KERNEL * 4
    return found


_OF_LAYER = {
    "weight": ("conv.weight", lambda v: v[np.newaxis]),
    "affine.weight": ("conv.modulation.weight", np.asarray),
    "affine.bias": ("conv.modulation.bias", np.asarray),
    "noise_strength": ("noise.weight", lambda v: np.reshape(v, [1])),
}


def _of_generator(name, value):
    part, _, rest = name.partition(".")
    if part == "mapping":
        layer, what = rest.split(".")
        return f"style.{int(layer.removeprefix('fc')) + 1}.{what}", value
    if rest == "b4.const":
        return "input.input", value[np.newaxis]
    block, layer, what = re.fullmatch(r"b(\d+)\.(\w+)\.([\w.]+)", rest).groups()
    depth = int(block).bit_length() - 4  # of 8x8 is 0
    convs = 2 * depth + (layer == "conv1")
    if what == "noise_const":
        return f"noises.noise_{convs + 1}", value[np.newaxis, np.newaxis]
    if layer == "torgb":
        there = "to_rgb1" if depth < 0 else f"to_rgbs.{depth}"
        if what == "bias":
            return f"{there}.bias", np.reshape(value, [1, -1, 1, 1])
    else:
        there = "conv1" if depth < 0 else f"convs.{convs}"
        if what == "bias":
            return f"{there}.activate.bias", value
    what, convert = _OF_LAYER[what]
    return f"{there}.{what}", convert(value)


_OF_BLOCK = {"conv0.weight": "conv1.0.weight", "conv0.bias": "conv1.1.bias",
             "conv1.weight": "conv2.1.weight", "conv1.bias": "conv2.2.bias",
             "skip.weight": "skip.1.weight"}  # fmt: skip
_OF_END = {"b4.conv.weight": "final_conv.0.weight", "b4.conv.bias": "final_conv.1.bias",
           "b4.fc.weight": "final_linear.0.weight", "b4.fc.bias": "final_linear.0.bias",
           "b4.out.weight": "final_linear.1.weight", "b4.out.bias": "final_linear.1.bias"}  # fmt: skip


def discriminator_state(network) -> dict[str, np.ndarray]:
    """The state dictionary of a discriminator."""
    found = {}
    for named in named_variables(network):
        name, value = named.name, named.from_ours(named.variable)
        if name in _OF_END:
            found[_OF_END[name]] = value
            continue
        side, _, rest = name.removeprefix("b").partition(".")
        if rest.startswith("fromrgb."):
            what = rest.removeprefix("fromrgb.")
            found[f"convs.0.{'0.weight' if what == 'weight' else '1.bias'}"] = value
            continue
        number = (network.shape.top // int(side)).bit_length()
        found[f"convs.{number}.{_OF_BLOCK[rest]}"] = value
        found[f"convs.{number}.conv2.0.kernel"] = found[f"convs.{number}.skip.0.kernel"] = KERNEL
    return found


def optimizer_state(state) -> dict:
    """What Adam keeps of some weights."""
    moments = {
        number: {"step": number, "exp_avg": value, "exp_avg_sq": value * 0}
        for number, value in enumerate(state.values())
    }
    groups = [{"lr": 0.002, "betas": (0.0, 0.99), "params": list(moments)}]
    return {"state": moments, "param_groups": groups}


def checkpoint(networks, average=False) -> dict:
    """The content of a checkpoint.

    Args:
        networks: group -> one of ours.
        average: keep the mean of w, as converted files do.
    """
    g, d = generator_state(networks["generator"]), discriminator_state(networks["discriminator"])
    size = networks["generator"].synthesis.shape.top
    found = {
        "g": g,
        "d": d,
        "g_ema": generator_state(networks["generator_ema"]),
        "g_optim": optimizer_state(g),
        "d_optim": optimizer_state(d),
        "args": argparse.Namespace(size=size, path="data", augment=False),
        "ada_aug_p": 0.0,
    }
    if average:
        found["latent_avg"] = np.asarray(networks["generator_ema"].w_avg)
    return found


# Those of the preset "tiny".
TINY = NetworkConfig(
    z_dim=64, w_dim=64, mapping_layers=2, channel_base=1024, channel_max=64, mbstd_group=4,
    precision="float32", num_low_precision=0, conv_clamp=None,
)  # fmt: skip


def write_checkpoint(path, network=TINY, resolution=16, channels=1):
    """A .pt of networks with random weights; returns the averaged generator."""
    of = Architecture(network=network, shape=Shape(resolution, resolution, channels))
    networks = published_networks.build(of)
    write_zip(path, checkpoint(networks, average=True))
    return networks["generator_ema"]
