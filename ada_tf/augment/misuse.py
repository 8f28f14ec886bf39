"""What `AdaCallback` warns of when something does not look right: one sentence each, once.

A mistake shows in several ways: p at its cap is also what becomes of a threshold that was forgotten.
So the causes are looked for first, and what they bring about is not spoken of while one may hold.
"""

import enum
import math
from typing import NamedTuple

import numpy as np

from ada_tf.augment.clues import Clues
from ada_tf.augment.control import CAP, Observed
from ada_tf.augment.policy import AugmentPolicy
from ada_tf.augment.value_range import mismatch

# Fewer passes of the layer than these for each real image that is observed are too few: real and
# generated images are two, and the generator's loss is a third where it has a pass of its own.
FEWEST_PASSES = 1.4
# As many clean images for each real one are those of a training step, and not of a validation.
MANY_CLEAN = 0.5
# r_t of outputs on real images that are mostly on the side of fake ones.
LOW = -0.3
# And so far from 0 it is not that of a discriminator that cannot tell.
CLEAR = 0.5

GIVE_MIDDLE = "give observe(real_output, fake_output, threshold='middle')"


class Misuse(enum.Enum):
    """What is checked for: how many steps of p in a row it must hold, and the warning."""

    # The causes.
    NOT_CALLED = (
        8,
        "{name}: {images:.0f} real images were observed and not one went through the layer: call "
        "it on every image that the discriminator sees, or make it the discriminator's first "
        "layer; with `ada_tf.apply` in its place, give AdaptiveAugmentation(check_use=False).",
    )
    FEW_CALLS = (
        8,
        "{name}: only {augmented:.0f} images went through the layer while {images:.0f} real ones "
        "were observed: the generated images have to as well, in both losses, because otherwise "
        "the generator learns to draw the transformations.",
    )
    CLEAN = (
        8,
        "{name}: {clean:.0f} images passed unchanged with training=False while {images:.0f} real "
        "ones were observed: a discriminator that is called with training=False in a loss sees "
        "images without transformations, so leave that out there (trainable=False freezes it).",
    )
    TOGETHER = (
        32,
        "{name}: one half of each observed batch is judged real and the other fake: that looks "
        "like the output on real and generated images together, so give observe the part of the "
        "real ones, such as output[batch_size:].",
    )
    INVERTED = (
        16,
        "{name}: the discriminator's mean output was {real:.3g} on real and {fake:.3g} on generated "
        "images, the wrong way round for real_is_high={real_is_high}: give observe({advice}).",
    )
    ONE_SIDED = (
        32,
        "{name}: the discriminator's mean outputs on real and on generated images, {real:.3g} and "
        "{fake:.3g}, lie on the same side of threshold={threshold}: {advice}.",
    )
    LOW = (
        8,
        "{name}: most real images are judged fake, r_t={statistic:.2f}, so p={p:.2f} falls or stays "
        "at 0: if real images carry the label 0, give observe(..., real_is_high="
        "{other_side}); if it is a critic (Wasserstein loss), " + GIVE_MIDDLE + ".",
    )
    PROBABILITIES = (
        32,
        "{name}: every output on real images was on the same side of threshold=0, with a mean of "
        "{real:.2f}: if these are outputs between 0 and 1 (a sigmoid, a least-squares loss), give "
        "observe(..., threshold=0.5).",
    )
    # What they bring about, too.
    AT_CAP = (
        1,
        "{name}: p has reached its cap of {p:.2f}, above which augmentations may leak into the "
        "generated images: the discriminator still overfits, so add training images, strengthen "
        "the regularisation (R1 gamma) or take a smaller discriminator.",
    )
    AT_CAP_OR_THRESHOLD = (
        1,
        "{name}: p has reached its cap of {p:.2f}: if real images have the label 1 and generated "
        "ones 0 in a least-squares loss or after a sigmoid, as the mean output of {real:.2f} on "
        "real images suggests, give observe(..., threshold=0.5); otherwise the discriminator still "
        "overfits, so add training images, strengthen the regularisation (R1 gamma) or take a "
        "smaller discriminator.",
    )
    ABOVE_CAP = (
        1,
        "{name}: p={p:.2f} has passed {usual}, from where on augmentations may leak into the "
        "generated images: look for turned, shifted or recoloured ones, and if there are any, give "
        "p a cap of {usual}, add training images or strengthen the regularisation (R1 gamma).",
    )
    ALWAYS_HIGH = (
        4,
        "{name}: every real image was judged real, with a mean output of {real:.3g}, while p={p:.2f} "
        "cannot rise further: either the discriminator has won for good, or it is a critic "
        "(Wasserstein loss), so " + GIVE_MIDDLE + ".",
    )
    NOT_FINITE = (
        1,
        "{name}: the discriminator's output on real images is not finite, so p={p:.2f} stays where "
        "it is: the training has diverged; lower the learning rate or go back to a checkpoint.",
    )

    def __init__(self, patience, sentence):
        self.patience, self.sentence = patience, sentence


# In the order in which they are believed.
CAUSES = (
    Misuse.NOT_CALLED,
    Misuse.CLEAN,
    Misuse.FEW_CALLS,
    Misuse.TOGETHER,
    Misuse.INVERTED,
    Misuse.ONE_SIDED,
    Misuse.LOW,
    Misuse.PROBABILITIES,
)
OF_CALLS = {Misuse.NOT_CALLED, Misuse.CLEAN, Misuse.FEW_CALLS}
# Those of which p stays at 0, so that they do not explain one at its cap.
DOWNWARDS = {Misuse.TOGETHER, Misuse.LOW}


class Step(NamedTuple):
    """One step of p, and what it was taken on.

    Attributes:
        seen: what was observed.
        clues: what was counted beside it.
        statistic: r_t or r_v.
        is_rt: whether it is r_t.
        p: after the step.
        cap: largest p, or None.
        threshold: of the last `observe`; None if that was a tensor.
        real_is_high: of the last `observe`.
    """

    seen: Observed
    clues: Clues
    statistic: float
    is_rt: bool
    p: float
    cap: float | None
    threshold: float | str | None
    real_is_high: bool

    @property
    def real(self):
        """Mean of D(real), as the discriminator gives it."""
        return self._sign * self.seen.real / max(self.seen.count, 1.0)

    @property
    def fake(self):
        """Mean of D(fake)."""
        return self._sign * self.seen.fake / max(self.seen.fake_count, 1.0)

    @property
    def _sign(self):
        return 1.0 if self.real_is_high else -1.0

    @property
    def at_top(self):
        """Whether p cannot rise further, or, without a cap, nothing more would happen."""
        return self.p >= np.float32(1.0 if self.cap is None else self.cap)


def causes(step: Step) -> set:
    """Which of `CAUSES` this step, alone, makes likely."""
    clues, images = step.clues, step.seen.images
    all_pairs = clues.pairs > 0
    clean = clues.clean >= MANY_CLEAN * images > 0
    inverted = all_pairs and clues.inverted == clues.pairs
    one_sided = all_pairs and clues.one_sided == clues.pairs and abs(step.statistic) >= CLEAR
    together = abs(clues.torn) == clues.outputs > 0 and abs(step.statistic) < -LOW
    alone = step.is_rt and not all_pairs
    always = abs(step.statistic) == 1.0 and 0.0 <= step.real < 1.0 and step.threshold == 0.0
    holds = {
        Misuse.NOT_CALLED: clues.augmented + clues.clean == 0 < min(images, clues.outputs),
        Misuse.CLEAN: clean,
        Misuse.FEW_CALLS: not clean and 0 < clues.augmented < FEWEST_PASSES * images,
        Misuse.TOGETHER: together,
        Misuse.INVERTED: inverted,
        Misuse.ONE_SIDED: one_sided and not inverted,
        Misuse.LOW: alone and step.statistic < LOW and not always,
        Misuse.PROBABILITIES: alone and always,
    }
    return {misuse for misuse, holding in holds.items() if holding}


def effects(step: Step) -> set:
    """What has come about, whatever the cause."""
    unsure = step.clues.pairs == 0 and step.is_rt and step.threshold == 0.0
    at_cap = step.at_top and step.cap is not None
    like_probabilities = unsure and 0.0 < step.real < 1.0
    holds = {
        Misuse.AT_CAP: at_cap and not like_probabilities,
        Misuse.AT_CAP_OR_THRESHOLD: at_cap and like_probabilities,
        Misuse.ABOVE_CAP: step.p > np.float32(CAP),
        Misuse.ALWAYS_HIGH: step.at_top and unsure and step.statistic == 1.0 and step.real >= 1.0,
    }
    return {misuse for misuse, holding in holds.items() if holding}


def _threshold_advice(step: Step) -> str:
    """What to give as threshold if both means lie on the same side of the one that was given."""
    probable = all(-0.5 <= mean <= 1.5 for mean in (step.real, step.fake))
    if probable and step.threshold == 0.0:
        return "give threshold=0.5 for outputs between 0 and 1 (a sigmoid, a least-squares loss)"
    return f"for a critic (Wasserstein loss) {GIVE_MIDDLE}"


def _turning_advice(step: Step) -> str:
    """The arguments for outputs that are the wrong way round."""
    turned = f"..., real_is_high={not step.real_is_high}"
    one_sided = step.clues.one_sided == step.clues.pairs
    probable = all(0.0 <= mean <= 1.0 for mean in (step.real, step.fake))
    return f"{turned}, threshold=0.5" if one_sided and probable else turned


class MisuseWarnings:
    """Warns of what does not look right in the control of one layer.

    Args:
        layer: the `AdaptiveAugmentation`.
        log: receives each sentence, once.
    """

    def __init__(self, layer, log):
        self.layer, self.log = layer, log
        self.lasts = dict.fromkeys(Misuse, 0)  # steps in a row for which each holds
        self.said = set()
        self.images_said = False

    def check(self, seen: Observed, kind: str, statistic: float, p: float, cap):
        """Check one step of p.

        Args:
            seen: what was observed before the step.
            kind: "rt" or "rv".
            statistic: its value.
            p: augmentation probability after the step.
            cap: largest p, or None.
        """
        layer = self.layer
        step = Step(
            seen, layer.clues(), statistic, kind == "rt", p, cap, layer.threshold,
            layer.real_is_high,
        )  # fmt: skip
        finite = math.isfinite(statistic)
        likely = causes(step) if finite else set()
        if layer.policy == AugmentPolicy():  # nothing would happen to images that come through
            likely -= OF_CALLS
        self._note(likely | (effects(step) if finite else {Misuse.NOT_FINITE}))
        self._say(step, [misuse for misuse in CAUSES if misuse in likely][:1])
        if likely <= DOWNWARDS and self.said.isdisjoint(set(CAUSES) - DOWNWARDS):
            self._say(step, [misuse for misuse in Misuse if misuse not in CAUSES])
        elif not finite:
            self._say(step, [Misuse.NOT_FINITE])
        self._check_images()

    def _note(self, holding: set):
        """Count for how long each holds."""
        for misuse in Misuse:
            self.lasts[misuse] = self.lasts[misuse] + 1 if misuse in holding else 0

    def _say(self, step: Step, candidates):
        """Say what has held for long enough and was not said before."""
        for misuse in candidates:
            if self.lasts[misuse] >= misuse.patience and misuse not in self.said:
                self.said.add(misuse)
                self.log(misuse.sentence.format(**self._values(step, misuse)))

    def _values(self, step: Step, misuse: Misuse) -> dict:
        advice = _turning_advice if misuse is Misuse.INVERTED else _threshold_advice
        return {
            **step.clues._asdict(),
            "name": self.layer.name,
            "images": step.seen.images,
            "real": step.real,
            "fake": step.fake,
            "p": step.p,
            "usual": CAP,
            "statistic": step.statistic,
            "threshold": "..." if step.threshold is None else step.threshold,
            "real_is_high": step.real_is_high,
            "other_side": not step.real_is_high,
            "advice": advice(step),
        }

    def _check_images(self):
        if self.images_said:
            return
        sentence = mismatch(self.layer.seen(), self.layer.name, self.layer.value_range)
        if sentence is not None:
            self.images_said = True
            self.log(sentence)
