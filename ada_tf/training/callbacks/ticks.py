"""Ticks: what happens every few thousand images, at places that follow from the image counter alone."""

import time

import keras

from ada_tf.training.config import TICK_KIMG

TICK_IMAGES = round(TICK_KIMG * 1000)


def tick_of(before: int, after: int, tick_images: int) -> int | None:
    """The tick that ends when the image counter goes from `before` to `after`, if one does.

    Tick 0 ends with the first batch, tick k at k * tick_images. A function of the counter alone, so
    a resumed run keeps the schedule.
    """
    if before == 0:
        return 0
    return after // tick_images if after // tick_images > before // tick_images else None


def images_of(record: dict) -> int:
    """The image counter of a record of stats.jsonl."""
    return round(record.get("Progress/kimg", {}).get("mean", 0) * 1000)


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
        self._before = after
        if tick is not None:
            self._last_tick = tick
            self.on_tick(tick, after)

    def on_tick(self, tick: int, images: int) -> None:
        """Called when a tick has ended, with the image counter."""

    def is_over(self, images: int) -> bool:
        """Whether a run that goes on from here had been ended by this callback before."""
        return False


# How long the training of a tick took, without what callbacks do at its end.


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
