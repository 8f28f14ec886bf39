"""Checks of use: warnings of `AdaCallback` about mistakes that nothing else shows.

`UseWatch` counts in the graph; each row of `CHECKS` judges the sums of the last steps of p. A mistake is
told once, when as many steps as the row says show it. A cause is told before its effects: while the
layer is not called, nothing else is said. What may be right, too, is told with both causes.
"""

import collections
import math
from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from ada_tf.augment.observer import Observed
from ada_tf.augment.policy import transforms_of
from ada_tf.augment.watch import NEAR, Given, Lately, UseWatch, towards

# Passes of the layer for each real image that is observed. Real and generated images are two, the
# generator's loss is a third where it has a pass of its own. If each counts twice, these are 1.5.
_REAL_ALONE, _ALL = 1.25, 1.75
# Batches of real images in each step of `fit` from which on they may be the same ones.
_TWICE = 1.5
# r_t of real images that are mostly judged fake.
LOW = -0.2
# |r_t| of a discriminator that can tell real images from generated ones.
_CLEAR = 0.5
# Share of outputs far from 0 and 1 that least squares do not reach.
_LOGITS = 0.1
# From the neutral output to that of labels smoothed down to 0.7: log(0.7 / 1.3), and 0.7 / 2 - 0.5.
_SMOOTHED = {0.0: 0.65, 0.5: 0.15}
# Share of far values in all calls from which on the range is another one.
_MANY = 0.05
# Steps of p at the beginning, by which is known what the discriminator is trained towards.
_EARLY = 16
# A p that does nothing yet.
_FAINT = 0.05
_USUAL_RANGES = ((0, 1), (-1, 1), (0, 255))


class _Check(NamedTuple):
    """A row: a mistake, and how it is told.

    Attributes:
        steps: how many steps of p it is judged by.
        judge: Lately -> whether it holds.
        sentence: Lately -> the warning, after the name of the layer.
        calls: whether it is about calls of the layer, which a policy without transforms excuses.
        outputs: whether it is about outputs, which mean nothing where they are not finite.
        apart: whether it is neither cause nor effect of another.
    """

    steps: int
    judge: Callable
    sentence: Callable
    calls: bool = False
    outputs: bool = False
    apart: bool = False


# -- calls ---------------------------------------------------------------------------------------


def _is_not_called(lately: Lately) -> bool:
    return lately.counts.augmented == 0 < min(lately.seen.images, lately.counts.outputs)


def _not_called(lately: Lately) -> str:
    return (
        f"{lately.seen.images:.0f} real images were observed and not one was augmented: call the layer "
        "on every image that the discriminator sees, without training=False, or make it the "
        "discriminator's first layer; with `ada_tf.apply` in its place, give AdaCallback(checks=())."
    )


def _is_twice(lately: Lately) -> bool:
    if lately.steps and lately.seen.batches >= _TWICE * lately.steps:
        return True
    images = lately.seen.images
    return _REAL_ALONE * images <= lately.counts.augmented < _ALL * images


def _twice(lately: Lately) -> str:
    if lately.steps and lately.seen.batches >= _TWICE * lately.steps:
        fact = f"{lately.seen.batches / lately.steps:.3g} batches of real images in each step"
    else:
        fact = (
            f"{lately.seen.images:.0f} real images while {lately.counts.augmented:.0f} went through "
            "the layer"
        )
    return (
        f"observe counted {fact}, and p moves by each: if some are the same images again, give "
        "count_images=False for these; generated images belong into fake_output."
    )


def _is_real_only(lately: Lately) -> bool:
    return 0 < lately.counts.augmented < _REAL_ALONE * lately.seen.images


def _real_only(lately: Lately) -> str:
    return (
        f"only {lately.counts.augmented:.0f} images went through the layer while "
        f"{lately.seen.images:.0f} real ones were observed: generated images need it too, in both "
        "losses, without training=False, or the generator learns to draw the transforms."
    )


def _is_bypassed(lately: Lately) -> bool:
    # With fewer calls more than the generator's loss is missing.
    enough = lately.counts.augmented >= _ALL * lately.seen.images > 0
    return enough and lately.counts.gradients == 0


def _bypassed(lately: Lately) -> str:
    return (
        f"no gradient came back through the layer from {lately.counts.augmented:.0f} images: the "
        "generator is trained by images that bypass it, and learns to draw the transforms; call the "
        "layer in the generator's loss, too, or make it the discriminator's first layer."
    )


# -- outputs -------------------------------------------------------------------------------------

_CRITIC = "a critic (Wasserstein loss) observe(real_output, fake_output, threshold='middle')"
_PROBABILITY = "outputs between 0 and 1 (a sigmoid, a least-squares loss)"
_NO_LOSS = "the loss of each image is no output"


def _are_logits(lately: Lately) -> bool:
    counts = lately.counts
    return lately.given.threshold == 0.5 and counts.wide > _LOGITS * counts.outputs


def _logits(lately: Lately) -> str:
    percent = 100.0 * lately.counts.wide / lately.counts.outputs
    return (
        f"{percent:.0f} % of the outputs lie outside of {NEAR[0]:g} and {NEAR[1]:g}, which "
        f"threshold=0.5 does not halve: for logits leave it out; for {_CRITIC} is meant."
    )


def _is_inverted(lately: Lately) -> bool:
    if lately.given.stated:
        return False
    # It learns the right way round: then the generator is ahead, or its level is still that of chance.
    if lately.towards > 0:
        return False
    # Generated images tell more than r_t, unless they are too like the real ones.
    if lately.order:
        return lately.order < 0
    level = 0.0 if lately.towards < 0 else LOW
    return lately.below(level) and not lately.like_probabilities


def _inverted(lately: Lately) -> str:
    given = lately.given
    turned = f"..., real_is_high={not given.real_is_high}"
    ahead = "if the generator is ahead of the discriminator, nothing is wrong; "
    if lately.towards < 0:
        ahead = ""
    label = f"if real images have the label {int(not given.real_is_high)}, give observe"
    if lately.order:
        if given.threshold == 0.0 and 0.0 <= lately.ends[0] <= lately.ends[1] <= 1.0:
            turned += ", threshold=0.5"
        exchanged = "if both outputs are exchanged, real_output comes first; "
        if lately.ends[0] >= 0.0:
            exchanged += f"{_NO_LOSS}; "
        return (
            f"the discriminator's mean output was {lately.real:.3g} on real and {lately.fake:.3g} on "
            f"generated images, the wrong way round for real_is_high={given.real_is_high}: {ahead}{label}("
            f"{turned}); {exchanged}"
            f"AdaptiveAugmentation(real_label={int(given.real_is_high)}) ends the question."
        )
    more = _smoothed(lately)
    if given.threshold == 0.5:
        more += "; if these are logits, leave threshold=0.5 out"
    return (
        f"most real images are judged fake, r_t={lately.seen.rt:.2f} with a mean output of "
        f"{lately.real:.3g}, so p falls or stays at 0: {ahead}{label}({turned}); for {_CRITIC} is "
        f"meant{more}; if these are generated images, the output on real ones comes first; with fake_output "
        "more can be told."
    )


def _smoothed(lately: Lately) -> str:
    given = lately.given
    level = given.threshold if given.threshold in _SMOOTHED else None
    if level is None or given.stated or abs(lately.real - level) > _SMOOTHED[level]:
        return ""
    return "; if their label is smoothed, AdaptiveAugmentation(output=..., real_label=0.9) knows the middle"


def _is_one_sided(lately: Lately) -> bool:
    if lately.like_probabilities:
        return True
    # A discriminator that cannot tell has both means on one side by chance.
    return _lie_together(lately) or (
        lately.always
        and lately.given.threshold == 0.0
        and not lately.parted
        and lately.order >= 0  # else the generator is ahead
    )


def _lie_together(lately: Lately) -> bool:
    return abs(lately.seen.rt) >= _CLEAR and lately.order > 0 and lately.same_side


def _one_sided(lately: Lately) -> str:
    if lately.like_probabilities:
        return (
            "every output on real images was on the same side of threshold=0, with a mean of "
            f"{lately.real:.2f}: for {_PROBABILITY}, give observe(..., threshold=0.5); "
            f"{_NO_LOSS}."
        )
    meant = f"for {_CRITIC} is meant, for a relativistic loss threshold=fake_output"
    # Least squares and sigmoids overshoot by less than a half.
    if lately.given.threshold == 0.0 and -0.5 <= lately.real <= 1.5:
        meant = f"for {_PROBABILITY}, give threshold=0.5; {meant}"
    if lately.ends[0] >= 0.0:
        meant += f"; {_NO_LOSS}"
    if not _lie_together(lately):
        shows = "" if lately.counts.pairs else "; observe(real_output, fake_output) shows which"
        return (
            f"every one of {lately.seen.count:.0f} outputs on real images was on the same side of "
            f"threshold=0, with a mean of {lately.real:.3g}: if the discriminator knows them all by "
            f"heart, p answers that; {meant}{shows}."
        )
    threshold = lately.given.threshold
    shown = "..." if threshold is None else threshold
    if threshold == 0.5:
        meant = f"for logits leave it out; {meant}"
    if lately.real < 0.5:
        meant += _smoothed(lately).replace("their label", "the label of real images")
    return (
        f"the discriminator's mean outputs on real and on generated images, {lately.real:.3g} and "
        f"{lately.fake:.3g}, lie on the same side of threshold={shown}: {meant}."
    )


# -- the pace of p, and the range of the images ---------------------------------------------------


def _is_too_slow(lately: Lately) -> bool:
    reach = lately.given.reach
    return reach is not None and reach < _FAINT and lately.seen.rt > lately.given.target


def _too_slow(lately: Lately) -> str:
    reach, kimg = lately.given.reach, lately.given.kimg
    return (
        f"p={reach:.2g} is the most that this call of fit can come to with kimg={kimg:g}, too little to "
        "matter: give AdaCallback(kimg=...) a quarter of the thousands of images that the training shows."
    )


def _is_of_another_range(lately: Lately) -> bool:
    counts = lately.counts
    if counts.calls == 0:
        return False
    # A share of one call, because only the real images may be wrong, and those are one in three.
    return counts.far >= _MANY * counts.calls or (counts.below == 0) != (counts.above == 0)


def _another_range(lately: Lately) -> str:
    counts, (black, white) = lately.counts, lately.given.value_range
    low, high = (
        v * (white - black) / 2.0 + (white + black) / 2.0 for v in (counts.low, counts.high)
    )
    said = f"value_range=({black:g}, {white:g})"
    seen = f"values from {low:.3g} to {high:.3g} were seen, so {_range_advice(low, high, lately.given.value_range)}."
    if counts.far >= _MANY * counts.calls:
        percent = 100.0 * counts.far / counts.calls
        return f"{percent:.0f} % of the values of the images lie far outside of {said}: {seen}"
    half = "upper" if counts.below == 0 else "lower"
    return f"the images use only the {half} half of {said}: {seen}"


def _range_advice(low: float, high: float, value_range) -> str:
    for black, white in _USUAL_RANGES:
        slack = 0.003 * (white - black)  # of 0..255, less than the -1 of a generator beside
        fits = black - slack <= low and high <= white + slack
        # The first range that holds all values; 0 to 1 fits into -1 to 1, so it comes first.
        if fits and (black, white) != value_range:
            return f"give value_range=({black}, {white})"
    if low < -0.5 and high > 2.0:
        return "bring real and generated images into one range, and give that"
    return "give the values that black and white have in your images"


# In the order in which they are believed. Of all but those apart the first that holds is told.
CHECKS = {
    "not_called": _Check(8, _is_not_called, _not_called, calls=True),
    "twice": _Check(8, _is_twice, _twice, calls=True),
    "real_only": _Check(8, _is_real_only, _real_only, calls=True),
    "bypassed": _Check(32, _is_bypassed, _bypassed, calls=True, apart=True),
    "logits": _Check(32, _are_logits, _logits, outputs=True),
    "inverted": _Check(32, _is_inverted, _inverted, outputs=True),
    "one_sided": _Check(32, _is_one_sided, _one_sided, outputs=True),
    "kimg": _Check(8, _is_too_slow, _too_slow, outputs=True, apart=True),
    "value_range": _Check(1, _is_of_another_range, _another_range, apart=True),
}


class UseWarnings:
    """Tell of mistakes in the use of one layer.

    Args:
        layer: the `AdaptiveAugmentation`.
        checks: names of `CHECKS`.
        log: receives each sentence, once.
    """

    def __init__(self, layer, checks, log):
        self._layer, self._log = layer, log
        self._checks = {name: check for name, check in CHECKS.items() if name in checks}
        self._watch = UseWatch.attach(layer) if self._checks else None
        self._steps = collections.deque(maxlen=max(check.steps for check in CHECKS.values()))
        self._ends, self._means, self._towards = (math.inf, -math.inf), [], 0
        self._told = set()

    def judge(self, seen: Observed, **given):
        """Judge the last steps of p, and count anew.

        Args:
            seen: sums before this step.
            **given: fields of `Given` that the callback knows.
        """
        if self._watch is None:
            return
        layer, observer, counts = self._layer, self._layer.observer, self._watch.read()
        self._watch.reset()
        if not math.isfinite(seen.rt):  # a training that has diverged; outputs mean nothing
            self._steps.clear()
        elif counts.outputs:
            self._ends = min(self._ends[0], counts.least), max(self._ends[1], counts.greatest)
            if len(self._means) < _EARLY:
                self._means.append(seen.real / seen.count)
                self._towards = towards(self._watch.first(), self._means)
        facts = Given(
            threshold=observer.threshold, real_is_high=observer.real_is_high,
            stated=getattr(layer, "real_label", None) is not None, value_range=layer.value_range,
            **given,
        )  # fmt: skip
        self._steps.append((seen, counts, facts))
        lately = {
            steps: Lately(list(self._steps)[-steps:], self._ends, self._towards)
            for steps in {check.steps for check in self._checks.values()}
        }
        holding = [name for name, check in self._checks.items() if self._holds(name, lately)]
        causes = [name for name in holding if not self._checks[name].apart]
        for name in (*causes[:1], *(name for name in holding if self._checks[name].apart)):
            check = self._checks[name]
            if len(self._steps) >= check.steps and name not in self._told:
                self._told.add(name)
                self._log(f"{layer.name}: {check.sentence(lately[check.steps])}")

    def _holds(self, name: str, lately: dict) -> bool:
        check = self._checks[name]
        if check.calls and not transforms_of(self._layer.policy):
            return False  # nothing would happen to images that come through
        judged = lately[check.steps]
        if check.outputs and not math.isfinite(judged.seen.rt):
            return False
        return check.judge(judged)


def layers_within(root) -> list:
    """List all layers within a layer, in any attribute, and itself."""
    found = {}

    def visit(value):
        if isinstance(value, (list, tuple)):
            for item in value:
                visit(item)
        elif isinstance(value, dict):
            visit(list(value.values()))
        elif isinstance(value, tf.keras.layers.Layer) and id(value) not in found:
            found[id(value)] = value
            visit(getattr(value, "layers", None))
            visit(list(vars(value).values()))

    visit(root)
    return list(found.values())
