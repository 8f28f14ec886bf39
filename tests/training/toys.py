"""Networks of one weight, whose every loss and gradient can be written down, and that tell what they saw."""

import keras
import numpy as np
import tensorflow as tf

from ada_tf.training.iteration.inputs import Networks

SHAPE = [4, 4, 3]  # of an image
PIXELS = 4 * 4


class Generator:
    """Images of one value: `weight` times the mean of all ws; w is z."""

    z_dim = w_dim = 5
    num_ws = 4

    def __init__(self, weight=0.5, c_dim=0):
        self.weight, self.c_dim = keras.Variable(weight), c_dim
        self.trainable_variables = [self.weight]
        self.mapped, self.synthesized = [], []

    def mapping(self, z, labels):
        self.mapped.append((z, labels))
        return z + 0.0

    def broadcast(self, w):
        return tf.repeat(w[:, tf.newaxis], self.num_ws, axis=1)

    def synthesis(self, ws, noise_mode, seed):
        assert noise_mode == "random"
        value = self.weight.value * tf.reduce_mean(ws, axis=[1, 2])
        images = tf.broadcast_to(value[:, None, None, None], [ws.shape[0], *SHAPE])
        self.synthesized.append((ws, seed, images))
        return images


class Discriminator:
    """Logits `weight` times the sum of an image."""

    def __init__(self, weight=0.25):
        self.weight = keras.Variable(weight)
        self.trainable_variables = [self.weight]
        self.seen = []

    def __call__(self, images, labels):
        self.seen.append((images, labels))
        return self.weight.value * tf.reduce_sum(images, axis=[1, 2, 3])[:, tf.newaxis]


class Augmentation:
    """Images times a factor."""

    def __init__(self, factor=3.0):
        self.factor, self.calls = factor, []

    def __call__(self, images, seed):
        shown = images * self.factor
        self.calls.append((images, seed, shown))
        return shown


def networks(source=None, path_length_mean=0.0):
    """Toys of all kinds for a phase."""
    generator = Generator(c_dim=0 if source is None else np.shape(source)[-1])
    source = None if source is None else tf.constant(source, tf.float32)
    means = {"path_length_mean": tf.Variable(path_length_mean)}
    return Networks(generator, Discriminator(), Augmentation(), source, means)
