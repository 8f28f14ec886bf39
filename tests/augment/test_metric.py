"""The metric that observes what a discriminator is trained on as a classifier."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import AdaCallback, AdaptiveAugmentation
from ada_tf.augment.watch import UseWatch
from tests.sentences import refused

OUTPUT = tf.constant([[0.9], [0.6], [0.2], [0.8], [0.1]])
LABELS = tf.constant([[1.0], [0.9], [1.0], [0.0], [0.1]])


def test_real_images_alone_are_observed():
    ada = AdaptiveAugmentation()
    watch = UseWatch.attach(ada)
    metric = ada.metric()
    metric.update_state(LABELS, OUTPUT)
    seen, counts = ada.observed(), watch.read()
    assert (seen.signs, seen.count, seen.images, seen.batches) == (1.0, 3.0, 3.0, 1.0)
    assert (seen.real, seen.fake) == (pytest.approx(1.7), pytest.approx(0.9))
    assert (seen.fake_count, seen.validation_count) == (2.0, 0.0)
    assert float(metric.result()) == pytest.approx(1 / 3)
    assert (counts.outputs, counts.pairs) == (1.0, 1.0)
    means = 1.7 / 3 - 0.5, 0.9 / 2 - 0.5
    assert (counts.real, counts.fake) == (pytest.approx(means[0]), pytest.approx(means[1]))
    assert (counts.least, counts.greatest) == (pytest.approx(0.1), pytest.approx(0.9))
    metric.update_state(tf.zeros([2, 1]), OUTPUT[3:])  # no round of the callback
    assert ada.observed().batches == 1.0
    assert watch.read().pairs == 1.0
    metric.reset_state()
    assert float(metric.result()) == 0.0
    assert ada.observed().images == 3.0  # what the layer has seen is not that of an epoch


def test_other_labels():
    ada = AdaptiveAugmentation()
    watch = UseWatch.attach(ada)
    ada.metric(real_label=0.0).update_state(1.0 - LABELS, 1.0 - OUTPUT)
    assert (ada.observed().signs, ada.observed().images) == (1.0, 3.0)
    assert (ada.observer.threshold, ada.observer.real_is_high) == (0.5, False)
    ada.reset_observed()
    critic = ada.metric(real_label=-1.0, threshold=0.0, real_is_high=True)
    critic.update_state(tf.constant([[-1.0], [1.0]]), tf.constant([[3.0], [-2.0]]))
    assert (ada.observed().signs, ada.observed().images) == (1.0, 1.0)
    ada.reset_observed()
    watch.reset()
    ada.metric().update_state(LABELS, 1.0 - OUTPUT)
    assert watch.read().real < 0.0 < watch.read().fake


def test_patches_with_a_label_each_or_one_an_image():
    for labels in (tf.reshape(tf.repeat([1.0, 0.0], 4), [2, 2, 2, 1]), tf.constant([1.0, 0.0])):
        ada = AdaptiveAugmentation()
        ada.metric().update_state(labels, tf.ones([2, 2, 2, 1]))
        seen = ada.observed()
        assert (seen.signs, seen.count, seen.images, seen.fake_count) == (4.0, 4.0, 1.0, 4.0)


@pytest.mark.parametrize("threshold", ["middle", float("nan")])
def test_refusals(threshold):
    with refused("threshold="):
        AdaptiveAugmentation().metric(threshold=threshold)


def classifier(ada, **options):
    layers = [tf.keras.Input([4, 4, 1]), ada, tf.keras.layers.Flatten()]
    model = tf.keras.Sequential([*layers, tf.keras.layers.Dense(1, activation="sigmoid")])
    kernel, _ = model.layers[-1].get_weights()
    model.layers[-1].set_weights([kernel * 0, np.array([9.0], np.float32)])  # all is real
    model.compile("sgd", "binary_crossentropy", metrics=[ada.metric()], **options)
    return model


@pytest.mark.parametrize("options", [{}, {"jit_compile": True}])
def test_p_is_that_of_the_images_counted(options):
    """16 rounds of train_on_batch, 4 real images each, beside as many generated ones."""
    ada = AdaptiveAugmentation({"xflip": 1}, name="ada")
    model, callback = classifier(ada, **options), AdaCallback(ada, kimg=1)
    x = np.random.default_rng(0).uniform(-1, 1, [4, 4, 4, 1]).astype(np.float32)
    for _ in range(16):
        model.train_on_batch(x, np.ones([4, 1]))
        model.train_on_batch(x, np.zeros([4, 1]))
        callback.step()
    assert float(tf.convert_to_tensor(ada.p)) == pytest.approx(64 / 1000)


def test_beside_fit():
    ada = AdaptiveAugmentation({"xflip": 1}, name="ada")
    x = np.random.default_rng(0).uniform(-1, 1, [32, 4, 4, 1]).astype(np.float32)
    y = np.tile([[1.0], [0.0]], [16, 1])
    callback = AdaCallback(kimg=1)
    history = (
        classifier(ada)
        .fit(x, y, batch_size=4, verbose=0, shuffle=False, callbacks=[callback])
        .history
    )
    assert float(tf.convert_to_tensor(ada.p)) == pytest.approx(16 / 1000)
    assert "ada_p" in history


@pytest.mark.filterwarnings("ignore:__array__ implementation")
def test_a_saved_model_measures_without_its_layer(tmp_path):
    ada = AdaptiveAugmentation(name="ada")
    model = classifier(ada)
    model.train_on_batch(np.ones([2, 4, 4, 1]), np.ones([2, 1]))
    model.save(str(tmp_path / "d.keras"))
    again = tf.keras.models.load_model(str(tmp_path / "d.keras"))
    before = again.get_layer("ada").observed()
    again.train_on_batch(np.ones([2, 4, 4, 1]), np.ones([2, 1]))
    assert again.get_layer("ada").observed() == before
