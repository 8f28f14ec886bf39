"""Both networks from the configuration of a run."""

from ada_tf.models import Discriminator, Generator
from ada_tf.models.config import NetworkConfig


def make_generator(
    config: NetworkConfig, resolution, channels, num_classes, name="generator"
) -> Generator:
    """A generator of `channels` x `resolution` x `resolution`; num_classes 0 is unconditional."""
    return Generator(
        config.z_dim,
        num_classes,
        config.w_dim,
        mapping={"num_layers": config.mapping_layers},
        synthesis={
            **_shared(config, resolution, channels),
            "architecture": config.generator_architecture,
        },
        name=name,
    )


def make_discriminator(config: NetworkConfig, resolution, channels, num_classes) -> Discriminator:
    """The discriminator that fits `make_generator`."""
    return Discriminator(
        num_classes,
        **_shared(config, resolution, channels),
        architecture=config.discriminator_architecture,
        mbstd_group_size=config.mbstd_group,
        mapping={
            "num_layers": config.discriminator_mapping_layers,
            "lr_multiplier": config.discriminator_mapping_lr,
        },
        name="discriminator",
    )


def _shared(config, resolution, channels):
    return dict(
        resolution=resolution,
        img_channels=channels,
        channel_base=config.channel_base,
        channel_max=config.channel_max,
        num_low_precision=config.num_low_precision,
        precision=config.precision,
        conv_clamp=config.conv_clamp,
    )
