"""A plain Keras DCGAN, none of this package, that is scored while `fit` trains it.

python experiments/any_gan_scores/dcgan.py --outdir=/tmp/dcgan
"""

import pathlib

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags
from keras import layers

from ada_tf.data import DataConfig, open_dataset
from ada_tf.metrics import ScoreCallback

SIDE, Z = 16, 32

flags.DEFINE_string("outdir", None, "New folder of the results.", required=True)
flags.DEFINE_integer("images", 300, "Digits that are trained on, and as many that are held out.")
flags.DEFINE_integer("epochs", 600, "Times that all are shown.")
flags.DEFINE_integer("every", 60, "Epochs between two scores.")


def make_generator():
    return keras.Sequential(
        [
            keras.Input([Z]),
            *block(layers.Dense(4 * 4 * 64)),
            layers.Reshape([4, 4, 64]),
            *block(layers.Conv2DTranspose(32, 4, 2, "same")),
            layers.Conv2DTranspose(1, 4, 2, "same", activation="tanh"),
        ],
        name="generator",
    )


def block(layer):
    return layer, layers.BatchNormalization(), layers.ReLU()


def make_discriminator():
    return keras.Sequential(
        [
            keras.Input([SIDE, SIDE, 1]),
            layers.Conv2D(32, 4, 2, "same"),
            layers.LeakyReLU(0.2),
            layers.Conv2D(64, 4, 2, "same"),
            layers.LeakyReLU(0.2),
            layers.Flatten(),
            layers.Dense(1),
        ],
        name="discriminator",
    )


class Dcgan(keras.Model):
    """arXiv:1511.06434, with the loss of logits."""

    def __init__(self):
        super().__init__()
        self.generator, self.discriminator = make_generator(), make_discriminator()
        self.built = True

    def compile(self):
        super().compile()
        self.g_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)
        self.d_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)

    def train_step(self, reals):
        z = tf.random.normal([tf.shape(reals)[0], Z])
        with tf.GradientTape(persistent=True) as tape:
            fakes = self.generator(z, training=True)
            real_logits = self.discriminator(reals, training=True)
            fake_logits = self.discriminator(fakes, training=True)
            d_loss = tf.reduce_mean(tf.nn.softplus(-real_logits) + tf.nn.softplus(fake_logits))
            g_loss = tf.reduce_mean(tf.nn.softplus(-fake_logits))
        for loss, network, optimizer in (
            (d_loss, self.discriminator, self.d_optimizer),
            (g_loss, self.generator, self.g_optimizer),
        ):
            weights = network.trainable_variables
            optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return {"d_loss": d_loss, "g_loss": g_loss}


def digits(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Training and held-out images, uint8 [count, 16, 16, 1] each."""
    dataset = open_dataset(DataConfig("digits", SIDE, subset=count, validation=count))
    return tuple(part.images(np.arange(count)) for part in (dataset, dataset.validation))


def main(argv):
    values = flags.FLAGS
    outdir = pathlib.Path(values.outdir)
    outdir.mkdir(parents=True)
    keras.utils.set_random_seed(0)
    photos, held_out = digits(values.images)
    floats = photos.astype(np.float32) / 127.5 - 1
    batches = tf.data.Dataset.from_tensor_slices(floats).shuffle(len(floats), seed=0)
    batches = batches.batch(30, drop_remainder=True)
    gan = Dcgan()
    gan.compile()
    scores = ScoreCallback(
        photos,
        held_out,
        metrics="kid,pr",
        every=values.every,
        copies=values.images,
        save=outdir / "best.keras",
    )
    gan.fit(
        batches,
        epochs=values.epochs,
        shuffle=False,
        verbose=0,
        callbacks=[scores, keras.callbacks.CSVLogger(outdir / "log.csv")],
    )
    print(f"kept: val_kid {scores.best.value:.4f}")


if __name__ == "__main__":
    app.run(main)
