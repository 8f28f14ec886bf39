"""A tick's time is that of its batches; what callbacks do at its end is maintenance of the next."""

import json
import time
from types import SimpleNamespace

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from ada_tf.data import DataConfig
from ada_tf.training.callbacks import status, ticks
from ada_tf.training.callbacks.grids import GridCallback
from ada_tf.training.callbacks.nan_guard import GuardCallback
from ada_tf.training.callbacks.status import EstimateCallback, StatusCallback
from ada_tf.training.callbacks.ticks import Stopwatch
from ada_tf.training.iteration.stats import Stats
from ada_tf.training.model import StyleGAN2ADA
from ada_tf.training.preset_table import kimg_of
from ada_tf.training.presets import preset
from ada_tf.training.session import train
from ada_tf.training.time_left import Goals

# Seconds of a batch, and of what the callbacks between the watch and the status line do at a tick.
BATCH, PICTURES, CHECKPOINT = 2.0, 100.0, 30.0


@pytest.fixture
def clock(monkeypatch):
    now = SimpleNamespace(seconds=0.0)
    watched = SimpleNamespace(monotonic=lambda: now.seconds, time=time.time)
    monkeypatch.setattr(ticks, "time", watched)
    monkeypatch.setattr(status, "time", watched)
    return now


def run(clock, tmp_path, shared: bool, log=lambda text: None):
    """Ticks of two batches of 4 images, the first of one. Returns the records of all ticks."""
    model = SimpleNamespace(images_done=0, augment=None, stats=Stats(), settings_now=dict)
    watch = Stopwatch(8)
    line = StatusCallback(tmp_path, log, 8, watch if shared else None)
    callbacks = [watch, line] if shared else [line]
    for callback in callbacks:
        callback.set_model(model)
        callback.on_train_begin()
    for batch in range(4):
        for callback in callbacks:
            callback.on_train_batch_begin(batch)
        clock.seconds += BATCH
        model.images_done += 4
        ends = model.images_done in (4, 8, 16)
        for callback in callbacks:
            if callback is line:
                clock.seconds += PICTURES * ends
            callback.on_train_batch_end(batch)
        clock.seconds += CHECKPOINT * ends
    line.on_train_end()
    records = [json.loads(text) for text in (tmp_path / status.STATS).read_text().splitlines()]
    names = ("sec_per_tick", "sec_per_kimg", "maintenance_sec")
    return [tuple(r.get(f"Timing/{name}", {}).get("mean") for name in names) for r in records]


def test_training_and_the_rest_are_told_apart(clock, tmp_path):
    assert run(clock, tmp_path, shared=True) == [
        (BATCH, None, 0.0),
        (BATCH, BATCH * 250, PICTURES + CHECKPOINT),
        (2 * BATCH, BATCH * 250, PICTURES + CHECKPOINT),
    ]


def test_alone_the_status_takes_what_came_before_it_for_training(clock, tmp_path):
    assert run(clock, tmp_path, shared=False) == [
        (BATCH + PICTURES, None, 0.0),
        (BATCH + PICTURES, (BATCH + PICTURES) * 250, CHECKPOINT),
        (2 * BATCH + PICTURES, (2 * BATCH + PICTURES) * 125, CHECKPOINT),
    ]


def test_the_first_batch_compiles_and_says_nothing_of_the_speed(clock, tmp_path):
    lines = []
    run(clock, tmp_path, True, lines.append)
    assert ["sec/kimg -  " in line for line in lines] == [True, False, False]


def test_a_run_stops_the_watch_before_its_pictures(tmp_path, monkeypatch):
    """After the guard, which has waited for the device; and status and estimate go by that watch."""
    seen = []

    def fit(model, *arguments, callbacks, **named):
        seen.extend(callbacks)
        model.stop_training = True

    monkeypatch.setattr(StyleGAN2ADA, "fit", fit)
    data = DataConfig("digits", resolution=8, subset=64)
    run_dir = train(preset("tiny", data=data, kimg=0.064, snap=3), tmp_path)
    kinds = [type(callback) for callback in seen]
    wanted = (GuardCallback, Stopwatch, GridCallback, StatusCallback, EstimateCallback)
    order = [kinds.index(kind) for kind in wanted]
    assert order == sorted(order)
    watch, status, estimate = (seen[order[place]] for place in (1, 3, 4))
    assert status.stopwatch is estimate.stopwatch is watch
    assert estimate.goals == Goals(64, 3 * 4000, round(1000 * kimg_of(8, 64)))
    assert "settings" in EventAccumulator(str(run_dir)).Reload().Tags()["tensors"]
