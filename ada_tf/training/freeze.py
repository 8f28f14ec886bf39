"""Freezing of layers, so that a trained discriminator keeps its features.

Freeze-D (arXiv 2002.10964) keeps the layers next to the image, in this order: fromrgb, conv0, conv1
and skip of each block, as far as it has them. The last layers always train.
"""

from ada_tf.models.config import Architecture
from ada_tf.settings import Named, SettingError

_FAMILY = "stylegan2"


def freeze(generator, discriminator, settings) -> None:
    """Make layers constant, by `OptimizerConfig`. Call it before the optimizers are built.

    Frozen layers are variables of their networks as before: checkpoints and the average keep them.
    """
    for layer in _layers_from_the_image(discriminator)[: settings.freeze_d]:
        layer.trainable = False
    for block in _blocks_of(generator)[: settings.freeze_g]:
        block.trainable = False


def check(of: Architecture, settings) -> None:
    """Refuse to freeze more than there is.

    Raises:
        SettingError: naming the setting and how many there are.
    """
    blocks = len(of.shape.blocks)
    kind = getattr(of.network, "discriminator_architecture", "resnet")
    per_block = {"resnet": 3, "skip": 3, "orig": 2}[kind]  # conv0, conv1, and skip or fromrgb
    # `fromrgb` of the first block, which "skip" has counted in every block.
    layers = (blocks - 1) * per_block + (kind != "skip")
    for name, family, most in (
        ("freeze_d", of.network.discriminator, layers),
        ("freeze_g", of.network.generator, blocks),
    ):
        asked = getattr(settings, name)
        most = most if family == _FAMILY else 0
        if asked > most:
            raise SettingError(
                Named(f"optimizer.{name}", asked), f" must be at most {most}, as many as there are."
            )


def _layers_from_the_image(discriminator) -> list:
    return [
        layer
        for block in getattr(discriminator, "blocks", ())
        for layer in (block.fromrgb, block.conv0, block.conv1, block.skip)
        if layer is not None
    ]


def _blocks_of(generator) -> list:
    return list(getattr(getattr(generator, "synthesis", None), "blocks", ()))
