"""When a run saves: by images, by the clock, at the end, and when it is told to stop."""

import signal
import time

from ada_tf.training.ticks import TickCallback


class SavingCallback(TickCallback):
    """Saves checkpoints; on SIGTERM or SIGINT it saves and ends training after the current batch.

    Args:
        checkpoints: of the run.
        log: called with a line for each signal.
        tick_images: images between ticks.
        snap: ticks between checkpoints.
        minutes: of wall clock between checkpoints.
    """

    SIGNALS = (signal.SIGTERM, signal.SIGINT)

    def __init__(self, checkpoints, log, tick_images, snap, minutes):
        super().__init__(tick_images)
        self.checkpoints, self.log, self.snap, self.minutes = checkpoints, log, snap, minutes
        self.stopped_by = None

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self._saved_at, self._saved_images = time.time(), self.model.images_done
        self._previous = {s: signal.signal(s, self._on_signal) for s in self.SIGNALS}

    def _on_signal(self, number, frame):
        self.stopped_by = signal.Signals(number).name

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        if self.stopped_by is not None:
            self.log(
                f"{self.stopped_by}: saving and stopping after {self.model.images_done} images."
            )
            self.model.stop_training = True
        elif time.time() - self._saved_at >= self.minutes * 60:
            self._save()

    def on_tick(self, tick, images):
        if tick % self.snap == 0:
            self._save()

    def on_train_end(self, logs=None):
        self._save()
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _save(self):
        if self._saved_images != self.model.images_done:
            self.checkpoints.save()
            self._saved_images = self.model.images_done
        self._saved_at = time.time()
