"""Ticks: the moments, every few thousand images, at which callbacks act."""

import time

import keras

from ada_tf.training.config import TICK_KIMG
from ada_tf.training.runs import json_lines

TICK_IMAGES = round(TICK_KIMG * 1000)


def tick_of(before: int, after: int, tick_images: int) -> int | None:
    """Return the tick that ends when the image counter goes from `before` to `after`, or None.

    Tick 0 ends with the first batch, tick k at k * tick_images. Ticks follow from the counter alone,
    so that a resumed run keeps its schedule.
    """
    # The first batch ends tick 0, whatever its size: a report soon after the start.
    if before == 0:
        return 0
    # A batch may pass several ticks at once; the last one counts.
    return after // tick_images if after // tick_images > before // tick_images else None


def images_of(record: dict) -> int | None:
    """Return the image counter of a record of stats.jsonl; None of a record that has none."""
    kimg = record.get("Progress/kimg")
    return json_lines.images_of(kimg.get("mean")) if isinstance(kimg, dict) else None


class TickCallback(keras.callbacks.Callback):
    """Base of callbacks that act at ticks and at the end of training.

    Args:
        tick_images: images between ticks.
    """

    def __init__(self, tick_images: int = TICK_IMAGES):
        super().__init__()
        self.tick_images = tick_images

    def on_train_begin(self, logs=None):
        self._before = self.model.images_done
        self._last_tick = None

    def on_train_batch_end(self, batch, logs=None):
        after = self.model.images_done
        tick = tick_of(self._before, after, self.tick_images)
        # Before `on_tick`, which may raise: the tick is not told twice.
        self._before = after
        if tick is not None:
            self._last_tick = tick
            self.on_tick(tick, after)

    def on_tick(self, tick: int, images: int) -> None:
        """Act at the end of a tick; `images` is the image counter."""

    def is_over(self, images: int) -> bool:
        """Return True if this callback had ended the run before, which now starts again here."""
        return False


class Stopwatch(TickCallback):
    """Measures the training of a tick, without the work of callbacks at its end.

    Put it before the callbacks whose time is to be left out.

    Args:
        tick_images: images between ticks.

    Attributes:
        seconds: of training in the tick that has ended, or since the beginning.
        pace: seconds an image in this tick, without the first batch, which compiles; None if the
            tick had no other batch.
        maintenance: seconds between the tick before and the first batch of this one, spent on
            grids, checkpoints and metrics.
    """

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self.seconds = self.maintenance = 0.0
        self.pace = self._timed = None
        self._begun, self._stopped = time.monotonic(), None

    def on_train_batch_begin(self, batch, logs=None):
        # First batch behind a tick: the time since then was maintenance.
        if self._stopped is not None:
            self._begun = time.monotonic()
            self.maintenance, self._stopped = self._begun - self._stopped, None
            self._timed = self._begun, self.model.images_done

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        if self._timed is None:  # the first batch has compiled; timing starts behind it
            self._timed = time.monotonic(), self.model.images_done

    def on_tick(self, tick, images):
        self.pace = self.pace_until(images)
        self._stopped = time.monotonic()
        self.seconds = self._stopped - self._begun

    def pace_until(self, images: int) -> float | None:
        """Return seconds an image so far in this tick; None before its second batch has ended."""
        if self._timed is None:
            return None
        begun, before = self._timed
        return (time.monotonic() - begun) / (images - before) if images > before else None
