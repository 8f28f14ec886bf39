"""How long it will take: a line after each tick, and earlier where a tick takes long."""

import statistics
import time

import tensorflow as tf

from ada_tf.training.callbacks.stopwatch import Stopwatch
from ada_tf.training.callbacks.ticks import TICK_IMAGES, TickCallback
from ada_tf.training.time_left import Pace, Plan, estimate

# Seconds of training until the first line, and between lines within a tick: a bar is seen on a
# terminal alone, and a tick of networks too large for their machine takes hours.
SOON, AGAIN = 20, 600


class EstimateCallback(TickCallback):
    """Says at every tick how far away the next pictures, a usual length and the end are.

    Put it behind the callbacks whose lines are to come first.

    Args:
        plan: where the run goes.
        stopwatch: measures the training.
        log: called with each line.
        tick_images: images between ticks.
    """

    def __init__(self, plan: Plan, stopwatch: Stopwatch, log=print, tick_images=TICK_IMAGES):
        super().__init__(tick_images)
        self.plan, self.stopwatch, self.log = plan, stopwatch, log
        self._snap = plan.pictures // tick_images

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self._due = None
        self._costs, self._pictures_before = [], False

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        if self._due is None:  # the first batch, which compiles
            self._due = time.monotonic() + SOON
        elif time.monotonic() >= self._due:
            tf.test.experimental.sync_devices()  # this once: a card lags behind what it was given
            self._say(self.stopwatch.pace_until(self.model.images_done))

    def on_tick(self, tick, images):
        if self._pictures_before:
            self._costs.append(self.stopwatch.maintenance)
        self._pictures_before = tick % self._snap == 0
        self._say(self.stopwatch.pace)

    def _say(self, image: float | None):
        if image is None or self.model.images_done >= self.plan.end:
            return
        pace = Pace(image, statistics.mean(self._costs or [0]))
        self.log(f"{'Estimate':<10s}{estimate(pace, self.plan, self.model.images_done)}")
        self._due = time.monotonic() + AGAIN
