"""The Keras callback that moves p while `fit` runs."""

import math

import numpy as np
import tensorflow as tf
from absl import logging

from ada_tf.augment.control import CAP, TARGETS, check_control, in_images, next_p
from ada_tf.augment.observer import Observed
from ada_tf.augment.use import CHECKS, UseWarnings, layers_within
from ada_tf.errors import UserError

# Calls without any `observe` after which it was evidently forgotten.
_PATIENCE = 16

_NEVER_OBSERVED = (
    "{name}: no real images were observed in {calls} calls of the callback: call "
    "`augmentation.observe(discriminator_output_on_real_images)` in train_step."
)
_AT_CAP = (
    "{name}: p={p:.2f} has reached {usual}, from where on augmentations may leak into the generated "
    "images: the discriminator still overfits, so add training images, strengthen the regularisation "
    "(R1 gamma) or take a smaller discriminator."
)
_NOT_FINITE = (
    "{name}: the discriminator's output on real images is not finite, so p={p:.2f} stays where it is: "
    "the training has diverged; lower the learning rate or go back to a checkpoint."
)
_NO_VALIDATION = (
    "{name}: statistic='rv' needs observe_fake and observe_validation between two steps of p, but "
    "{fake} outputs on generated and {validation} on validation images were observed."
)


class _LayerControl:
    """Moves the p of one layer."""

    def __init__(self, layer, callback):
        self.layer, self.settings = layer, callback
        self.statistic = math.nan  # at the last step of p
        self.calls = 0  # of the callback since p last moved
        self.read_after = 1  # number of such calls after which the layer is read
        self.use = UseWarnings(layer, callback.checks, callback.log)
        self.moved_at = 0  # step of `fit` in which p last moved
        self.told = set()
        self.p = self.read_p()

    def read_p(self):
        return np.float32(np.asarray(tf.convert_to_tensor(self.layer.p)))

    def step(self):
        """Move p if enough images were observed since it last moved.

        Reading waits for the device, so calls in which nothing can be due are passed over.
        """
        self.calls += 1
        if self.calls < self.read_after:
            return
        seen = self.layer.observed()
        # Nothing was observed: too early, or `observe` was forgotten.
        if seen.batches == 0:
            if self.calls >= _PATIENCE:
                self.fail(_NEVER_OBSERVED, calls=self.calls)
            return
        progress = self.progress(seen)
        # The next reading at the earliest when the interval is over, if calls go on like these.
        if progress < 1.0 - 1e-4:  # replicas add fractions of a batch
            self.read_after = math.ceil(self.calls / progress - 1e-4)
            return
        self.move(seen)
        self.layer.reset_observed()
        self.read_after = math.ceil(self.calls / progress - 1e-4)
        self.calls = 0

    def progress(self, seen: Observed):
        """Return the fraction of the interval that was observed."""
        if self.settings.interval_images is not None:
            return seen.images / self.settings.interval_images
        return seen.batches / self.settings.interval

    def move(self, seen: Observed):
        s = self.settings
        if s.statistic == "rv" and not (seen.fake_count and seen.validation_count):
            self.fail(_NO_VALIDATION, fake=seen.fake_count, validation=seen.validation_count)
        self.statistic = float(getattr(seen, s.statistic))
        # The variable is the truth; a copy here would undo a restored checkpoint.
        before = self.read_p()  # p may have been restored or set since
        self.p = next_p(before, self.statistic, s.target, seen.images, s.kimg, s.cap)
        self.layer.p.assign(self.p)
        steps, self.moved_at = s._fit.done - self.moved_at, s._fit.done
        self.use.judge(
            seen,
            rt=s.statistic == "rt",
            target=s.target,
            steps=steps or None,
            # As many images in each step as in these.
            reach=float(self.p) + s._fit.left * seen.images / steps / (1000 * s.kimg)
            if steps
            else None,
            kimg=s.kimg,
        )
        if not math.isfinite(self.statistic):
            self.tell(_NOT_FINITE)
        # In float32, as p is kept.
        elif self.p >= np.float32(CAP if s.cap is None else min(s.cap, CAP)):
            self.tell(_AT_CAP)

    def tell(self, sentence):
        """Log a sentence, once."""
        if sentence not in self.told:
            self.told.add(sentence)
            cap = self.settings.cap
            usual = "its cap" if cap is not None and cap <= CAP else CAP
            self.settings.log(sentence.format(name=self.layer.name, p=float(self.p), usual=usual))

    def fail(self, message, **values):
        raise UserError(message.format(name=self.layer.name, **values))


class _Fit:
    """Counts the steps of `fit`, which the callback cannot tell from its own calls."""

    def __init__(self):
        self.done = 0  # steps since the callback was made
        self.left = math.inf  # to the end of this call of `fit`; infinite if that is not known
        self._batch = -1

    def begin(self, params: dict):
        steps = params.get("steps")
        # The dictionary tells neither what the first epoch was, nor whether another `fit` follows.
        again = self.done > 0
        self.left = math.inf if again or not steps else steps * params.get("epochs", 1)

    def begin_epoch(self):
        self._batch = -1

    def end_batch(self, batch: int):
        # With `steps_per_execution` this is the last one of several.
        steps, self._batch = max(batch - self._batch, 0), batch
        self.done, self.left = self.done + steps, self.left - steps


def _is_controlled(layer) -> bool:
    """Tell whether a layer has a p and an observer."""
    return hasattr(layer, "p") and hasattr(layer, "observer")


def _check_layers(layers) -> list:
    layers = list(layers) if isinstance(layers, (list, tuple)) else [layers]
    for layer in layers:
        if not _is_controlled(layer):
            raise UserError(
                f"layers={layer!r} is refused: an AdaptiveAugmentation or a list of them is "
                "expected, or nothing, for all of the model that `fit` trains."
            )
    return layers


def _prefixes(names):
    """Return prefixes that tell the logs of layers apart; numbered if layers share a name."""
    if len(names) == 1:
        return [""]
    if len(set(names)) == len(names):
        return [f"{name}_" for name in names]
    return [f"{name}_{number}_" for number, name in enumerate(names, 1)]


class AdaCallback(tf.keras.callbacks.Callback):
    """Move the p of one or more `AdaptiveAugmentation` layers while `fit` runs.

    Every few batches: p <- clip(p + sign(statistic - target) * images / (1000 kimg), 0, cap), with
    the real images observed since the last step (arXiv:2006.06676, Section 3.1). `logs` receive
    "ada_p" and "ada_rt" (or "ada_rv"), with the name of the layer before if there are several. In a
    loop without `fit`, give the layers and call `step()` after each training step.

    Args:
        layers: an `AdaptiveAugmentation`, or a list of them, each with its own p; None finds all
            within the model that `fit` trains.
        target: of the statistic, from 0 to 1; None is 0.6 for "rt" and 0.5 for "rv".
        kimg: thousands of real images that p needs to go from 0 to 1: 500 are 500,000 images. Fewer
            for a short training: a quarter of the images that it will show is a beginning.
        interval_images: real images between two steps of p; None goes by `interval`.
        interval: batches between two steps of p.
        statistic: "rt", E[sign(D(real))]; or "rv", which needs validation images.
        cap: largest p; None has no limit, as in the paper: p may then pass 1, above which nothing
            more happens to the images. The default is where the paper finds that augmentations
            begin to leak.
        log: receives each warning, one sentence; None is absl's `logging.warning`.
        checks: names of `ada_tf.augment.use.CHECKS`, mistakes of use to warn of; () for none. Make
            the callback before the training step is traced: what they count is counted in it.

    Raises:
        UserError: `layers` are none, or a check is not known; in `fit`, the model has no layer, or
            `observe` is never called.
    """

    def __init__(
        self,
        layers=None,
        target=None,
        kimg=500,
        interval_images=None,
        interval=4,
        statistic="rt",
        cap=CAP,
        log=None,
        checks=tuple(CHECKS),
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
        unknown = [name for name in checks if name not in CHECKS]
        if unknown:
            raise UserError(f"checks={unknown} is refused: give some of {', '.join(CHECKS)}.")
        self.checks = tuple(checks)
        if "kimg" in self.checks and (sentence := in_images(kimg)):
            self.log(sentence)
        self._fit = _Fit()
        # Found when `fit` begins: before, the model is not known.
        self._searches = layers is None
        self._control([] if layers is None else _check_layers(layers))

    def _control(self, layers):
        self._controls = [_LayerControl(layer, self) for layer in layers]
        self._prefixes = _prefixes([layer.name for layer in layers])

    def on_train_begin(self, logs=None):
        """Take p as it is now: it may have been restored from a checkpoint."""
        if self._searches and not self._controls:
            self._control([layer for layer in layers_within(self.model) if _is_controlled(layer)])
            self._require_layers("the model has none")
        for control in self._controls:
            control.p = control.read_p()
        self._fit.begin(self.params or {})

    def on_epoch_begin(self, epoch, logs=None):
        """Count batches from here."""
        self._fit.begin_epoch()

    def on_train_batch_end(self, batch, logs=None):
        """Move p if it is time."""
        self._fit.end_batch(batch)
        self.step(logs)

    def step(self, logs=None):
        """Move p if it is time; to be called after each training step of a loop without `fit`.

        Args:
            logs: None, or a dictionary that receives p and the statistic.
        """
        self._require_layers("outside of `fit` none is found")
        for control in self._controls:
            control.step()
        self._report(logs)

    def _require_layers(self, why):
        if not self._controls:
            raise UserError(
                f"AdaCallback moves the p of layers, but {why}: give AdaCallback(layer)."
            )

    def on_epoch_end(self, epoch, logs=None):
        """Report p with the results of the epoch."""
        self._report(logs)

    def _report(self, logs):
        if logs is None:
            return
        for control, prefix in zip(self._controls, self._prefixes, strict=True):
            logs[f"{prefix}ada_p"] = float(control.p)
            if math.isfinite(control.statistic):
                logs[f"{prefix}ada_{self.statistic}"] = control.statistic
