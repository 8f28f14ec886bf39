"""Label maps to photos: patches of pairs, feature matching, a discriminator that gives a list."""

# ruff: noqa: B905

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

from ada_tf import AdaCallback, AdaptiveAugmentation

SIZE = 16


def make_discriminator():
    condition = keras.Input(shape=(SIZE, SIZE, 3))
    image = keras.Input(shape=(SIZE, SIZE, 3))
    pair = AdaptiveAugmentation(name="ada")({"images": image, "conditions": condition})
    x = layers.Concatenate()([pair["conditions"], pair["images"]])
    features = layers.Conv2D(8, 4, strides=2, padding="same", activation="relu")(x)
    patches = layers.Conv2D(1, 4, padding="same")(features)
    return keras.Model([condition, image], [features, patches], name="discriminator")


def make_generator():
    condition = keras.Input(shape=(SIZE, SIZE, 3))
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(condition)
    x = layers.Conv2D(3, 3, padding="same", activation="tanh")(x)
    return keras.Model(condition, x, name="generator")


class Translator(keras.Model):
    def __init__(self):
        super().__init__()
        self.discriminator = make_discriminator()
        self.generator = make_generator()
        self.ada = self.discriminator.get_layer("ada")
        self.built = True

    def compile(self, d_optimizer, g_optimizer, **options):
        super().compile(**options)
        self.d_optimizer = d_optimizer
        self.g_optimizer = g_optimizer

    def train_step(self, data):
        condition, image = data
        with tf.GradientTape() as tape:
            fake = self.generator(condition, training=True)
            real_output = self.discriminator([condition, image], training=True)
            fake_output = self.discriminator([condition, fake], training=True)
            d_loss = tf.reduce_mean(tf.square(real_output[-1] - 1.0))
            d_loss += tf.reduce_mean(tf.square(fake_output[-1]))
        self.ada.observe(real_output[-1], fake_output[-1], threshold=0.5)
        grads = tape.gradient(d_loss, self.discriminator.trainable_weights)
        self.d_optimizer.apply_gradients(zip(grads, self.discriminator.trainable_weights))

        with tf.GradientTape() as tape, self.ada.same_draws():
            fake = self.generator(condition, training=True)
            real_output = self.discriminator([condition, image], training=True)
            fake_output = self.discriminator([condition, fake], training=True)
            g_loss = tf.reduce_mean(tf.square(fake_output[-1] - 1.0))
            g_loss += 10.0 * tf.reduce_mean(tf.abs(real_output[0] - fake_output[0]))
        grads = tape.gradient(g_loss, self.generator.trainable_weights)
        self.g_optimizer.apply_gradients(zip(grads, self.generator.trainable_weights))
        return {"d_loss": d_loss, "g_loss": g_loss}


def build(**options):
    gan = Translator()
    gan.compile(keras.optimizers.Adam(0.0002), keras.optimizers.Adam(0.0002), **options)
    return gan


def train(gan, images, batch_size, epochs):
    dataset = tf.data.Dataset.from_tensor_slices((tf.sign(images - 0.5), images))
    dataset = dataset.shuffle(len(images)).batch(batch_size, drop_remainder=True)
    gan.fit(dataset, epochs=epochs, verbose=0, callbacks=[AdaCallback()])
