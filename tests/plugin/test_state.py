"""What is saved is found again: p, the calls counted, what was observed since p last moved."""

import pathlib

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import AdaCallback

from .gans.loading import Script

# Keras 3 says this of every `fit` on a tf.data.Dataset, and NumPy of every save by Keras 3.
pytestmark = [
    pytest.mark.filterwarnings("ignore:`shuffle=True` was passed"),
    pytest.mark.filterwarnings("ignore:__array__ implementation"),
]


def build_optimizers(gan):
    """As a user must who saves optimizers: without, Keras finds nothing to load them into.

    `gan.optimizer` is the one that `compile` makes if it is given none.
    """
    gan.optimizer.build(gan.trainable_variables)
    gan.d_optimizer.build(gan.discriminator.trainable_variables)
    gan.g_optimizer.build(gan.generator.trainable_variables)


def dcgan():
    script = Script("dcgan_train_step_ada")
    build_optimizers(script.gan)
    return script


def disturb(layer):
    """A state that no fresh layer has; returns it."""
    layer.p.assign(0.25)
    layer.observe(tf.ones([3, 1]))
    layer(tf.zeros([1, 16, 16, 3]) + 0.5)
    return state(layer)


def state(layer):
    return [np.asarray(tf.convert_to_tensor(v)).tolist() for v in (layer.p, layer._calls)] + [
        layer.observed()
    ]


def test_save_weights(tmp_path):
    saved, fresh = dcgan(), dcgan()
    expected = disturb(saved.gan.ada)
    saved.gan.save_weights(str(tmp_path / "gan.weights.h5"))
    assert state(fresh.gan.ada) != expected
    fresh.gan.load_weights(str(tmp_path / "gan.weights.h5"))
    assert state(fresh.gan.ada) == expected


def test_checkpoint_of_a_loop_holds_p_with_the_discriminator(tmp_path):
    saved, fresh = Script("dcgan_function_ada"), Script("dcgan_function_ada")
    for script in (saved, fresh):
        script.train()
    layer = saved.module.ada
    layer.p.assign(0.25)
    layer.observe(tf.ones([3, 1]))
    path = saved.module.checkpoint.write(str(tmp_path / "c"))
    fresh.module.checkpoint.read(path).assert_consumed()
    assert state(fresh.module.ada) == state(layer)


def test_model_save(tmp_path):
    """The augmentation within a discriminator, built again from its configuration."""
    saved = Script("cyclegan_ada")
    discriminator = saved.gan.disc_X
    expected = disturb(discriminator.get_layer("ada"))
    discriminator.save(str(tmp_path / "d.keras"))
    fresh = tf.keras.models.load_model(str(tmp_path / "d.keras"))
    assert state(fresh.get_layer("ada")) == expected
    x = saved.images[:2]
    np.testing.assert_allclose(fresh(x, training=False), discriminator(x, training=False), 1e-5)


class Killed(Exception):
    pass


class KillAfter(tf.keras.callbacks.Callback):
    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise Killed


def course(layer):
    """What of the state does not depend on the weights, which are random."""
    p, calls, seen = state(layer)
    return p, calls, seen.signs, seen.count, seen.images, seen.batches


def fit(script, folder: pathlib.Path, *more):
    """Three epochs of five batches, so that one is left over from the steps of p."""
    callbacks = [
        AdaCallback(script.gan.ada, kimg=1),
        tf.keras.callbacks.BackupAndRestore(str(folder)),
        *more,
    ]
    data = tf.data.Dataset.from_tensor_slices(script.images[:20]).batch(4, drop_remainder=True)
    script.gan.fit(data, epochs=3, verbose=0, callbacks=callbacks)


def test_backup_and_restore(tmp_path):
    whole, killed, again = dcgan(), dcgan(), dcgan()
    for script in (whole, killed):
        script.judge_real_images(as_real=True)
    fit(whole, tmp_path / "whole")
    with pytest.raises(Killed):
        fit(killed, tmp_path / "killed", KillAfter(2))
    fit(again, tmp_path / "killed")
    assert course(again.gan.ada) == course(whole.gan.ada)
    assert whole.p == [pytest.approx(3 * 16 / 1000)]
