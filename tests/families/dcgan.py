"""Another family: DCGAN (arXiv 1511.06434), of Keras' own layers, with a discriminator of patches.

Nothing in it knows of StyleGAN2: w is z, there is one style and there are no noise inputs.
"""

import keras
import tensorflow as tf

from ada_tf.models import LatentGenerator
from ada_tf.models.build import Family


@keras.saving.register_keras_serializable("tests")
class DCGANGenerator(LatentGenerator):
    """z [N, z_dim] -> [N, R, R, channels] by transposed convolutions."""

    num_ws = 1

    def __init__(self, z_dim=8, c_dim=0, resolution=8, channels=1, width=8, name=None):
        super().__init__(name=name, dtype="float32")
        self.arguments = dict(
            z_dim=z_dim, c_dim=c_dim, resolution=resolution, channels=channels, width=width
        )
        self.z_dim, self.c_dim, self.w_dim = z_dim, c_dim, z_dim + c_dim
        self.w_avg = self.add_weight(
            name="w_avg", shape=(self.w_dim,), initializer="zeros", trainable=False
        )
        layers = [
            keras.Input([self.w_dim]),
            keras.layers.Dense(16 * width),
            keras.layers.Reshape([4, 4, width]),
        ]
        side = 4
        while side < resolution:
            layers += [
                keras.layers.ReLU(),
                keras.layers.Conv2DTranspose(width, 4, 2, padding="same"),
            ]
            side *= 2
        layers.append(keras.layers.Conv2D(channels, 3, padding="same", activation="tanh"))
        self.images = keras.Sequential(layers)
        self.built = True

    def mapping(self, z, labels=None):
        return z if labels is None else tf.concat([z, labels], axis=1)

    def synthesis(self, ws, noise_mode="const", seed=None):
        return self.images(ws[:, 0])

    def get_config(self):
        return {**self.arguments, "name": self.name}


class PatchDiscriminator(keras.Model):
    """Images [N, R, R, channels] -> a logit for each patch, [N, R / 4, R / 4, 1]."""

    def __init__(self, c_dim=0, resolution=8, channels=1, width=8, name=None):
        super().__init__(name=name, dtype="float32")
        self.c_dim = c_dim
        self.patches = keras.Sequential([
            keras.Input([resolution, resolution, channels + c_dim]),
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


def make_generator(config, resolution, channels, num_classes, name):
    return DCGANGenerator(
        config.z_dim, num_classes, resolution, channels, config.channel_max, name=name
    )


def make_discriminator(config, resolution, channels, num_classes, name):
    return PatchDiscriminator(num_classes, resolution, channels, config.channel_max, name=name)


def fewest_weights(config, resolution, num_classes):
    return config.channel_max**2


GENERATOR = Family(make_generator, fewest_weights)
DISCRIMINATOR = Family(make_discriminator, fewest_weights)
