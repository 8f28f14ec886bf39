"""When a run saves: by images, by the clock, at the end, and when it is told to stop."""

import contextlib
import signal
import time

from ada_tf.training.cluster import ALONE
from ada_tf.training.ticks import TickCallback

SIGNALS = (signal.SIGTERM, signal.SIGINT)
# Iterations between two questions to all machines: who wants to save, who was told to stop.
ASK_EVERY = 8


class SavingCallback(TickCallback):
    """Saves checkpoints; on SIGTERM or SIGINT it saves and ends training after the current batch.

    Several machines save and stop together, after every eighth batch at the most.

    Args:
        checkpoints: of the run.
        log: called with a line for each signal.
        tick_images: images between ticks.
        snap: ticks between checkpoints.
        minutes: of wall clock between checkpoints.
        check: called before every save; raises if there is nothing worth saving.
        cluster: the machines that train together.
    """

    def __init__(self, checkpoints, log, tick_images, snap, minutes, check, cluster=ALONE):
        super().__init__(tick_images)
        self.checkpoints, self.log, self.snap, self.minutes = checkpoints, log, snap, minutes
        self.check, self.cluster = check, cluster
        self.stopped_by = None

    @contextlib.contextmanager
    def signals(self):
        """While this lasts, signals are noted instead of ending the process."""
        previous = {s: signal.signal(s, self._on_signal) for s in SIGNALS}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _on_signal(self, number, frame):
        self.stopped_by = signal.Signals(number).name

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self._saved_at, self._saved_images = time.time(), self.model.images_done
        self._batches = 0

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        self._batches += 1
        if self.cluster.workers > 1 and self._batches % ASK_EVERY:
            return
        due = time.time() - self._saved_at >= self.minutes * 60
        stop, save = self.cluster.add([self.stopped_by is not None, due and self.cluster.is_chief])
        if stop:
            self.stopped_by = self.stopped_by or "signal to another machine"
            self.log(
                f"{self.stopped_by}: saving and stopping after {self.model.images_done} images."
            )
            self.model.stop_training = True
        elif save:
            self._save()

    def on_tick(self, tick, images):
        if tick % self.snap == 0:
            self._save()

    def on_train_end(self, logs=None):
        self._save()

    def _save(self):
        if self._saved_images != self.model.images_done:
            self.check()
            self.checkpoints.save()
            self._saved_images = self.model.images_done
        self._saved_at = time.time()
