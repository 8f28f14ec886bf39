"""The methods beside ADA in a GAN of somebody else: a line or two each, saved, and on replicas."""

import numpy as np
import pytest
import tensorflow as tf

import ada_tf

keras = tf.keras


class Gan(keras.Model):
    """A relativistic GAN of two dense layers with ADA, APA, R2, and consistency; or one of levels, with LeCam."""

    def __init__(self, relativistic):
        super().__init__()
        dense = lambda n: keras.layers.Dense(n, kernel_initializer=keras.initializers.Ones())  # noqa: E731
        self.generator = keras.Sequential([dense(48), keras.layers.Reshape((4, 4, 3))])
        self.critic = keras.Sequential([keras.layers.Flatten(), dense(1)])
        self.generator.build((None, 2))
        self.critic.build((None, 4, 4, 3))
        self.ada = ada_tf.AdaptiveAugmentation("diffaugment", p=0.5)
        self.lecam = ada_tf.LeCam()
        self.relativistic = relativistic
        self.built = True

    def train_step(self, real):
        z = tf.ones([4, 2])
        with tf.GradientTape(persistent=True) as tape:
            fake = self.generator(z)
            real_output = self.critic(self.ada(self.ada.pseudo_reals(real, fake)))
            fake_output, slopes = ada_tf.with_gradients(lambda x: self.critic(self.ada(x)), fake)
            if self.relativistic:
                loss = ada_tf.discriminator_relativistic_loss(fake_output, real_output)
                loss += ada_tf.squared_norm(slopes)[:, None]
            else:
                loss = 0.01 * self.lecam(real_output, fake_output)
            again = ada_tf.consistency(self.critic, real, self.critic(real), seed=[1, 2])
            d_loss = tf.reduce_mean(loss) + again
            g_loss = tf.reduce_mean(ada_tf.generator_relativistic_loss(fake_output, real_output))
        weights = self.critic.trainable_variables
        slopes = tape.gradient(d_loss, weights)
        self.ada.observe(real_output, threshold=fake_output)
        return {"d_loss": d_loss, "g_loss": g_loss, "slope": tf.reduce_sum(tf.abs(slopes[0]))}


REALS = np.linspace(-1, 1, 8 * 48, dtype=np.float32).reshape(8, 4, 4, 3)


def trained(relativistic):
    gan = Gan(relativistic)
    gan.compile()
    callback = ada_tf.AdaCallback(gan.ada, kimg=1, interval=2, checks=())
    history = gan.fit(REALS, batch_size=4, epochs=1, verbose=0, callbacks=[callback])
    return gan, history.history


@pytest.mark.parametrize("relativistic", [True, False])
def test_methods_train_in_a_fit(relativistic):
    gan, history = trained(relativistic)
    assert all(np.isfinite(v).all() for v in history.values())
    assert history["slope"][0] > 0
    # p moved by the differences: all pairs alike in their order move it by all 8 images.
    assert abs(float(tf.convert_to_tensor(gan.ada.p)) - 0.5) == pytest.approx(0.008, abs=1e-6)


@pytest.mark.filterwarnings("ignore:__array__ implementation")
def test_running_means_are_saved_with_the_model(tmp_path):
    gan, _ = trained(False)
    path = str(tmp_path / "gan.weights.h5")
    gan.save_weights(path)
    other = Gan(False)
    other.load_weights(path)
    assert float(other.lecam.share) == pytest.approx(1 - 0.99**2)
    for a, b in zip(gan.lecam.get_weights(), other.lecam.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_replicas_agree_on_the_running_means():
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    with strategy.scope():
        layer = ada_tf.LeCam(decay=0.5)

    @tf.function
    def step():
        def replica():
            number = tf.cast(
                tf.distribute.get_replica_context().replica_id_in_sync_group, tf.float32
            )
            return layer(tf.fill([2, 1], 2 * number), tf.zeros([2, 1]))

        strategy.run(replica)

    step()
    assert [float(np.asarray(w)) for w in layer.get_weights()] == [0.5, 0.0, 0.5]


def test_methods_within_a_discriminator_take_the_p_of_a_layer():
    """Bits as a further input, dropout after a product, orientations as a second output."""
    ada = ada_tf.AdaptiveAugmentation("none", p=0.5)
    images, bits = keras.Input((4, 4, 3)), keras.Input((16,))
    inputs = keras.layers.Concatenate()([keras.layers.Flatten()(images), bits])
    trunk = keras.Model([images, bits], keras.layers.Dense(8)(inputs))
    output, orientation = keras.layers.Dense(1), keras.layers.Dense(4)
    output.build((None, 8))
    orientation.build((None, 8))
    weights = [*trunk.trainable_variables, output.kernel, orientation.kernel]

    @tf.function
    def step(real, seed):
        drawn = ada_tf.progressive_bits(seed, 4, ada.p)
        with tf.GradientTape() as tape:
            features = ada_tf.adaptive_dropout(trunk([ada(real), drawn]), ada.p, seed + 1)
            real_output = output(features) * ada_tf.checksum_sign(drawn)
            turned = trunk([ada_tf.rotations(real), tf.zeros([16, 16])])
            d_loss = tf.reduce_mean(tf.nn.softplus(-real_output))
            d_loss += 5 * tf.reduce_mean(ada_tf.rotation_loss(orientation(turned)))
        ada.observe(real_output)
        return tape.gradient(d_loss, weights)

    slopes = step(tf.constant(REALS[:4]), tf.constant([1, 2]))
    for slope in slopes:
        assert np.isfinite(slope).all()
        assert np.abs(slope).max() > 0
    assert ada.observed().images == 4
