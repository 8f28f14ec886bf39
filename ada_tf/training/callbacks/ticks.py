"""Ticks: what happens every few thousand images, at places that follow from the image counter alone."""

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
