"""What ADA costs: a Keras DCGAN, 64x64, batch 32, without, and with layer, observe, callback.

    python experiments/plugin/overhead.py --jit=false

The three variants take turns, so that a busy machine slows all of them; the median step counts.
"""

import statistics
import time

import tensorflow as tf
from absl import app, flags

from ada_tf import AdaCallback, AdaptiveAugmentation

keras, layers = tf.keras, tf.keras.layers

FLAGS = flags.FLAGS
flags.DEFINE_boolean("jit", False, "Compile the training step with XLA.")
flags.DEFINE_integer("rounds", 5, "How often each variant gets its turn.")
flags.DEFINE_integer("steps", 8, "Steps of one turn; the first is not counted.")

BATCH, SIZE, LATENT_DIM = 32, 64, 128


def make_discriminator():
    """The discriminator of DCGAN (arXiv:1511.06434) in its usual size for 64x64."""
    model = [keras.Input([SIZE, SIZE, 3])]
    for filters in (64, 128, 256, 512):
        model += [layers.Conv2D(filters, 4, strides=2, padding="same"), layers.LeakyReLU(0.2)]
    return keras.Sequential([*model, layers.Flatten(), layers.Dense(1)])


def make_generator():
    """Its generator."""
    model = [keras.Input([LATENT_DIM]), layers.Dense(4 * 4 * 512), layers.Reshape([4, 4, 512])]
    for filters in (256, 128, 64):
        model.append(layers.Conv2DTranspose(filters, 4, strides=2, padding="same"))
        model += [layers.BatchNormalization(), layers.ReLU()]
    model.append(layers.Conv2DTranspose(3, 4, strides=2, padding="same", activation="tanh"))
    return keras.Sequential(model)


class DCGAN(keras.Model):
    def __init__(self, augmentation=None):
        super().__init__()
        self.discriminator, self.generator = make_discriminator(), make_generator()
        self.ada = augmentation
        self.d_optimizer, self.g_optimizer = (
            keras.optimizers.Adam(1e-4),
            keras.optimizers.Adam(1e-4),
        )
        self.built = True

    def score(self, images):
        images = images if self.ada is None else self.ada(images)
        return self.discriminator(images, training=True)

    def train_step(self, images):
        with tf.GradientTape() as tape:
            fakes = self.generator(tf.random.normal([BATCH, LATENT_DIM]), training=True)
            fake, real = self.score(fakes), self.score(images)
            d_loss = tf.reduce_mean(tf.nn.softplus(fake) + tf.nn.softplus(-real))
        if self.ada is not None:
            self.ada.observe(real)
        weights = self.discriminator.trainable_variables
        self.d_optimizer.apply_gradients(zip(tape.gradient(d_loss, weights), weights, strict=True))
        with tf.GradientTape() as tape:
            fakes = self.generator(tf.random.normal([BATCH, LATENT_DIM]), training=True)
            g_loss = tf.reduce_mean(tf.nn.softplus(-self.score(fakes)))
        weights = self.generator.trainable_variables
        self.g_optimizer.apply_gradients(zip(tape.gradient(g_loss, weights), weights, strict=True))
        return {"d_loss": d_loss, "g_loss": g_loss}


class Clock(keras.callbacks.Callback):
    """Seconds from the end of one batch to the end of the next, all callbacks included."""

    def __init__(self):
        super().__init__()
        self.seconds, self.last = [], None

    def on_train_begin(self, logs=None):
        self.last = None

    def on_train_batch_end(self, batch, logs=None):
        now = time.perf_counter()
        if self.last is not None:
            self.seconds.append(now - self.last)
        self.last = now


def main(_):
    images = tf.random.uniform([BATCH, SIZE, SIZE, 3], -1.0, 1.0)
    data = tf.data.Dataset.from_tensors(images).repeat()
    variants = {}
    for name, p in {"without": None, "p=0": 0.0, "p=0.5": 0.5}.items():
        ada = None if p is None else AdaptiveAugmentation("bgc", p=p)
        gan = DCGAN(ada)
        gan.compile(jit_compile=FLAGS.jit)
        # With this kimg p stays where it is.
        control = [] if ada is None else [AdaCallback(ada, kimg=1e9)]
        variants[name] = gan, control, Clock()
        gan.fit(data, steps_per_epoch=1, verbose=0, callbacks=control)  # trace and compile
    for _ in range(FLAGS.rounds):
        for gan, control, clock in variants.values():
            gan.fit(data, steps_per_epoch=FLAGS.steps, verbose=0, callbacks=[*control, clock])
    base = statistics.median(variants["without"][2].seconds)
    for name, (_, _, clock) in variants.items():
        median = statistics.median(clock.seconds)
        print(
            f"{name:8}{median * 1000:8.0f} ms a step  {100 * (median / base - 1):+5.1f} %",
            flush=True,
        )


if __name__ == "__main__":
    app.run(main)
