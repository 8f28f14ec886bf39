"""Image translation in one step compiled with XLA: three networks, three optimizers, patches."""

# ruff: noqa: B905

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

from ada_tf import AdaController, AdaptiveAugmentation

SIZE = 16


def build_encoder():
    img_input = keras.Input(shape=(SIZE, SIZE, 3))
    x = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(img_input)
    x = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(x)
    return keras.Model(img_input, x)


def build_decoder():
    features = keras.Input(shape=(SIZE // 4, SIZE // 4, 8))
    x = layers.Conv2DTranspose(8, 4, strides=2, padding="same", activation="relu")(features)
    x = layers.Conv2DTranspose(3, 4, strides=2, padding="same", activation="tanh")(x)
    return keras.Model(features, x)


def build_discriminator():
    img_input = keras.Input(shape=(SIZE, SIZE, 3))
    x = layers.Conv2D(8, 4, strides=2, padding="same")(img_input)
    x = layers.LeakyReLU(0.2)(x)
    x = layers.Conv2D(1, 4, padding="same")(x)
    return keras.Model(img_input, x)


class Translator(tf.Module):
    def __init__(self):
        super().__init__()
        self.encoder = build_encoder()
        self.decoder = build_decoder()
        self.ada = AdaptiveAugmentation()
        self.controller = AdaController(layer=self.ada)
        image = keras.Input((SIZE, SIZE, 3))
        self.discriminator = keras.Sequential([image, self.ada, build_discriminator()])
        self.encoder_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)
        self.decoder_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)
        self.discriminator_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)
        self.encoder_optimizer.build(self.encoder.trainable_variables)
        self.decoder_optimizer.build(self.decoder.trainable_variables)
        self.discriminator_optimizer.build(self.discriminator.trainable_variables)

    @tf.function(jit_compile=True)
    def train_step(self, source, target):
        with tf.GradientTape(persistent=True) as tape:
            fake = self.decoder(self.encoder(source, training=True), training=True)
            real_logits = self.discriminator(target, training=True)
            fake_logits = self.discriminator(fake, training=True)
            adversarial = tf.reduce_mean(tf.nn.softplus(-fake_logits))
            generator_loss = adversarial + tf.reduce_mean(tf.abs(fake - source))
            real_loss = tf.reduce_mean(tf.nn.softplus(-real_logits))
            discriminator_loss = real_loss + tf.reduce_mean(tf.nn.softplus(fake_logits))
        self.controller.update(real_logits)
        for model, optimizer, loss in (
            (self.encoder, self.encoder_optimizer, generator_loss),
            (self.decoder, self.decoder_optimizer, generator_loss),
            (self.discriminator, self.discriminator_optimizer, discriminator_loss),
        ):
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return generator_loss, discriminator_loss


def train(translator, images, batch_size, epochs):
    dataset = tf.data.Dataset.from_tensor_slices(images).batch(batch_size, drop_remainder=True)
    for _ in range(epochs):
        for batch in dataset:
            translator.train_step(batch, -batch)
