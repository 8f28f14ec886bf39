"""The Keras callback that moves p while `fit` runs."""

import math

import numpy as np
import tensorflow as tf
from absl import logging

from ada_tf.augment.control import CAP, TARGETS, Observed, check_control, next_p
from ada_tf.errors import UserError

# Batches without any `observe` after which it was evidently forgotten.
PATIENCE = 16
# Steps of p in a row with a statistic of exactly 1 or -1 at a bound before we speak.
SUSPICIOUS = 4

NEVER_OBSERVED = (
    "{name}: no real images were observed in {calls} calls of the callback: call "
    "`augmentation.observe(discriminator_output_on_real_images)` in train_step."
)
NO_VALIDATION = (
    "{name}: statistic='rv' needs observe_fake and observe_validation between two steps of p, but "
    "{fake} outputs on generated and {validation} on validation images were observed."
)
AT_CAP = (
    "{name}: p has reached its cap of {p:.2f}, above which augmentations may leak into the "
    "generated images: the discriminator still overfits, so add training images, strengthen the "
    "regularisation (R1 gamma) or take a smaller discriminator."
)
ALWAYS_HIGH = (
    "{name}: every real image was judged real {times} times in a row while p={p:.2f} cannot rise "
    "further: either the discriminator has won for good, or its output does not change sign where "
    "it cannot tell, so give observe(..., threshold=0.5) for outputs between 0 and 1."
)
ALWAYS_LOW = (
    "{name}: every real image was judged fake {times} times in a row while p={p:.2f} cannot fall "
    "further: either the discriminator has collapsed, or real images carry the label 0, so give "
    "observe(..., real_is_high=False)."
)
NOT_FINITE = (
    "{name}: the discriminator's output on real images is not finite, so p={p:.2f} stays where it "
    "is: the training has diverged; lower the learning rate or go back to a checkpoint."
)


class _Knob:
    """Moves the p of one layer."""

    def __init__(self, layer, callback):
        self.layer, self.settings = layer, callback
        self.statistic = math.nan  # at the last step of p
        self.calls = 0  # of the callback since p last moved
        self.look_after = 1  # number of such calls after which the layer is read
        self.extremes = 0  # steps in a row with a statistic of exactly 1 or -1 at a bound
        self.warned = set()
        self.p = self.read_p()

    def read_p(self):
        return np.float32(np.asarray(tf.convert_to_tensor(self.layer.p)))

    def step(self):
        """Called after every batch, or after every few; what counts are the images observed.

        Reading waits for the device, so calls in which nothing can be due are passed over.
        """
        self.calls += 1
        if self.calls < self.look_after:
            return
        seen = self.layer.observed()
        if seen.batches == 0:
            if self.calls >= PATIENCE:
                self.fail(NEVER_OBSERVED, calls=self.calls)
            return
        progress = self.progress(seen)
        if progress < 1.0 - 1e-4:  # replicas add fractions of a batch
            self.look_after = math.ceil(self.calls / progress - 1e-4)
            return
        self.move(seen)
        self.layer.reset_observed()
        self.look_after = math.ceil(self.calls / progress - 1e-4)
        self.calls = 0

    def progress(self, seen: Observed):
        """Fraction of the interval that was observed."""
        if self.settings.interval_images is not None:
            return seen.images / self.settings.interval_images
        return seen.batches / self.settings.interval

    def move(self, seen: Observed):
        s = self.settings
        if s.statistic == "rv" and not (seen.fake_count and seen.validation_count):
            self.fail(NO_VALIDATION, fake=seen.fake_count, validation=seen.validation_count)
        self.statistic = float(getattr(seen, s.statistic))
        before = self.read_p()  # p may have been restored or set since
        self.p = next_p(before, self.statistic, s.target, seen.images, s.kimg, s.cap)
        self.layer.p.assign(self.p)
        self.judge()

    def judge(self):
        """Say in a sentence what does not look right, once for each time it begins."""
        at_cap = self.settings.cap is not None and self.p >= np.float32(self.settings.cap)
        stuck_high = at_cap and self.statistic == 1.0
        stuck_low = self.p == 0.0 and self.statistic == -1.0
        stuck = self.settings.statistic == "rt" and (stuck_high or stuck_low)
        self.extremes = self.extremes + 1 if stuck else 0
        suspicious = self.extremes >= SUSPICIOUS
        self.say(AT_CAP, at_cap)
        self.say(ALWAYS_HIGH, suspicious and stuck_high, times=self.extremes)
        self.say(ALWAYS_LOW, suspicious and stuck_low, times=self.extremes)
        self.say(NOT_FINITE, not math.isfinite(self.statistic))

    def say(self, message, now, **values):
        if now and message not in self.warned:
            self.settings.log(message.format(name=self.layer.name, p=float(self.p), **values))
        (self.warned.add if now else self.warned.discard)(message)

    def fail(self, message, **values):
        raise UserError(message.format(name=self.layer.name, **values))


class AdaCallback(tf.keras.callbacks.Callback):
    """Move the p of one or more `AdaptiveAugmentation` layers while `fit` runs.

    Every few batches: p <- clip(p + sign(statistic - target) * images / (1000 kimg), 0, cap), with
    the real images observed since the last step (arXiv:2006.06676, Section 3.1). `logs` receive
    "ada_p" and "ada_rt" (or "ada_rv"), with the name of the layer before if there are several. In a
    loop without `fit`, call `on_train_batch_end(step)` after each step.

    Args:
        layers: an `AdaptiveAugmentation`, or a list of them, each with its own p.
        target: of the statistic; None is 0.6 for "rt" and 0.5 for "rv".
        kimg: thousands of real images that p needs to go from 0 to 1.
        interval_images: real images between two steps of p; None goes by `interval`.
        interval: batches between two steps of p.
        statistic: "rt", E[sign(D(real))]; or "rv", which needs validation images.
        cap: largest p; None has no limit. The default is where the paper finds that augmentations
            begin to leak.
        log: receives each warning, one sentence; None is absl's `logging.warning`.

    Raises:
        UserError: in `fit`, if `observe` is never called.
    """

    def __init__(
        self,
        layers,
        target=None,
        kimg=500,
        interval_images=None,
        interval=4,
        statistic="rt",
        cap=CAP,
        log=None,
    ):
        super().__init__()
        if statistic not in TARGETS:
            raise UserError(f"statistic={statistic!r} is not known: give 'rt' or 'rv'.")
        self.target = TARGETS[statistic] if target is None else target
        check_control(self.target, kimg, interval, cap)
        if interval_images is not None and not interval_images > 0:
            raise UserError(f"interval_images={interval_images} is refused: give a number above 0.")
        self.kimg, self.interval_images, self.interval = kimg, interval_images, interval
        self.statistic, self.cap = statistic, cap
        self.log = logging.warning if log is None else log
        layers = layers if isinstance(layers, (list, tuple)) else [layers]
        self._knobs = [_Knob(layer, self) for layer in layers]

    def on_train_begin(self, logs=None):
        """Take p as it is now: it may have been restored from a checkpoint."""
        for knob in self._knobs:
            knob.p = knob.read_p()

    def on_train_batch_end(self, batch, logs=None):
        """Move p if it is time."""
        for knob in self._knobs:
            knob.step()
        self._report(logs)

    def on_epoch_end(self, epoch, logs=None):
        """Report p with the results of the epoch."""
        self._report(logs)

    def _report(self, logs):
        if logs is None:
            return
        for knob in self._knobs:
            prefix = "" if len(self._knobs) == 1 else f"{knob.layer.name}_"
            logs[f"{prefix}ada_p"] = float(knob.p)
            if math.isfinite(knob.statistic):
                logs[f"{prefix}ada_{self.statistic}"] = knob.statistic
