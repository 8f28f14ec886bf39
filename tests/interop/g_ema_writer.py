"""Writes our networks as checkpoints with `g_ema`, for tests of those who read them."""

import keras
import numpy as np

from ada_tf.interop.published_names import named_variables
from ada_tf.models.build import make_discriminator, make_generator
from ada_tf.models.config import NetworkConfig
from tests.interop.torch_writer import write_zip

# Those of the preset "tiny".
TINY = NetworkConfig(
    z_dim=64, w_dim=64, mapping_layers=2, channel_base=1024, channel_max=64, mbstd_group=4
)

_OF_BLOCK = {"conv0.weight": "conv1.0.weight", "conv0.bias": "conv1.1.bias",
             "conv1.weight": "conv2.1.weight", "conv1.bias": "conv2.2.bias",
             "skip.weight": "skip.1.weight"}  # fmt: skip
_OF_END = {"conv.weight": "final_conv.0.weight", "conv.bias": "final_conv.1.bias",
           "fc.weight": "final_linear.0.weight", "fc.bias": "final_linear.0.bias",
           "out.weight": "final_linear.1.weight", "out.bias": "final_linear.1.bias"}  # fmt: skip


def write_checkpoint(path, network=TINY, resolution=16, channels=1):
    """A .pt of networks with random weights; returns the generator."""
    keras.utils.set_random_seed(0)
    generator = make_generator(network, resolution, channels, 0, name="generator_ema")
    discriminator = make_discriminator(network, resolution, channels, 0, name="discriminator")
    g = dict(_of_generator(name, array) for name, array in _published(generator))
    d = dict(
        _of_discriminator(name, array, resolution) for name, array in _published(discriminator)
    )
    write_zip(path, {"g_ema": g, "d": d, "latent_avg": g.pop("latent_avg")})
    return generator


def _published(network):
    for named in named_variables(network):
        yield named.name, np.asarray(named.from_ours(named.variable), np.float32)


def _of_generator(name, array):
    """(name, array) in a state dict."""
    part, _, rest = name.removeprefix("synthesis.").partition(".")
    if name == "mapping.w_avg":
        return "latent_avg", array
    if part == "mapping":
        number, _, what = rest.removeprefix("fc").partition(".")
        return f"style.{int(number) + 1}.{what}", array
    if rest == "const":
        return "input.input", array[None]
    level = int(part.removeprefix("b")).bit_length() - 3  # 0 at 4 pixels
    layer, _, what = rest.partition(".")
    if what == "noise_const":
        return f"noises.noise_{2 * level - (layer == 'conv0')}", array[None, None]
    if layer == "torgb":
        place = f"to_rgbs.{level - 1}" if level else "to_rgb1"
    else:
        place = f"convs.{2 * level - 2 + (layer == 'conv1')}" if level else "conv1"
    names = {"weight": ("conv.weight", array[None]), "noise_strength": ("noise.weight", array[None]),
             "affine.weight": ("conv.modulation.weight", array),
             "affine.bias": ("conv.modulation.bias", array),
             "bias": ("bias", array[None, :, None, None]) if layer == "torgb" else ("activate.bias", array)}  # fmt: skip
    other, array = names.get(what, (what, array))
    return f"{place}.{other}", array


def _of_discriminator(name, array, resolution):
    part, _, rest = name.partition(".")
    if part == "b4":
        return _OF_END[rest], array
    if rest.startswith("fromrgb."):
        return f"convs.0.{'0.weight' if rest.endswith('weight') else '1.bias'}", array
    number = 1 + (resolution // int(part.removeprefix("b"))).bit_length() - 1
    return f"convs.{number}.{_OF_BLOCK[rest]}", array
