"""`ScoreCallback`: scores in the logs of any Keras GAN."""

import csv
import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from ada_tf import metrics
from ada_tf.metrics.kinds import KINDS
from ada_tf.metrics.measures.estimate import Estimate, in_words
from ada_tf.metrics.score_callback import ScoreCallback
from tests.metrics.networks import color_network
from tests.metrics.sets import images
from tests.sentences import refused

# Keras' own, when it saves weights beside NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

REALS, HELD_OUT = images(0, 30), images(1, 30)
NETWORK = color_network()


class Gan(keras.Model):
    """Its generator is lighter after each epoch: from too dark through right to too light."""

    def __init__(self, levels):
        super().__init__()
        self.generator = keras.Sequential(
            [keras.Input([3]), keras.layers.Dense(8 * 8 * 3, activation="tanh")]
        )
        self.generator.add(keras.layers.Reshape([8, 8, 3]))
        self.levels, self.built = list(levels), True
        self.generator.layers[0].kernel.assign(
            np.random.default_rng(0).normal(0, 0.1, [3, 8 * 8 * 3])
        )

    def train_step(self, batch):
        return {"loss": tf.reduce_mean(tf.cast(batch, tf.float32))}


class Lighter(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        bias = self.model.generator.layers[0].bias
        bias.assign(tf.fill(bias.shape, float(self.model.levels[epoch])))


def fit(callback, levels=(-1.5, -0.15, 1.5), before=(), after=()):
    gan = Gan(levels)
    gan.compile()
    history = gan.fit(
        np.zeros([4, 1]), epochs=len(levels), batch_size=2, verbose=0,
        callbacks=[Lighter(), *before, callback, *after],
    )  # fmt: skip
    return gan, history.history


def make(**options):
    given = {"reals": REALS, "held_out": HELD_OUT, "features": NETWORK, "log": lambda line: None}
    return ScoreCallback(**{**given, **options})


def test_scores_come_into_the_logs_and_the_best_is_kept(tmp_path):
    said = []
    path = tmp_path / "best.keras"
    callback = make(save=path, log=said.append, metrics="kid,pr")
    table = keras.callbacks.CSVLogger(tmp_path / "log.csv")
    gan, history = fit(callback, after=[table])
    assert {"kid", "kid_error", "val_kid", "val_kid_error", "val_pr_recall"} <= history.keys()
    gan.generator.layers[0].bias.assign(np.full([192], 1.5))
    for name, reals in (("kid", REALS), ("val_kid", HELD_OUT)):
        last = metrics.kid(gan.generator, reals, NETWORK, value_range=(-1, 1))
        assert history[name][-1] == last.value
        known = np.nan if last.error is None else last.error
        np.testing.assert_equal(history[f"{name}_error"][-1], known)
    assert np.argmin(history["val_kid"]) == 1
    assert callback.best.value == history["val_kid"][1]
    assert metrics.kid(path, HELD_OUT, NETWORK).value == history["val_kid"][1]
    with (tmp_path / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["val_kid"]) for row in rows] == pytest.approx(history["val_kid"])
    assert len(said) == 6
    assert "look like copies of training images" in said[1]
    kid = Estimate(history["kid"][0], history["kid_error"][0])
    assert said[0].startswith(f"epoch 1: kid {in_words(kid)}")


def test_copies_are_told():
    said = []
    options = {"held_out": None, "log": said.append, "count": 30, "copies": 60}
    copier = make(generator=lambda count: np.resize(REALS, [count, 8, 8, 3]), **options)
    _, history = fit(copier, (0,))
    assert history["copies"] == [60]
    assert history["copies_p"][0] < 1e-3
    assert "60 of 60 generated images look like copies" in said[1]
    _, history = fit(make(copies=0), (0,))
    assert "copies" not in history


def test_keras_stops_by_it():
    stop = keras.callbacks.EarlyStopping("val_kid", mode="min", patience=1)
    _, history = fit(make(), (-0.15, 1.5, 1.5, 1.5), after=[stop])
    assert len(history["val_kid"]) == 2


def test_every_so_many_epochs_with_the_last_in_between():
    _, history = fit(make(every=2, metrics="kid,pr"), (-1.5, -0.15, 1.5, 1.5))
    # All are there from the first epoch, by which CSVLogger decides what there is.
    names = ["kid", "val_kid", "pr_recall", "val_pr_recall_error", "copies", "copies_p"]
    assert np.isnan([history[name][0] for name in names]).all()
    assert np.isfinite([history[name][1] for name in names]).all()
    assert history["val_kid"][1] == history["val_kid"][2] != history["val_kid"][3]


def test_without_held_out_images_the_training_images_decide():
    callback = make(held_out=None)
    _, history = fit(callback)
    assert "val_kid" not in history
    assert callback.best.value == min(history["kid"])


def test_a_generator_beside_the_model_and_a_number_of_images():
    asked = []

    def generator(count):
        asked.append(count)
        return REALS[:count]

    _, history = fit(make(generator=generator, count=7, held_out=None, copies=0), (0,))
    assert asked == [7]
    assert history["kid"] == [metrics.kid(REALS[:7], REALS, NETWORK).value]


def test_nothing_of_the_user_is_overwritten(tmp_path):
    path = tmp_path / "best.keras"
    path.write_text("mine")
    with refused("save="):
        make(save=path)
    fit(make(save=path, overwrite=True), (0,))
    assert path.stat().st_size > 1000


@pytest.mark.parametrize(
    "options",
    [
        {"every": 0},
        {"save": "best.h5"},
        {"metrics": "pr"},
        {"reals": 3},
        {"held_out": "nope"},
    ],
)
def test_mistakes(options):
    with refused():
        make(**options)


def test_a_model_without_a_generator(tmp_path):
    callback = make()
    callback.set_model(keras.Sequential())
    with refused("generator=None"):
        callback.on_train_begin()
    callback = make(generator=lambda n: REALS[:n], save=tmp_path / "best.keras")
    with refused("save="):
        callback.on_train_begin()


def test_a_better_one_must_be_better_by_more_than_both_err(monkeypatch):
    """One sigma of the difference is 0.14; little steps add up."""
    values = iter([1.0, 0.95, 0.8, 0.7])
    kid = dataclasses.replace(KINDS["kid"], function=lambda *_, seed: Estimate(next(values), 0.1))
    monkeypatch.setitem(KINDS, "kid", kid)
    callback = make(held_out=None)
    _, history = fit(callback, [0] * 4)
    assert history["kid"] == [1.0, 0.95, 0.8, 0.7]
    assert history["kid_error"] == [0.1] * 4
    assert callback.best.value == 0.8
