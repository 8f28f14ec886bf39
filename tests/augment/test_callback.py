"""The callback: beside `fit` in its variants, its rhythm, and what it says."""

import math

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import AdaCallback, AdaptiveAugmentation
from tests.sentences import refused

from ..plugin.replicas import two_replicas

BATCH = 4


class TinyGAN(tf.keras.Model):
    """A user's model: a discriminator that is trained on augmented images, and calls observe."""

    def __init__(self, observes=True):
        super().__init__()
        self.ada = AdaptiveAugmentation("color", p=0.1)
        self.discriminator = tf.keras.Sequential([tf.keras.layers.Dense(1)])
        self.discriminator.build([None, 48])
        self.observes = observes
        self.built = True

    def train_step(self, images):
        with tf.GradientTape() as tape:
            augmented = tf.reshape(self.ada(images), [-1, 48])
            output = self.discriminator(augmented, training=True)
            loss = tf.reduce_mean(tf.square(output - 1.0))
        weights = self.discriminator.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        if self.observes:
            self.ada.observe(tf.ones_like(output))
        return {"loss": loss}


def train(steps=8, strategy=None, callback=None, observes=True, **compile_options):
    """Train for `steps` batches; returns the model and the history."""
    strategy = strategy or tf.distribute.get_strategy()
    with strategy.scope():
        model = TinyGAN(observes)
        optimizer = tf.keras.optimizers.SGD(1e-3)
        optimizer.build(model.discriminator.trainable_variables)
        model.compile(optimizer=optimizer, **compile_options)
    data = tf.data.Dataset.from_tensor_slices(tf.ones([BATCH * steps, 4, 4, 3])).batch(BATCH, True)
    callback = callback(model.ada)
    history = model.fit(data, epochs=1, verbose=0, shuffle=False, callbacks=[callback])
    return model, history.history, callback


def p_of(layer):
    return float(np.asarray(tf.convert_to_tensor(layer.p)))


@pytest.mark.parametrize("options", [{}, {"jit_compile": True}, {"steps_per_execution": 3}])
def test_beside_fit(options):
    """8 batches of 4 images: 2 steps of 16 images, or, read after 3, 6, 8 batches, one of 24."""
    model, history, _ = train(callback=lambda ada: AdaCallback(ada, kimg=1), **options)
    images = 24 if "steps_per_execution" in options else 32
    assert p_of(model.ada) == pytest.approx(0.1 + images / 1000)
    assert history["ada_p"] == [pytest.approx(0.1 + images / 1000)]
    assert history["ada_rt"] == [1.0]
    assert model.ada.observed().images == 32 - images


def test_beside_fit_on_two_replicas():
    strategy = two_replicas()
    model, _, _ = train(strategy=strategy, callback=lambda ada: AdaCallback(ada, kimg=1))
    assert p_of(model.ada) == pytest.approx(0.1 + 32 / 1000)


def feed(callback, layers, batches, output, **observe):
    """Run a loop without `fit`; returns the p after each batch."""
    p, layers = [], layers if isinstance(layers, list) else [layers]
    for step in range(batches):
        for layer in layers:
            layer.observe(output, **observe)
        logs = {}
        callback.on_train_batch_end(step, logs)
        p.append([p_of(layer) for layer in layers])
    return np.squeeze(np.array(p)), logs


def test_steps_every_four_batches():
    layer = AdaptiveAugmentation()
    p, logs = feed(AdaCallback(layer, kimg=1), layer, 9, tf.ones([10, 2, 2, 1]))
    np.testing.assert_allclose(p, [0, 0, 0, 0.04, 0.04, 0.04, 0.04, 0.08, 0.08], atol=1e-6)
    assert logs == {"ada_p": pytest.approx(0.08), "ada_rt": 1.0}
    assert layer.observed().batches == 1


def test_the_device_is_read_only_when_a_step_is_due():
    class Counting(AdaptiveAugmentation):
        reads = 0

        def observed(self):
            self.reads += 1
            return super().observed()

    layer = Counting()
    feed(AdaCallback(layer, kimg=1), layer, 40, tf.ones([10, 1]))
    assert layer.reads == 11  # the first batch tells the rhythm


def test_steps_every_so_many_images():
    layer = AdaptiveAugmentation()
    p, _ = feed(AdaCallback(layer, kimg=1, interval_images=25), layer, 6, tf.ones([10, 1]))
    np.testing.assert_allclose(p, [0, 0, 0.03, 0.03, 0.03, 0.06], atol=1e-6)


def test_further_passes_do_not_count_as_images():
    layer, logs = AdaptiveAugmentation(), {}
    callback = AdaCallback(layer, kimg=1)
    for step in range(4):
        layer.observe(tf.ones([10, 1]))
        layer.observe(-tf.ones([10, 1]), count_images=False)
        callback.on_train_batch_end(step, logs)
    assert logs["ada_rt"] == 0.0
    assert p_of(layer) == 0.0
    layer.p.assign(0.5)
    feed(callback, layer, 4, -tf.ones([10, 1]))
    assert p_of(layer) == pytest.approx(0.46)


def test_slow_batches_are_seen_late_but_counted():
    """A callback that is called twice a batch moves p in the same rhythm."""
    layer = AdaptiveAugmentation()
    callback = AdaCallback(layer, kimg=1)
    for step in range(8):
        if step % 2 == 0:
            layer.observe(tf.ones([10, 1]))
        callback.on_train_batch_end(step)
    assert p_of(layer) == pytest.approx(0.04)


def test_each_layer_has_its_own_p():
    layers = [AdaptiveAugmentation(name="a"), AdaptiveAugmentation(name="b", p=0.2)]
    _, logs = feed(AdaCallback(layers, kimg=1, cap=0.23), layers, 4, tf.ones([10, 1]))
    assert logs["a_ada_p"] == pytest.approx(0.04)
    assert logs["b_ada_p"] == pytest.approx(0.23)


def test_layers_of_one_name_are_numbered():
    layers = [AdaptiveAugmentation(name="ada"), AdaptiveAugmentation(name="ada", p=0.2)]
    _, logs = feed(AdaCallback(layers, kimg=1), layers, 4, tf.ones([10, 1]))
    assert logs["ada_1_ada_p"] == pytest.approx(0.04)
    assert logs["ada_2_ada_p"] == pytest.approx(0.24)


def test_validation_heuristic():
    layer = AdaptiveAugmentation(p=0.5)
    callback = AdaCallback(layer, kimg=1, statistic="rv")
    assert callback.target == 0.5

    def batches(real, validation, fake):
        for step in range(4):
            layer.observe(tf.fill([10, 1], real))
            layer.observe_validation(tf.fill([5, 1], validation))
            layer.observe_fake(tf.fill([10, 1], fake))
            callback.on_train_batch_end(step, logs)
        return p_of(layer)

    logs = {}
    assert batches(2.0, -1.0, -2.0) == pytest.approx(0.54)
    assert logs["ada_rv"] == 0.75
    assert batches(2.0, 1.0, -2.0) == pytest.approx(0.50)
    with refused("observe_validation"):
        feed(callback, layer, 4, tf.ones([10, 1]))


def test_forgotten_observe_is_an_error():
    with refused():
        train(steps=20, callback=AdaCallback, observes=False)


def test_patience_is_sixteen_calls():
    callback = AdaCallback(AdaptiveAugmentation(name="ada"))
    for step in range(15):
        callback.on_train_batch_end(step)
    with refused("16"):
        callback.on_train_batch_end(15)


def messages(p, output, batches, **options):
    said, layer = [], AdaptiveAugmentation(p=p, name="ada")
    callback = AdaCallback(layer, kimg=1, interval=1, log=said.append, checks=(), **options)
    feed(callback, layer, batches, tf.fill([10, 1], output))
    return said, callback, layer


def test_says_once_that_p_is_at_the_cap():
    said, callback, layer = messages(0.79, 1.0, 3)
    assert len(said) == 1
    assert "p=0.80 has reached its cap" in said[0]
    feed(callback, layer, 1, -tf.ones([10, 1]))
    feed(callback, layer, 3, tf.ones([10, 1]))
    assert len(said) == 1


def test_says_once_that_p_has_passed_the_usual_cap():
    """Without a cap p may go up and down there, and on above 1."""
    said, callback, layer = messages(0.795, 1.0, 1, cap=None)
    assert len(said) == 1
    assert "p=0.81 has reached 0.8" in said[0]
    assert "\n" not in said[0]
    for output in (-1.0, 1.0, -1.0, 1.0):
        feed(callback, layer, 2, tf.fill([10, 1], output))
    assert len(said) == 1
    assert len(messages(0.795, 1.0, 1, cap=0.9)[0]) == 1
    assert messages(0.785, 1.0, 1, cap=None)[0] == []


def test_without_a_cap_p_passes_1():
    *_, layer = messages(0.985, 1.0, 3, cap=None)
    assert p_of(layer) == pytest.approx(1.015)


def test_says_that_the_output_is_not_finite():
    said, _, layer = messages(0.3, math.nan, 3)
    assert len(said) == 1
    assert "diverged" in said[0]
    assert p_of(layer) == pytest.approx(0.3)


@pytest.mark.parametrize(
    "options",
    [
        {"statistic": "fid"},
        {"target": 2.0},
        {"kimg": 0},
        {"interval_images": 0},
        {"cap": 1.2},
    ],
)
def test_refusals(options):
    with refused():
        AdaCallback(AdaptiveAugmentation(), **options)


def test_logs_are_plain_numbers():
    """Whoever writes logs need not know NumPy."""
    layer, logs = AdaptiveAugmentation(), {}
    callback = AdaCallback(layer, kimg=1)
    for step in range(4):
        layer.observe(tf.ones([10, 1]))
        callback.on_train_batch_end(step, logs)
    assert {type(value) for value in logs.values()} == {float}
    assert len(logs) == 2


def fitted(steps, epochs=1, observes=1, fits=1, kimg=500, done=None):
    """What is said in calls of `fit` of so many steps, as Keras tells them to callbacks."""
    said, layer = [], AdaptiveAugmentation({"brightness": 1e-9}, name="ada")
    callback = AdaCallback(layer, kimg=kimg, log=said.append, checks=["kimg", "twice"])
    for _ in range(fits):
        callback.set_params({"steps": steps, "epochs": epochs, "verbose": 0})
        callback.on_train_begin()
        for epoch in range(epochs):
            callback.on_epoch_begin(epoch)
            for batch in range(steps) if done is None else range(done - 1, steps, done):
                for _ in range(observes * (done or 1)):
                    layer(tf.zeros([40, 4, 4, 3]))
                    layer.observe(tf.ones([10, 1]))
                callback.on_train_batch_end(batch)
    return said


def test_says_that_p_cannot_come_anywhere_in_this_fit():
    (said,) = fitted(40, kimg=400)
    assert "p=0.001 is the most that this call of fit can come to with kimg=400" in said
    assert fitted(20, 2, kimg=400) == [said]
    assert fitted(40, kimg=5) == []  # 400 images of 5,000: p = 0.08
    assert fitted(31) == []  # 7 steps of p
    assert fitted(20, fits=2) == []  # a fit that is called again and again has no known end


def test_says_that_a_batch_is_counted_twice():
    (said,) = fitted(40, observes=2, kimg=5)
    assert "2 batches of real images in each step" in said
    assert fitted(40, observes=1, done=4, kimg=5) == []  # steps_per_execution


def test_says_that_kimg_was_meant_in_images():
    said = []
    AdaCallback(AdaptiveAugmentation(), kimg=500_000, log=said.append)
    assert len(said) == 1
    assert "so for 500000 images give kimg=500." in said[0]
    AdaCallback(AdaptiveAugmentation(), kimg=500_000, log=said.append, checks=())
    AdaCallback(AdaptiveAugmentation(), kimg=25_000, log=said.append)
    assert len(said) == 1
