"""Names of ada_tf.models and their homes; see `ada_tf.door`."""

from ada_tf.models.discriminator import Discriminator as Discriminator
from ada_tf.models.generator import Generator as Generator
from ada_tf.models.latent_generator import LatentGenerator as LatentGenerator
from ada_tf.models.layers import count_weights as count_weights
from ada_tf.models.mapping import MappingNetwork as MappingNetwork
from ada_tf.models.names import variables_by_name as variables_by_name
from ada_tf.models.synthesis import SynthesisNetwork as SynthesisNetwork
