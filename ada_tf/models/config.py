"""The sizes of both networks."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class NetworkConfig:
    """Both networks. Feature maps at resolution r are min(channel_base / r, channel_max)."""

    generator: str = "stylegan2"  # of models.build.GENERATORS
    discriminator: str = "stylegan2"  # of models.build.DISCRIMINATORS
    z_dim: int = 512
    w_dim: int = 512
    mapping_layers: int = 8
    discriminator_mapping_layers: int = 8  # of the labels; 0 embeds and normalises them only
    discriminator_mapping_lr: float = 0.01  # learning rate of these layers relative to the rest
    channel_base: int = 32768
    channel_max: int = 512
    generator_architecture: str = "skip"
    discriminator_architecture: str = "resnet"
    mbstd_group: int = 4
    precision: str = "float16"  # of the highest resolutions
    num_low_precision: int = 4  # how many resolutions that is
    conv_clamp: float | None = 256.0  # keeps float16 finite
