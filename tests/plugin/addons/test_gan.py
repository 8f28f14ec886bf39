"""ADA in a GAN built with layers and an optimizer of tensorflow-addons."""

import pytest
import tensorflow as tf
import tensorflow_addons as tfa

from ada_tf import AdaCallback, AdaptiveAugmentation

keras, layers = tf.keras, tf.keras.layers
SIZE, LATENT_DIM = 16, 8


def make_discriminator():
    return keras.Sequential(
        [
            keras.Input([SIZE, SIZE, 3]),
            tfa.layers.SpectralNormalization(layers.Conv2D(8, 4, strides=2, padding="same")),
            layers.LeakyReLU(0.2),
            tfa.layers.SpectralNormalization(layers.Conv2D(16, 4, strides=2, padding="same")),
            tfa.layers.InstanceNormalization(),
            layers.LeakyReLU(0.2),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )


def make_generator():
    return keras.Sequential(
        [
            keras.Input([LATENT_DIM]),
            layers.Dense(4 * 4 * 16),
            layers.Reshape([4, 4, 16]),
            tfa.layers.InstanceNormalization(),
            layers.Conv2DTranspose(8, 4, strides=2, padding="same", activation="relu"),
            layers.Conv2DTranspose(3, 4, strides=2, padding="same", activation="tanh"),
        ]
    )


class GAN(keras.Model):
    def __init__(self):
        super().__init__()
        self.ada = AdaptiveAugmentation()
        self.discriminator, self.generator = make_discriminator(), make_generator()

    def compile(self, d_optimizer, g_optimizer, **options):
        super().compile(**options)
        self.d_optimizer, self.g_optimizer = d_optimizer, g_optimizer

    def train_step(self, images):
        with tf.GradientTape(persistent=True) as tape:
            fakes = self.generator(tf.random.normal([4, LATENT_DIM]), training=True)
            fake_output = self.discriminator(self.ada(fakes), training=True)
            real_output = self.discriminator(self.ada(images), training=True)
            g_loss = tf.reduce_mean(tf.nn.softplus(-fake_output))
            d_loss = tf.reduce_mean(tf.nn.softplus(fake_output) + tf.nn.softplus(-real_output))
        self.ada.observe(real_output)
        for model, optimizer, loss in (
            (self.discriminator, self.d_optimizer, d_loss),
            (self.generator, self.g_optimizer, g_loss),
        ):
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return {"d_loss": d_loss, "g_loss": g_loss}


@pytest.mark.parametrize("jit_compile", [False, True])
def test_trains_and_p_follows(jit_compile):
    gan = GAN()
    gan.compile(
        tfa.optimizers.RectifiedAdam(1e-4),
        tfa.optimizers.MovingAverage("adam", average_decay=0.9),
        jit_compile=jit_compile,
    )
    images = tf.random.stateless_uniform([32, SIZE, SIZE, 3], [1, 2], -1.0, 1.0)
    data = tf.data.Dataset.from_tensor_slices(images).batch(4, drop_remainder=True)
    head = gan.discriminator.layers[-1]
    callback = AdaCallback(gan.ada, kimg=1)
    for bias, expected in ((10.0, 0.032), (-10.0, 0.0)):
        head.bias.assign([bias])
        before = [v.numpy() for v in gan.generator.trainable_variables]
        history = gan.fit(data, epochs=1, verbose=0, callbacks=[callback]).history
        assert float(gan.ada.p) == pytest.approx(expected, abs=1e-6)
        assert history["ada_p"] == [pytest.approx(expected, abs=1e-6)]
        after = gan.generator.trainable_variables
        assert any((a != b).any() for a, b in zip(before, [v.numpy() for v in after], strict=True))
