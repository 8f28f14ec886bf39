"""When checkpoints are written: by images and by a clock that nobody sets, after what must be first."""

import time
import types

import pytest

from ada_tf.training.callbacks.saving import SavingCallback

MINUTES = 10


class Recorded:
    """Stands for checkpoints, snapshots and whatever comes before a save; keeps their order."""

    def __init__(self):
        self.calls, self.snapshots_due = [], ()

    def save(self):
        self.calls.append("save")

    def holds(self, images):
        return "save" in self.calls

    def path_of(self, images):
        return f"images-{images}"

    def due(self, images):
        return images in self.snapshots_due

    def keep(self, checkpoint):
        self.calls.append(f"keep {checkpoint}")


@pytest.fixture
def saving(monkeypatch):
    """(callback, what it called, a function that trains a batch of 8 images)."""
    recorded, clock = Recorded(), types.SimpleNamespace(monotonic=0.0)
    monkeypatch.setattr(time, "monotonic", lambda: clock.monotonic)
    before = [lambda: recorded.calls.append("first"), lambda: recorded.calls.append("second")]
    signals = types.SimpleNamespace(received=None)
    callback = SavingCallback(
        recorded, recorded, recorded.calls.append, 80, 2, MINUTES, signals, before
    )
    model = types.SimpleNamespace(images_done=0, stop_training=False)
    callback.set_model(model)
    callback.on_train_begin()

    def batch(seconds=0.0):
        clock.monotonic += seconds
        model.images_done += 8
        callback.on_train_batch_end(0)
        calls, recorded.calls[:] = list(recorded.calls), []
        return calls

    return callback, recorded, batch


SAVED = ["first", "second", "save"]


def test_the_first_batch_and_every_second_tick(saving):
    _, _, batch = saving
    calls = [batch() for _ in range(40)]
    assert [8 * (i + 1) for i, c in enumerate(calls) if c == SAVED] == [8, 160, 320]
    assert all(c in ([], SAVED) for c in calls)


def test_by_the_clock(saving, monkeypatch):
    _, _, batch = saving
    batch()
    monkeypatch.setattr(time, "time", lambda: 0.0)  # set back to 1970, which is nothing to us
    assert batch(seconds=MINUTES * 60 - 1) == []
    assert batch(seconds=1) == SAVED
    assert batch(seconds=1) == []
    assert batch(seconds=MINUTES * 60) == SAVED


def test_a_snapshot_is_a_checkpoint_first(saving):
    callback, recorded, batch = saving
    batch()
    recorded.snapshots_due = (24,)
    assert batch() == []
    assert batch() == [*SAVED, "keep images-24"]
    callback.on_train_begin()  # as after a kill between the two
    assert recorded.calls == []  # no checkpoint is there
    recorded.calls.append("save")
    callback.on_train_begin()
    assert recorded.calls == ["save", "keep images-24"]


def test_a_signal_ends_after_the_batch(saving):
    callback, recorded, batch = saving
    batch()
    callback.signals.received = "SIGHUP"
    assert batch() == ["SIGHUP: saving and stopping after 16 images."]
    assert callback.model.stop_training
    callback.on_train_end()
    assert recorded.calls == SAVED


def test_what_is_not_worth_saving_is_not_saved(saving):
    callback, recorded, batch = saving

    def refuse():
        raise ArithmeticError

    callback.before = [refuse]
    with pytest.raises(ArithmeticError):
        batch()
    assert recorded.calls == []
