"""The networks of StyleGAN2 (arXiv 1912.04958) from their settings."""

from ada_tf.models.generator import Generator
from ada_tf.models.methods import METHODS
from ada_tf.models.precision import computed_in
from ada_tf.shape import Shape


def make_generator(config, shape: Shape, label_dim: int, name: str, label_scales=None) -> Generator:
    """The generator of a `NetworkConfig`."""
    return Generator(
        config.z_dim,
        label_dim,
        config.w_dim,
        mapping={"num_layers": config.mapping_layers, **_scales(label_scales)},
        synthesis={
            **_shared(config, shape, config.generator_channels),
            "architecture": config.generator_architecture,
        },
        name=name,
    )


def make_discriminator(config, shape: Shape, label_dim: int, name: str, label_scales=None):
    """The discriminator of a `NetworkConfig`, with its method for limited data."""
    return METHODS[config.discriminator_method](
        label_dim,
        **_shared(config, shape, config.discriminator_channels),
        architecture=config.discriminator_architecture,
        mbstd_group_size=config.mbstd_group,
        mapping={
            "num_layers": config.discriminator_mapping_layers,
            "lr_multiplier": config.discriminator_mapping_lr,
            **_scales(label_scales),
        },
        name=name,
    )


def _scales(label_scales) -> dict:
    return {} if label_scales is None else {"label_scales": label_scales}


def _shared(config, shape: Shape, channels: tuple[int, int]) -> dict:
    config = computed_in(config)
    return dict(
        shape=shape.hwc,
        channel_base=channels[0],
        channel_max=channels[1],
        num_low_precision=config.num_low_precision,
        precision=config.precision,
        conv_clamp=config.conv_clamp,
    )
