"""Saving of a run: by images, by the clock, at the end, and when a signal stops it."""

import time

from ada_tf.training.callbacks.ticks import TICK_IMAGES, TickCallback
from ada_tf.training.cluster import ALONE
from ada_tf.training.config import CHECKPOINT_MINUTES, SNAP

# Iterations between two exchanges of all machines about saving and stopping.
_ASK_EVERY = 8


class SavingCallback(TickCallback):
    """Saves checkpoints; after a signal it saves and ends training behind the current batch.

    Several machines save and stop together, after every eighth batch at the most.

    Args:
        checkpoints: `Checkpoints` of the run.
        snapshots: `Snapshots` of the run; None keeps none for good.
        log: called with a line when a signal ends the run.
        tick_images: images between ticks.
        snap: ticks between checkpoints.
        minutes: of wall clock between checkpoints.
        signals: StopSignals, or None.
        before: functions called in order before every save. They write files that must be complete
            by then, or raise if the state is not worth saving.
        cluster: the machines that train together.
    """

    def __init__(
        self, checkpoints, snapshots=None, log=print, tick_images=TICK_IMAGES, snap=SNAP,
        minutes=CHECKPOINT_MINUTES, signals=None, before=(), cluster=ALONE,
    ):  # fmt: skip
        super().__init__(tick_images)
        self.checkpoints, self.log, self.snap, self.minutes = checkpoints, log, snap, minutes
        self.signals, self.before, self.snapshots = signals, before, snapshots
        self.cluster = cluster

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self._saved_at, self._saved_images = time.monotonic(), self.model.images_done
        self._batches = 0
        self._keep_snapshot()  # a kill may have come between checkpoint and snapshot

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        # Before the common question below: snapshots follow from the counter, alike on all
        # machines.
        if self._snapshot_is_due():
            self._save()
            self._keep_snapshot()
        self._batches += 1
        if self.cluster.workers > 1 and self._batches % _ASK_EVERY:
            return
        due = time.monotonic() - self._saved_at >= self.minutes * 60
        heard = self.signals and self.signals.received
        # One sum for both decisions: whoever hears a signal stops all; the chief's clock saves.
        stop, save = self.cluster.add([heard is not None, due and self.cluster.is_chief])
        if stop:
            by = heard or "Signal to another machine"
            self.log(f"{by}: saving and stopping after {self.model.images_done} images.")
            self.model.stop_training = True
        elif save:
            self._save()

    def on_tick(self, tick, images):
        if tick % self.snap == 0:
            self._save()

    def on_train_end(self, logs=None):
        self._save()

    def _save(self):
        # A tick, a snapshot and the end may fall on one batch.
        if self._saved_images != self.model.images_done:
            for prepare in self.before:
                prepare()
            self.checkpoints.save()
            self._saved_images = self.model.images_done
        # Also without a save: the state of this moment is on disk.
        self._saved_at = time.monotonic()

    def _keep_snapshot(self):
        images = self.model.images_done
        if self._snapshot_is_due() and self.checkpoints.holds(images):
            self.snapshots.keep(self.checkpoints.path_of(images))

    def _snapshot_is_due(self) -> bool:
        return self.snapshots is not None and self.snapshots.due(self.model.images_done)
