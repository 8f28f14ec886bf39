"""The settings of StyleGAN2, its rows in the tables of families, and what decides the weights of networks."""

import dataclasses
from typing import ClassVar

from ada_tf.label_space import MAX_VECTOR, label_scales, scales_problem
from ada_tf.models import sizes
from ada_tf.models.families import (
    ARCHITECTURES,
    DEFAULT,
    LAYERS,
    WIDTH,
    Family,
    NetworkSettings,
    add_family,
)
from ada_tf.settings import Named, SettingError, check, renamable, setting
from ada_tf.shape import Shape

TRUNCATIONS = ("class", "global")  # the mean that w is pulled toward: of its label, of all
# Methods for limited data within the discriminator (arXiv 2006.06676, section 4.3).
DISCRIMINATOR_METHODS = ("none", "spectralnorm", "auxrot", "pagan", "adropout")
METHODS_OF_P = ("pagan", "adropout")  # as strong as p


@renamable
@dataclasses.dataclass(frozen=True, kw_only=True)
class NetworkConfig(NetworkSettings):
    """StyleGAN2. Feature maps of block r of `Shape.blocks` are min(channel_base / r, channel_max).

    Presets decide what has no default.
    """

    without_weights: ClassVar[tuple[str, ...]] = (
        "precision",
        "num_low_precision",
        "conv_clamp",
        "mbstd_group",
    )
    of_labels: ClassVar[tuple[str, ...]] = (
        "discriminator_mapping_layers",
        "discriminator_mapping_lr",
    )

    # 512 for z and w: arXiv 1812.04948, section 2.
    w_dim: int = setting(512, "Numbers of a latent w.", at_least=1, at_most=WIDTH)
    mapping_layers: int = setting(help="Layers of the mapping network.", at_least=1, at_most=LAYERS)
    discriminator_mapping_layers: int = setting(
        8,
        "Layers that map labels in the discriminator; 0 embeds and normalises them only.",
        at_least=0,
        at_most=LAYERS,
    )
    # A hundredth, as of the generator's mapping (arXiv 1812.04948, appendix C).
    discriminator_mapping_lr: float = setting(
        0.01, "Learning rate of these layers relative to the rest.", above=0
    )
    channel_base: int = setting(
        help="Feature maps of a block times its size, 4, 8, 16, ... from the smallest.",
        at_least=1,
        at_most=2**30,
    )
    channel_max: int = setting(512, "Most feature maps of a layer.", at_least=1, at_most=WIDTH)
    # A small generator cannot learn few pictures by heart, and a wide discriminator still judges it.
    generator_channel_base: int | None = setting(
        None,
        "channel_base of the generator alone; none is channel_base.",
        at_least=1,
        at_most=2**30,
    )
    generator_channel_max: int | None = setting(
        None, "channel_max of the generator alone; none is channel_max.", at_least=1, at_most=WIDTH
    )
    discriminator_channel_base: int | None = setting(
        None,
        "channel_base of the discriminator alone; none is channel_base.",
        at_least=1,
        at_most=2**30,
    )
    discriminator_channel_max: int | None = setting(
        None,
        "channel_max of the discriminator alone; none is channel_max.",
        at_least=1,
        at_most=WIDTH,
    )
    generator_architecture: str = setting(
        "skip", "Connection of the blocks of the generator.", choices=ARCHITECTURES
    )
    # "skip" for the generator and "resnet" for the discriminator: best in arXiv 1912.04958, table
    # 2.
    discriminator_architecture: str = setting(
        "resnet", "Connection of the blocks of the discriminator.", choices=ARCHITECTURES
    )
    discriminator_method: str = setting(
        "none",
        "Further method for limited data in the discriminator; see docs/methods.md.",
        choices=DISCRIMINATOR_METHODS,
        flag="cmethod",
        names_run="",
    )
    mbstd_group: int | None = setting(
        help="Images of a minibatch-std group; none is all images of a device.", at_least=1
    )
    # Four, from the highest, and a clamp of 256, as in arXiv 2006.06676.
    num_low_precision: int = setting(
        4, "Number of resolutions in low precision, from the highest.", at_least=0, at_most=LAYERS
    )
    conv_clamp: float | None = setting(
        256.0,
        "Clamp on activations, for float16; off where auto picks another precision.",
        above=0,
    )

    def check_shape(self, shape: Shape) -> None:
        for side in ("generator_", "discriminator_"):
            name = f"{side}channel_base"
            if getattr(self, name) is None:
                name = "channel_base"
            # channel_base / top is rounded down: below 1 there is nothing to convolve.
            if getattr(self, name) < shape.top:
                raise SettingError(
                    Named(f"network.{name}", getattr(self, name)),
                    f" leaves no feature maps at {shape.size} pixels; use at least {shape.top}.",
                )

    def in_precision(self, precision: str) -> "NetworkConfig":
        if precision == "float16":
            return dataclasses.replace(self, precision=precision)
        # The limit of activations belongs to float16: others have the range of float32.
        low = self.num_low_precision if precision == "bfloat16" else 0
        return dataclasses.replace(
            self, precision=precision, num_low_precision=low, conv_clamp=None
        )

    def in_float32(self) -> "NetworkConfig":
        return dataclasses.replace(self, num_low_precision=0)

    @property
    def generator_channels(self) -> tuple[int, int]:
        """The generator's channel_base and channel_max."""
        return self._channels("generator")

    @property
    def discriminator_channels(self) -> tuple[int, int]:
        """The discriminator's channel_base and channel_max."""
        return self._channels("discriminator")

    def _channels(self, side: str) -> tuple[int, int]:
        own = (getattr(self, f"{side}_channel_{end}") for end in ("base", "max"))
        return tuple(
            shared if value is None else value
            for value, shared in zip(own, (self.channel_base, self.channel_max), strict=True)
        )

    @property
    def products(self) -> str:
        return self.precision if self.num_low_precision else "float32"

    @property
    def batch_group(self) -> int | None:
        return self.mbstd_group


# Networks are built by TensorFlow, and settings are read without it: hence the late imports.


def _make_generator(config: NetworkConfig, shape: Shape, label_dim: int, name: str, **scales):
    from ada_tf.models.stylegan2 import make_generator

    return make_generator(config, shape, label_dim, name, **scales)


def _make_discriminator(config: NetworkConfig, shape: Shape, label_dim: int, name: str, **scales):
    from ada_tf.models.stylegan2 import make_discriminator

    return make_discriminator(config, shape, label_dim, name, **scales)


add_family(
    DEFAULT,
    generator=Family(
        _make_generator,
        sizes.fewest_generator_weights,
        sizes.generator_work,
        NetworkConfig,
        scales_labels=True,
    ),
    discriminator=Family(
        _make_discriminator,
        sizes.fewest_discriminator_weights,
        sizes.discriminator_work,
        NetworkConfig,
        scales_labels=True,
    ),
)

# Behind the default, which is to be the first of its table.
from ada_tf.models.r3gan_settings import R3GANConfig as R3GANConfig  # noqa: E402

# Far above ImageNet's 1000; a file of a stranger must not ask for more.
CLASSES = 2**20


@renamable
@dataclasses.dataclass(frozen=True, kw_only=True)
class Architecture:
    """Everything that decides which weights both networks have, apart from any training."""

    network: NetworkSettings
    shape: Shape
    num_classes: int = setting(0, "Number of classes; 0 without.", at_least=0, at_most=CLASSES)
    num_attributes: int = setting(
        0, "Number of attributes; 0 without.", at_least=0, at_most=MAX_VECTOR
    )
    attribute_scales: tuple[tuple[float, float], ...] = setting(
        (), "Mean and deviation by which networks standardise each attribute; empty: none."
    )

    @property
    def label_dim(self) -> int:
        """Width of the label vectors; 0 is unconditional."""
        return self.num_classes + self.num_attributes

    @property
    def label_scales(self) -> tuple[tuple[float, float], ...] | None:
        """(mean, deviation) of each number of a label, classes first; None to take all as they are."""
        return label_scales(self.num_classes, self.attribute_scales)

    def __post_init__(self):
        check(self)
        problem = scales_problem(self.attribute_scales, self.num_attributes)
        if problem is not None:
            raise SettingError(Named("attribute_scales"), f": labels {problem}.")
        self.network.check_shape(self.shape)


def architecture_of(config) -> Architecture:
    """The Architecture of a RunConfig, or an Architecture itself."""
    return config if isinstance(config, Architecture) else config.architecture
