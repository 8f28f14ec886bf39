"""What `AdaCallback` warns of when something does not look right: each time one sentence."""

import enum
import math

import numpy as np

from ada_tf.augment.control import CAP, Observed
from ada_tf.augment.value_range import mismatch

# Steps of p in a row with a statistic of exactly 1 or -1 before we warn.
SUSPICIOUS = 4
# And away from a bound: at first every discriminator gives all images nearly the same small output.
LONG = 32


class Misuse(enum.Enum):
    """What is checked for, each with its warning; that of `IMAGES` comes from `mismatch`."""

    AT_CAP = (
        "{name}: p has reached its cap of {p:.2f}, above which augmentations may leak into the "
        "generated images: the discriminator still overfits, so add training images, strengthen "
        "the regularisation (R1 gamma) or take a smaller discriminator."
    )
    ABOVE_CAP = (
        "{name}: p={p:.2f} has passed {usual}, from where on augmentations may leak into the "
        "generated images: look for turned, shifted or recoloured ones, and if there are any, give "
        "p a cap of {usual}, add training images or strengthen the regularisation (R1 gamma)."
    )
    ALWAYS_HIGH = (
        "{name}: every real image was judged real {times} times in a row while p={p:.2f} cannot "
        "rise further: either the discriminator has won for good, or its output does not change "
        "sign where it cannot tell, so give observe(..., threshold=0.5) for outputs between 0 and "
        "1."
    )
    ALWAYS_LOW = (
        "{name}: every real image was judged fake {times} times in a row while p={p:.2f} cannot "
        "fall further: either the discriminator has collapsed, or real images carry the label 0, "
        "so give observe(..., real_is_high=False)."
    )
    PROBABILITIES = (
        "{name}: every output on real images was on the same side of threshold=0 {times} times in a "
        "row, with a mean of {mean:.2f}: if these are outputs between 0 and 1 (a sigmoid, a "
        "least-squares loss), give observe(..., threshold=0.5)."
    )
    NOT_FINITE = (
        "{name}: the discriminator's output on real images is not finite, so p={p:.2f} stays where "
        "it is: the training has diverged; lower the learning rate or go back to a checkpoint."
    )
    IMAGES = "{sentence}"


class MisuseWarnings:
    """Warns of what does not look right in the control of one layer.

    Args:
        layer: the `AdaptiveAugmentation`.
        log: receives each sentence, once for each time that its condition begins to hold; those of
            `ABOVE_CAP` and `IMAGES` once only.
    """

    def __init__(self, layer, log):
        self.layer, self.log = layer, log
        self.stuck = 0  # steps in a row with a statistic of exactly 1 or -1 at a bound of p
        self.one_sided = 0  # steps in a row with such a statistic, of outputs of a size below 1
        self.warned = set()  # of what holds since a warning

    def check(self, seen: Observed, kind: str, statistic: float, p: float, cap):
        """Check one step of p.

        Args:
            seen: what was observed before the step.
            kind: "rt" or "rv".
            statistic: its value.
            p: augmentation probability after the step.
            cap: largest p, or None.
        """
        always_high, always_low = (kind == "rt" and statistic == v for v in (1.0, -1.0))
        at_top = p >= np.float32(1.0 if cap is None else cap)
        stuck_high, stuck_low = always_high and at_top, always_low and p == 0.0
        self.stuck = self.stuck + 1 if stuck_high or stuck_low else 0

        mean = abs(seen.real) / max(seen.count, 1.0)
        one_sided = (always_high or always_low) and mean < 1.0 and self.layer.threshold == 0.0
        self.one_sided = self.one_sided + 1 if one_sided else 0

        probabilities = self.one_sided >= LONG
        stuck = self.stuck >= SUSPICIOUS and not probabilities
        self._warn(Misuse.AT_CAP, at_top and cap is not None, p=p)
        # Once is enough: without a cap p may go up and down there for long.
        above = p > np.float32(CAP) or Misuse.ABOVE_CAP in self.warned
        self._warn(Misuse.ABOVE_CAP, above, p=p, usual=CAP)
        self._warn(Misuse.PROBABILITIES, probabilities, times=self.one_sided, mean=mean)
        self._warn(Misuse.ALWAYS_HIGH, stuck and stuck_high, times=self.stuck, p=p)
        self._warn(Misuse.ALWAYS_LOW, stuck and stuck_low, times=self.stuck, p=p)
        self._warn(Misuse.NOT_FINITE, not math.isfinite(statistic), p=p)
        # The value range does not change: once it was found wrong, that is known.
        if Misuse.IMAGES not in self.warned:
            sentence = mismatch(self.layer.seen(), self.layer.name, self.layer.value_range)
            self._warn(Misuse.IMAGES, sentence is not None, sentence=sentence)

    def _warn(self, misuse: Misuse, holds, **values):
        """Warn if it holds and did not hold at the step before."""
        if holds and misuse not in self.warned:
            self.log(misuse.value.format(name=self.layer.name, **values))
        (self.warned.add if holds else self.warned.discard)(misuse)
