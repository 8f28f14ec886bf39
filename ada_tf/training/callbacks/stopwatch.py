"""How long the training of a tick took, without what callbacks do at its end."""

import time

from ada_tf.training.callbacks.ticks import TICK_IMAGES, TickCallback


class Stopwatch(TickCallback):
    """Stops when a tick ends and goes on with the next batch. Before the callbacks it is to leave out.

    Args:
        tick_images: images between ticks.

    Attributes:
        seconds: of training in the tick that has ended, or since the beginning.
        pace: seconds an image took in it, without the first batch, in which programs are compiled;
            None if it had no other.
        maintenance: seconds between the tick before and the first batch of this one, in which images
            were drawn, checkpoints written and metrics computed.
    """

    def __init__(self, tick_images=TICK_IMAGES):
        super().__init__(tick_images)

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self.seconds = self.maintenance = 0.0
        self.pace = self._timed = None
        self._begun, self._stopped = time.monotonic(), None

    def on_train_batch_begin(self, batch, logs=None):
        if self._stopped is not None:
            self._begun = time.monotonic()
            self.maintenance, self._stopped = self._begun - self._stopped, None
            self._timed = self._begun, self.model.images_done

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        if self._timed is None:
            self._timed = time.monotonic(), self.model.images_done

    def on_tick(self, tick, images):
        self.pace = self.pace_until(images)
        self._stopped = time.monotonic()
        self.seconds = self._stopped - self._begun

    def pace_until(self, images: int) -> float | None:
        """Seconds an image has taken so far in this tick; None before its second batch has ended."""
        if self._timed is None:
            return None
        begun, before = self._timed
        return (time.monotonic() - begun) / (images - before) if images > before else None
