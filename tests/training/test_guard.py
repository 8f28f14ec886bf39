"""NaN is injected into each phase: training goes back and on; twice in a row it stops, in words."""

import dataclasses
import json

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.data import DataConfig, open_dataset
from ada_tf.training.callbacks.nan_guard import GuardCallback, NotFinite
from ada_tf.training.config import AugmentConfig
from ada_tf.training.iteration import phases
from ada_tf.training.presets import preset
from ada_tf.training.runs.checkpoint import Checkpoints
from ada_tf.training.runs.checkpoint_folder import newest
from ada_tf.training.session import Session
from tests.sentences import refused
from tests.training import tiny

PHASES = ("Gmain", "Greg", "Dmain", "Dreg")
IMAGES = 32  # 8 iterations, a tick and a checkpoint after every second


class Poison:
    """Makes the results of a phase NaN, counted in its runs."""

    def __init__(self):
        # runs left until the poisoned one; whether those after it are too; whether the loss is
        self.left = {name: tf.Variable(-1) for name in PHASES}
        self.always, self.loss = tf.Variable(False), tf.Variable(True)

    def set(self, phase, run, always=False, loss=True):
        for name, left in self.left.items():
            left.assign(run if name == phase else 10**6)
        self.always.assign(always)
        self.loss.assign(loss)

    def wrap(self, compute):
        def poisoned(phase, *arguments):
            output = compute(phase, *arguments)
            left = self.left[phase.name].assign_sub(1)
            hit = tf.equal(left, 0) | (self.always & (left < 0))
            nan = tf.where(hit, np.nan, 0.0)
            nan_loss = tf.where(self.loss, nan, 0.0)
            return output._replace(
                gradients=[output.gradients[0] + nan, *output.gradients[1:]],
                stats={k: v + tf.stack([0.0, nan_loss, nan_loss]) for k, v in output.stats.items()},
            )

        return poisoned


@pytest.fixture(scope="module")
def trained():
    """A model whose phases can be poisoned, the poison, and its data."""
    poison, data = Poison(), DataConfig("digits", resolution=8, subset=64)
    dataset = open_dataset(data)
    config = dataclasses.replace(
        preset("tiny", data=data), network=tiny.NETWORK, loss=tiny.LOSS, batch=tiny.BATCH,
        batch_gpu=tiny.BATCH, augment=AugmentConfig(mode="fixed", p=0.5), kimg=IMAGES / 1000,
        kimg_per_tick=0.008, snap=1,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(phases, "compute", poison.wrap(phases.compute))
        model = tiny.model()
        model.make_train_function()
        yield model, poison, config, dataset


@pytest.fixture
def run(trained, tmp_path):
    """Train with a poison; returns the lines of the log."""
    model, poison, config, dataset = trained

    def call(*arguments, **named):
        poison.set(*arguments, **named)
        model.clock.go_to(0, 0)
        checkpoints, lines = Checkpoints(tmp_path, model, config, keep=100), []
        checkpoints.save()
        run.lines = lines
        Session(model, config, dataset, checkpoints, lines.append).train()
        return lines

    return call


def assert_all_finite(folder):
    for path in (folder / "checkpoints").glob("*.index"):
        reader = tf.train.load_checkpoint(str(path.with_suffix("")))
        for name, dtype in reader.get_variable_to_dtype_map().items():
            if dtype.is_floating:
                assert np.isfinite(reader.get_tensor(name)).all(), (path, name)


# The second run of a phase: for regularisers, every other iteration, that begins after 8 images.
@pytest.mark.parametrize(
    ("phase", "images"), [("Gmain", 4), ("Dmain", 4), ("Greg", 8), ("Dreg", 8)]
)
def test_goes_back_and_on_with_another_stream(run, trained, tmp_path, phase, images):
    lines = run(phase, 2)
    (warning,) = [line for line in lines if line.startswith("Warning")]
    assert warning == (
        f"Warning: {phase}: the loss was not finite after {images} images; going back to the"
        f" checkpoint after {images} images, on with seed stream 1."
    )
    model = trained[0]
    assert (model.clock.images, model.clock.stream) == (IMAGES, 1)
    assert_all_finite(tmp_path)
    reader = tf.train.load_checkpoint(newest(tmp_path))
    clock = reader.get_tensor("state/clock/.ATTRIBUTES/VARIABLE_VALUE")
    assert json.loads(clock) == {"images": IMAGES, "stream": 1}


def test_twice_in_a_row_stops_with_the_state_kept(run, trained, tmp_path):
    with refused("4"):
        run("Dmain", 2, always=True)
    assert trained[0].images_done == 4
    assert newest(tmp_path).endswith("images-4")
    assert_all_finite(tmp_path)


def test_a_gradient_alone_is_mended_and_said(run, tmp_path):
    (warning,) = [line for line in run("Dmain", 2, loss=False) if line.startswith("Warning")]
    assert warning.startswith("Warning: Dmain: the gradient of b")
    assert warning.endswith("was not finite after 4 images; NaN counts as 0, infinity as 100000.")
    assert_all_finite(tmp_path)


def test_weights_are_looked_at(trained):
    model = trained[0]
    guard = GuardCallback(print, 8)
    guard.set_model(model)
    model.non_finite.forget()
    guard.on_train_begin()
    guard.check()
    weight = model.generator_ema.trainable_variables[0]
    before = weight.numpy()
    weight.assign(np.full(before.shape, np.inf))
    with pytest.raises(
        NotFinite, match=r"state: generator_ema/mapping\.fc\.0\.kernel was not finite"
    ):
        guard.check()
    weight.assign(before)
    guard.check()


def test_streams_draw_different_numbers(trained):
    """The order of the data too."""
    *_, dataset = trained
    first = [next(iter(dataset.batches(8, stream=s)))["images"].numpy() for s in (0, 1, 1, 2)]
    np.testing.assert_array_equal(first[1], first[2])
    assert (first[0] != first[1]).any()
    assert (first[1] != first[3]).any()
