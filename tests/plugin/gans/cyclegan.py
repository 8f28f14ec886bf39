"""CycleGAN: two discriminators with maps of patches, least-squares loss, four optimizers."""

# ruff: noqa: B905

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

SIZE = 16


def get_generator(name):
    img_input = layers.Input(shape=(SIZE, SIZE, 3))
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(img_input)
    x = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(x)
    x = layers.Conv2DTranspose(8, 3, strides=2, padding="same", activation="relu")(x)
    x = layers.Conv2D(3, 7, padding="same", activation="tanh")(x)
    return keras.models.Model(img_input, x, name=name)


def get_discriminator(name):
    img_input = layers.Input(shape=(SIZE, SIZE, 3))
    x = layers.Conv2D(8, 4, strides=2, padding="same")(img_input)
    x = layers.LeakyReLU(0.2)(x)
    x = layers.Conv2D(16, 4, strides=2, padding="same")(x)
    x = layers.LeakyReLU(0.2)(x)
    x = layers.Conv2D(1, 4, strides=1, padding="same")(x)
    return keras.models.Model(img_input, x, name=name)


gen_G, gen_F = get_generator("generator_G"), get_generator("generator_F")
disc_X = get_discriminator("discriminator_X")
disc_Y = get_discriminator("discriminator_Y")


class CycleGan(keras.Model):
    def __init__(self, generator_G, generator_F, discriminator_X, discriminator_Y):
        super().__init__()
        self.gen_G = generator_G
        self.gen_F = generator_F
        self.disc_X = discriminator_X
        self.disc_Y = discriminator_Y
        self.lambda_cycle = 10.0
        self.lambda_identity = 0.5
        self.built = True

    def compile(
        self, gen_G_optimizer, gen_F_optimizer, disc_X_optimizer, disc_Y_optimizer, **options
    ):
        super().compile(**options)
        self.gen_G_optimizer = gen_G_optimizer
        self.gen_F_optimizer = gen_F_optimizer
        self.disc_X_optimizer = disc_X_optimizer
        self.disc_Y_optimizer = disc_Y_optimizer
        self.adv_loss_fn = keras.losses.MeanSquaredError()
        self.cycle_loss_fn = keras.losses.MeanAbsoluteError()

    def generator_loss(self, fake):
        return self.adv_loss_fn(tf.ones_like(fake), fake)

    def discriminator_loss(self, real, fake):
        real_loss = self.adv_loss_fn(tf.ones_like(real), real)
        fake_loss = self.adv_loss_fn(tf.zeros_like(fake), fake)
        return (real_loss + fake_loss) * 0.5

    def train_step(self, batch_data):
        real_x, real_y = batch_data
        with tf.GradientTape(persistent=True) as tape:
            fake_y = self.gen_G(real_x, training=True)
            fake_x = self.gen_F(real_y, training=True)
            cycled_x = self.gen_F(fake_y, training=True)
            cycled_y = self.gen_G(fake_x, training=True)
            same_x = self.gen_F(real_x, training=True)
            same_y = self.gen_G(real_y, training=True)

            disc_real_x = self.disc_X(real_x, training=True)
            disc_fake_x = self.disc_X(fake_x, training=True)
            disc_real_y = self.disc_Y(real_y, training=True)
            disc_fake_y = self.disc_Y(fake_y, training=True)

            cycle_loss_G = self.cycle_loss_fn(real_y, cycled_y) * self.lambda_cycle
            cycle_loss_F = self.cycle_loss_fn(real_x, cycled_x) * self.lambda_cycle
            id_weight = self.lambda_cycle * self.lambda_identity
            id_loss_G = self.cycle_loss_fn(real_y, same_y) * id_weight
            id_loss_F = self.cycle_loss_fn(real_x, same_x) * id_weight
            total_loss_G = self.generator_loss(disc_fake_y) + cycle_loss_G + id_loss_G
            total_loss_F = self.generator_loss(disc_fake_x) + cycle_loss_F + id_loss_F
            disc_X_loss = self.discriminator_loss(disc_real_x, disc_fake_x)
            disc_Y_loss = self.discriminator_loss(disc_real_y, disc_fake_y)

        grads_G = tape.gradient(total_loss_G, self.gen_G.trainable_variables)
        grads_F = tape.gradient(total_loss_F, self.gen_F.trainable_variables)
        disc_X_grads = tape.gradient(disc_X_loss, self.disc_X.trainable_variables)
        disc_Y_grads = tape.gradient(disc_Y_loss, self.disc_Y.trainable_variables)
        self.gen_G_optimizer.apply_gradients(zip(grads_G, self.gen_G.trainable_variables))
        self.gen_F_optimizer.apply_gradients(zip(grads_F, self.gen_F.trainable_variables))
        self.disc_X_optimizer.apply_gradients(zip(disc_X_grads, self.disc_X.trainable_variables))
        self.disc_Y_optimizer.apply_gradients(zip(disc_Y_grads, self.disc_Y.trainable_variables))
        return {"G_loss": total_loss_G, "D_X_loss": disc_X_loss, "D_Y_loss": disc_Y_loss}


def build(**options):
    cycle_gan = CycleGan(gen_G, gen_F, disc_X, disc_Y)
    cycle_gan.compile(
        gen_G_optimizer=keras.optimizers.Adam(learning_rate=2e-4, beta_1=0.5),
        gen_F_optimizer=keras.optimizers.Adam(learning_rate=2e-4, beta_1=0.5),
        disc_X_optimizer=keras.optimizers.Adam(learning_rate=2e-4, beta_1=0.5),
        disc_Y_optimizer=keras.optimizers.Adam(learning_rate=2e-4, beta_1=0.5),
        **options,
    )
    return cycle_gan


def train(cycle_gan, images, batch_size, epochs):
    horses = tf.data.Dataset.from_tensor_slices(images).batch(batch_size, drop_remainder=True)
    zebras = tf.data.Dataset.from_tensor_slices(-images).batch(batch_size, drop_remainder=True)
    callbacks = []
    dataset = tf.data.Dataset.zip((horses, zebras))
    cycle_gan.fit(dataset, epochs=epochs, verbose=0, callbacks=callbacks)
