"""The sizes of both networks."""

import dataclasses

from ada_tf.label_space import MAX_VECTOR
from ada_tf.settings import Named, SettingError, check, renamable, setting
from ada_tf.shape import Shape

ARCHITECTURES = ("orig", "skip", "resnet")
COMPUTED = ("float32", "float16", "bfloat16")
PRECISIONS = ("auto", *COMPUTED)
TRUNCATIONS = ("class", "global")  # the mean that w is pulled toward: of its label, of all
# Of the comparison in arXiv 2006.06676, what a discriminator is built for; the last two follow p.
DISCRIMINATOR_METHODS = ("none", "spectralnorm", "auxrot", "pagan", "adropout")
METHODS_OF_P = ("pagan", "adropout")
# Far above what any memory holds: a configuration may come from a file of a stranger.
WIDTH, LAYERS = 2**16, 2**7


@renamable
@dataclasses.dataclass(frozen=True, kw_only=True)
class NetworkConfig:
    """Both networks. Feature maps of block r of `Shape.blocks` are min(channel_base / r, channel_max).

    What every preset decides has no default.
    """

    generator: str = setting(
        "stylegan2", "Family of the generator, of models.build.GENERATORS.", names_run=""
    )
    discriminator: str = setting(
        "stylegan2", "Family of the discriminator, of models.build.DISCRIMINATORS.", names_run=""
    )
    z_dim: int = setting(512, "Numbers of a latent z.", at_least=1, at_most=WIDTH)
    w_dim: int = setting(512, "Numbers of a latent w.", at_least=1, at_most=WIDTH)
    mapping_layers: int = setting(help="Layers of the mapping network.", at_least=1, at_most=LAYERS)
    discriminator_mapping_layers: int = setting(
        8,
        "Layers that map labels in the discriminator; 0 embeds and normalises them only.",
        at_least=0,
        at_most=LAYERS,
    )
    discriminator_mapping_lr: float = setting(
        0.01, "Learning rate of these layers relative to the rest.", above=0
    )
    channel_base: int = setting(
        help="Feature maps of a block times what it is called, 4, 8, 16, ... from the smallest.",
        at_least=1,
        at_most=2**30,
    )
    channel_max: int = setting(512, "Most feature maps of a layer.", at_least=1, at_most=WIDTH)
    generator_architecture: str = setting(
        "skip", "How the blocks of the generator are connected.", choices=ARCHITECTURES
    )
    discriminator_architecture: str = setting(
        "resnet", "How the blocks of the discriminator are connected.", choices=ARCHITECTURES
    )
    discriminator_method: str = setting(
        "none",
        "What the discriminator has of other methods for few images; see docs/methods.md.",
        choices=DISCRIMINATOR_METHODS,
        flag="cmethod",
        names_run="",
    )
    mbstd_group: int | None = setting(
        help="Images of a minibatch-std group; none is all of a device.", at_least=1
    )
    precision: str = setting(
        "auto",
        "Numbers of the highest resolutions; auto is what the machine is good at.",
        choices=PRECISIONS,
        flag="precision",
        names_run="",
    )
    num_low_precision: int = setting(
        4, "How many resolutions have that precision.", at_least=0, at_most=LAYERS
    )
    conv_clamp: float | None = setting(
        256.0,
        "Limit of activations, which keeps float16 finite; none where precision auto is another.",
        above=0,
    )

    def __post_init__(self):
        check(self)


CLASSES = 2**20


@renamable
@dataclasses.dataclass(frozen=True, kw_only=True)
class Architecture:
    """What decides which weights both networks have, whatever they are or were trained on."""

    network: NetworkConfig
    shape: Shape
    num_classes: int = setting(0, "Number of classes; 0 without.", at_least=0, at_most=CLASSES)
    num_attributes: int = setting(
        0, "Number of attributes; 0 without.", at_least=0, at_most=MAX_VECTOR
    )

    @property
    def label_dim(self) -> int:
        """Width of the label vectors; 0 is unconditional."""
        return self.num_classes + self.num_attributes

    def __post_init__(self):
        check(self)
        check_feature_maps(self.network, self.shape)


def architecture_of(config) -> Architecture:
    """That of a RunConfig; an Architecture is its own."""
    return config if isinstance(config, Architecture) else config.architecture


def check_feature_maps(network: NetworkConfig, shape: Shape) -> None:
    """Refuse networks without feature maps in the block of whole pictures.

    Raises:
        SettingError: naming the setting and what is accepted.
    """
    if network.channel_base < shape.top:
        raise SettingError(
            Named("network.channel_base", network.channel_base),
            f" leaves no feature maps at {shape.size} pixels; use at least {shape.top}.",
        )
