"""R3GAN (arXiv 2501.05441): its settings, the sizes that follow from them, and its rows in the tables of families."""

import dataclasses
import itertools
import math
from typing import ClassVar

from ada_tf.models.families import LAYERS, WIDTH, Family, NetworkSettings, add_family
from ada_tf.models.sizes import Work, channels_at, group_of
from ada_tf.settings import Named, SettingError, setting
from ada_tf.shape import Shape


@dataclasses.dataclass(frozen=True, kw_only=True)
class R3GANConfig(NetworkSettings):
    """R3GAN. Feature maps of block r of `Shape.blocks` are min(channel_base / r, channel_max).

    Both networks are alike, as in the paper (section 3.4). Presets decide what has no default.
    """

    without_weights: ClassVar[tuple[str, ...]] = ("precision",)

    channel_base: int = setting(
        help="Feature maps of a block times its size, 4, 8, 16, ... from the smallest.",
        at_least=1,
        at_most=2**30,
    )
    channel_max: int = setting(help="Most feature maps of a block.", at_least=1, at_most=WIDTH)
    # Two blocks a resolution: section 3.4. Twice as wide inside, 16 maps a group: section 3.5.
    blocks: int = setting(2, "Residual blocks of each resolution.", at_least=1, at_most=LAYERS)
    expansion: int = setting(
        2, "Feature maps inside of a residual block, per map outside.", at_least=1, at_most=64
    )
    group_size: int = setting(
        16, "Feature maps of a group of the 3x3 convolutions.", at_least=1, at_most=WIDTH
    )

    def __post_init__(self):
        super().__post_init__()
        if self.precision == "float16":
            raise SettingError(
                Named("precision", self.precision),
                " has too small a range for networks without a clamp; give bfloat16, float32 or auto.",
            )

    def check_shape(self, shape: Shape) -> None:
        # channel_base / top is rounded down: below 1 there is nothing to convolve.
        if self.channel_base < shape.top:
            raise SettingError(
                Named("network.channel_base", self.channel_base),
                f" leaves no feature maps at {shape.size} pixels; use at least {shape.top}.",
            )

    def in_precision(self, precision: str) -> "R3GANConfig":
        # Nothing bounds the activations, so where others compute in float16 this stays float32.
        return dataclasses.replace(
            self, precision="float32" if precision == "float16" else precision
        )


def _widths_of(config, shape: Shape) -> list[int]:
    """Feature maps of the blocks, from the smallest."""
    return [channels_at(block, config.channel_base, config.channel_max) for block in shape.blocks]


# Weights and work of a network. Both have the same residual blocks and transitions.


def _weights(config, shape: Shape) -> int:
    """Count the weights that do not depend on labels or on what stands at the ends."""
    widths, total = _widths_of(config, shape), 0
    for width in widths:
        inside = width * config.expansion
        block = 2 * width * inside + 9 * inside * group_of(inside, config.group_size) + 2 * inside
        total += config.blocks * block
    total += sum(a * b for a, b in itertools.pairwise(widths) if a != b)
    # The basis of either network, and the layer of the picture.
    return total + math.prod(shape.base) * widths[0] + shape.channels * widths[-1]


def _generator_weights(config, shape: Shape, label_dim: int) -> int:
    return _weights(config, shape) + config.z_dim * channels_at(
        4, config.channel_base, config.channel_max
    )


def _discriminator_weights(config, shape: Shape, label_dim: int) -> int:
    return _weights(config, shape)


def _work(config, shape: Shape, label_dim: int) -> Work:
    """Count the work of a picture through either network."""
    widths, total = _widths_of(config, shape), Work(0.0, 0.0, 0)
    for i, width in enumerate(widths):
        pixels = math.prod(shape.at(shape.blocks[i]))
        inside = width * config.expansion
        group = group_of(inside, config.group_size)
        products = 2 * width * inside + 9 * inside * group  # of a pixel
        # A group is a convolution of its own, without bias and activation: a quarter of a layer.
        layers = 2 + max(inside // group / 4, 1)
        block = Work(2.0 * products * pixels, (2.0 * inside + width) * pixels, layers)
        total += block.times(config.blocks, config.blocks)
        if i:
            before = widths[i - 1]
            # The narrower side resamples, and so does a layer that changes no width.
            change = width * before * pixels / 4 if width != before else 0
            total += Work(2.0 * change, float(max(width, before) * pixels), 2)
    ends = widths[-1] * shape.channels * math.prod(shape.at(shape.top))
    return total + Work(2.0 * ends, float(ends), 2)


# Networks are built by TensorFlow, and settings are read without it: hence the late imports.


def _make_generator(config: R3GANConfig, shape: Shape, label_dim: int, name: str, **scales):
    from ada_tf.models.r3gan import make_generator

    return make_generator(config, shape, label_dim, name, **scales)


def _make_discriminator(config: R3GANConfig, shape: Shape, label_dim: int, name: str, **scales):
    from ada_tf.models.r3gan import make_discriminator

    return make_discriminator(config, shape, label_dim, name, **scales)


add_family(
    "r3gan",
    generator=Family(_make_generator, _generator_weights, _work, R3GANConfig, scales_labels=True),
    discriminator=Family(
        _make_discriminator, _discriminator_weights, _work, R3GANConfig, scales_labels=True
    ),
)
