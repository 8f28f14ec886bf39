"""Networks: Keras models built from `ada_tf.ops` alone. Images are NHWC in [-1, 1]."""

import typing

from ada_tf.door import door

if typing.TYPE_CHECKING:
    from ada_tf.models.discriminator import Discriminator as Discriminator
    from ada_tf.models.generator import Generator as Generator
    from ada_tf.models.latent_generator import LatentGenerator as LatentGenerator
    from ada_tf.models.layers import count_weights as count_weights
    from ada_tf.models.mapping import MappingNetwork as MappingNetwork
    from ada_tf.models.names import variables_by_name as variables_by_name
    from ada_tf.models.synthesis import SynthesisNetwork as SynthesisNetwork

__getattr__, __dir__ = door(
    __name__,
    {
        "discriminator": ("Discriminator",),
        "generator": ("Generator",),
        "latent_generator": ("LatentGenerator",),
        "layers": ("count_weights",),
        "mapping": ("MappingNetwork",),
        "names": ("variables_by_name",),
        "synthesis": ("SynthesisNetwork",),
    },
)
