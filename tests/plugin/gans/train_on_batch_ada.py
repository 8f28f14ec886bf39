"""DCGAN by train_on_batch: a compiled discriminator, and both networks as one model."""

import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

from ada_tf import AdaCallback, AdaptiveAugmentation

LATENT_DIM = 16
SIZE = 16


class DCGAN:
    def __init__(self):
        optimizer = keras.optimizers.Adam(0.0002, 0.5)
        self.ada = AdaptiveAugmentation(value_range=(-1, 1))
        self.discriminator = self.build_discriminator()
        self.discriminator.compile(
            loss="binary_crossentropy", optimizer=optimizer, metrics=["accuracy", self.ada.metric()]
        )
        self.generator = self.build_generator()
        z = keras.Input(shape=(LATENT_DIM,))
        self.discriminator.trainable = False
        self.combined = keras.Model(z, self.discriminator(self.generator(z)))
        self.combined.compile(
            loss="binary_crossentropy", optimizer=keras.optimizers.Adam(0.0002, 0.5)
        )

    def build_generator(self):
        model = keras.Sequential()
        model.add(layers.Dense(4 * 4 * 16, activation="relu"))
        model.add(layers.Reshape((4, 4, 16)))
        model.add(layers.UpSampling2D())
        model.add(layers.Conv2D(8, 3, padding="same", activation="relu"))
        model.add(layers.UpSampling2D())
        model.add(layers.Conv2D(1, 3, padding="same", activation="tanh"))
        return model

    def build_discriminator(self):
        model = keras.Sequential()
        model.add(keras.Input(shape=(SIZE, SIZE, 1)))
        model.add(self.ada)
        model.add(layers.Conv2D(8, 3, strides=2, padding="same"))
        model.add(layers.LeakyReLU(0.2))
        model.add(layers.Dropout(0.25))
        model.add(layers.Flatten())
        model.add(layers.Dense(1, activation="sigmoid"))
        return model

    def train(self, images, batch_size, epochs):
        valid = np.ones((batch_size, 1))
        fake = np.zeros((batch_size, 1))
        callback = AdaCallback(self.ada)
        for _ in range(epochs * len(images) // batch_size):
            imgs = images[np.random.randint(0, len(images), batch_size)]
            noise = np.random.normal(0, 1, (batch_size, LATENT_DIM))
            gen_imgs = self.generator.predict(noise, verbose=0)
            self.discriminator.trainable = True
            self.discriminator.train_on_batch(imgs, valid)
            self.discriminator.train_on_batch(gen_imgs, fake)
            self.discriminator.trainable = False
            self.combined.train_on_batch(noise, valid)
            callback.step()


def build():
    return DCGAN()


def train(gan, images, batch_size, epochs):
    gan.train(images.numpy(), batch_size, epochs)
