"""Files that version 0.2 wrote of a layer: a discriminator, its weights, a checkpoint."""

import pathlib

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import AdaptiveAugmentation, AugmentPolicy

FILES = pathlib.Path(__file__).parent / "v0_2"
POLICY = AugmentPolicy(xflip=1.0, hue=0.5, imgfilter_bands=(1, 1, 0, 0))


def check_state(ada):
    """One call, p moved to 0.7, three real images observed."""
    assert float(tf.convert_to_tensor(ada.p)) == np.float32(0.7)
    assert int(ada._calls) == 1
    seen = ada.observed()
    assert (seen.signs, seen.count, seen.real, seen.images, seen.batches) == (1, 3, 4, 3, 1)


def discriminator():
    layers = [
        tf.keras.Input([8, 8, 3]),
        AdaptiveAugmentation(POLICY, name="ada"),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(1, activation="sigmoid", name="judge"),
    ]
    return tf.keras.Sequential(layers, name="discriminator")


@pytest.mark.skipif(not hasattr(tf.keras, "ops"), reason="Keras 3 wrote it")
def test_a_saved_model():
    model = tf.keras.models.load_model(str(FILES / "discriminator.keras"))
    ada = model.get_layer("ada")
    check_state(ada)
    assert (ada.policy, ada.value_range, ada.seed) == (POLICY, (0.0, 1.0), 9)
    x = np.random.default_rng(0).uniform(0, 1, [2, 8, 8, 3]).astype(np.float32)
    assert model(x, training=True).shape == (2, 1)


@pytest.mark.skipif(not hasattr(tf.keras, "ops"), reason="Keras 3 wrote it")
def test_weights():
    model = discriminator()
    model.load_weights(str(FILES / "discriminator.weights.h5"))
    check_state(model.get_layer("ada"))
    np.testing.assert_array_equal(model.get_layer("judge").kernel, np.ones([192, 1]))


@pytest.mark.skipif(not hasattr(tf.keras, "ops"), reason="Keras 3 wrote it")
def test_a_checkpoint():
    ada = AdaptiveAugmentation(POLICY)
    status = tf.train.Checkpoint(ada=ada).read(str(FILES / "checkpoint"))
    status.assert_existing_objects_matched()
    check_state(ada)


def test_arguments_that_are_gone_are_accepted(monkeypatch):
    said = []
    monkeypatch.setattr("absl.logging.warning", lambda text, *values: said.append(text % values))
    AdaptiveAugmentation(check_range=True, check_use=False)
    assert said == [
        "AdaptiveAugmentation(check_use=False) has no effect any more: AdaCallback(checks=...) says "
        "what is checked."
    ]
    config = AdaptiveAugmentation().get_config()
    AdaptiveAugmentation.from_config({**config, "check_range": False, "check_use": False})
    assert len(said) == 1
