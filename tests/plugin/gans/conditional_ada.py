"""A conditional GAN: labels as planes beside the channels, and an unbuilt, subclassed discriminator."""

# ruff: noqa: B905

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

from ada_tf import AdaCallback, AdaptiveAugmentation

SIZE = 16
NOISE_DIM = 16
CLASSES = 3


class Discriminator(keras.Model):
    def __init__(self):
        super().__init__(name="discriminator")
        self.conv = layers.Conv2D(8, 4, strides=2, padding="same", activation="relu")
        self.norm = layers.BatchNormalization()
        self.flatten = layers.Flatten()
        self.dense = layers.Dense(1)

    def call(self, x, training=False):
        return self.dense(self.flatten(self.norm(self.conv(x), training=training)))


class ConditionalGAN(keras.Model):
    def __init__(self):
        super().__init__()
        self.discriminator = Discriminator()
        self.ada = AdaptiveAugmentation(value_range=(-1, 1))
        self.generator = keras.Sequential(
            [
                layers.Dense(SIZE * SIZE * 3, activation="tanh"),
                layers.Reshape((SIZE, SIZE, 3)),
            ],
            name="generator",
        )
        self.built = True

    def compile(self, d_optimizer, g_optimizer, **options):
        super().compile(**options)
        self.d_optimizer = d_optimizer
        self.g_optimizer = g_optimizer

    def with_planes(self, images, one_hot):
        planes = tf.tile(one_hot[:, None, None, :], [1, SIZE, SIZE, 1])
        return tf.concat([self.ada(images), planes], axis=-1)

    def generate(self, one_hot):
        noise = tf.random.normal((tf.shape(one_hot)[0], NOISE_DIM))
        return self.generator(tf.concat([noise, one_hot], axis=1))

    def train_step(self, data):
        real_images, one_hot = data
        with tf.GradientTape() as tape:
            real_images = self.with_planes(real_images, one_hot)
            fake_images = self.with_planes(self.generate(one_hot), one_hot)
            real_logits = self.discriminator(real_images, training=True)
            fake_logits = self.discriminator(fake_images, training=True)
            d_loss = tf.reduce_mean(tf.nn.softplus(-real_logits) + tf.nn.softplus(fake_logits))
        self.ada.observe(real_logits, fake_logits)
        grads = tape.gradient(d_loss, self.discriminator.trainable_weights)
        self.d_optimizer.apply_gradients(zip(grads, self.discriminator.trainable_weights))

        with tf.GradientTape() as tape:
            fake_images = self.with_planes(self.generate(one_hot), one_hot)
            fake_logits = self.discriminator(fake_images, training=False)
            g_loss = tf.reduce_mean(tf.nn.softplus(-fake_logits))
        grads = tape.gradient(g_loss, self.generator.trainable_weights)
        self.g_optimizer.apply_gradients(zip(grads, self.generator.trainable_weights))
        return {"d_loss": d_loss, "g_loss": g_loss}


def build(**options):
    gan = ConditionalGAN()
    gan.compile(keras.optimizers.Adam(0.0002), keras.optimizers.Adam(0.0002), **options)
    return gan


def train(gan, images, batch_size, epochs):
    labels = tf.one_hot(tf.range(len(images)) % CLASSES, CLASSES)
    dataset = tf.data.Dataset.from_tensor_slices((images, labels))
    dataset = dataset.shuffle(len(images)).batch(batch_size, drop_remainder=True)
    gan.fit(dataset, epochs=epochs, verbose=0, callbacks=[AdaCallback()])
