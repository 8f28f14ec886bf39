"""Another family: DCGAN (arXiv 1511.06434), of Keras' own layers, with a discriminator of patches.

Nothing in it knows of StyleGAN2: w is z, there is one style and there are no noise inputs.
"""

import dataclasses
import math

import keras
import tensorflow as tf

from ada_tf.models import LatentGenerator
from ada_tf.models.families import Family, NetworkSettings
from ada_tf.settings import setting
from ada_tf.shape import Shape


@keras.saving.register_keras_serializable("tests")
class DCGANGenerator(LatentGenerator):
    """z [N, z_dim] -> [N, H, W, channels] by transposed convolutions."""

    num_ws = 1

    def __init__(self, z_dim=8, c_dim=0, shape=(8, 8, 1), width=8, name=None):
        super().__init__(name=name, dtype="float32")
        shape = Shape.of(shape)
        self.arguments = dict(z_dim=z_dim, c_dim=c_dim, shape=shape.hwc, width=width)
        self.z_dim, self.c_dim, self.w_dim = z_dim, c_dim, z_dim + c_dim
        self.w_avg = self.add_weight(
            name="w_avg", shape=(self.w_dim,), initializer="zeros", trainable=False
        )
        layers = [
            keras.Input([self.w_dim]),
            keras.layers.Dense(math.prod(shape.base) * width),
            keras.layers.Reshape([*shape.base, width]),
        ]
        for _ in range(shape.levels):
            layers += [
                keras.layers.ReLU(),
                keras.layers.Conv2DTranspose(width, 4, 2, padding="same"),
            ]
        layers.append(keras.layers.Conv2D(shape.channels, 3, padding="same", activation="tanh"))
        self.images = keras.Sequential(layers)
        self.built = True

    def mapping(self, z, labels=None):
        return z if labels is None else tf.concat([z, labels], axis=1)

    def synthesis(self, ws, noise_mode="const", seed=None):
        return self.images(ws[:, 0])

    def get_config(self):
        return {**self.arguments, "name": self.name}


class PatchDiscriminator(keras.Model):
    """Images [N, H, W, channels] -> a logit for each patch, [N, H / 4, W / 4, 1]."""

    def __init__(self, c_dim=0, shape=(8, 8, 1), width=8, name=None):
        super().__init__(name=name, dtype="float32")
        self.c_dim = c_dim
        self.patches = keras.Sequential([
            keras.Input([*shape[:2], shape[2] + c_dim]),
            keras.layers.Conv2D(width, 4, 2, padding="same"),
            keras.layers.LeakyReLU(negative_slope=0.2),
            keras.layers.Conv2D(1, 4, 2, padding="same"),
        ])  # fmt: skip
        self.built = True

    def call(self, images, labels=None):
        if labels is not None:
            maps = tf.broadcast_to(labels[:, None, None, :], [*images.shape[:3], self.c_dim])
            images = tf.concat([images, maps], axis=-1)
        return self.patches(images)


def make_generator(config, shape, label_dim, name):
    return DCGANGenerator(config.z_dim, label_dim, shape.hwc, config.channel_max, name=name)


def make_discriminator(config, shape, label_dim, name):
    return PatchDiscriminator(label_dim, shape.hwc, config.channel_max, name=name)


def fewest_weights(config, shape, label_dim):
    return config.channel_max**2


# Rows without settings of their own use those of StyleGAN2.
GENERATOR = Family(make_generator, fewest_weights)
DISCRIMINATOR = Family(make_discriminator, fewest_weights)


@dataclasses.dataclass(frozen=True, kw_only=True)
class DCGANSettings(NetworkSettings):
    """The same networks with fields of their own; `channel_max` is decided by presets."""

    channel_max: int = setting(help="Feature maps of the generator.", at_least=1)
    width: int = setting(8, "Feature maps of the discriminator.", at_least=1, at_most=64)


def make_own_discriminator(config, shape, label_dim, name):
    return PatchDiscriminator(label_dim, shape.hwc, config.width, name=name)


OWN_GENERATOR = Family(make_generator, settings=DCGANSettings, formats=("savedmodel",))
OWN_DISCRIMINATOR = Family(make_own_discriminator, settings=DCGANSettings)
