"""Checks of use: warnings of `AdaCallback` about mistakes that nothing else shows.

`UseWatch` counts in the graph; each row of `CHECKS` judges the counts after a step of p. A mistake has
to hold for several steps in a row, and is told once. A cause is told before its effects: while the layer
is not called, nothing else is said.
"""

import contextlib
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from ada_tf.augment.observer import Observed, replica_sums
from ada_tf.augment.policy import transforms_of

# Passes of the layer for each real image that is observed. Real and generated images are two; the
# generator's loss is a third where it has a pass of its own.
_FEWEST_PASSES = 1.4
# r_t of real images that are mostly judged fake, over 16 steps.
LOW = -0.2
# |r_t| of a discriminator that can tell real images from generated ones.
_CLEAR = 0.5
# Values beyond black or white by more than half of the range are far outside. A generator without a
# bounded output, and resampled images, overshoot by less.
_FAR = 2.0
# Share of far values in all calls from which on the range is another one.
_MANY = 0.05
_USUAL_RANGES = ((0, 1), (-1, 1), (0, 255))


# -- counting, in the graph --------------------------------------------------------------------


class Counts(NamedTuple):
    """Counts since p last moved; sums over calls and replicas, but for `low` and `high`.

    Attributes:
        calls: batches that were augmented.
        augmented: images in them.
        far: sum over the calls of the share of values far outside of the range.
        below: calls with a value below the middle of the range.
        above: calls with a value above it.
        outputs: batches of real images that were observed.
        pairs: batches that were observed together with generated ones.
        inverted: pairs in which the generated images were judged more real.
        one_sided: pairs with both means on the same side of the threshold.
        low: least value of all images on the first replica, black and white at -1 and 1.
        high: greatest value.
    """

    calls: float = 0.0
    augmented: float = 0.0
    far: float = 0.0
    below: float = 0.0
    above: float = 0.0
    outputs: float = 0.0
    pairs: float = 0.0
    inverted: float = 0.0
    one_sided: float = 0.0
    low: float = math.nan
    high: float = math.nan


_SUMS = Counts._fields[:-2]


class UseWatch:
    """Counters beside a layer: `attach` finds or makes those of a layer.

    A plain object, so that neither weights nor checkpoints of the layer change. Made before the
    training step is traced; a step that was traced before counts nothing, and nothing is judged.
    """

    def __init__(self):
        self._strategy = tf.distribute.get_strategy()
        self._sums = replica_sums(len(_SUMS), "use")
        self._extremes = tf.Variable(
            # One maximum serves both ends.
            tf.fill([2], -math.inf),  # minus the least value, the greatest value
            trainable=False,
            name="extremes",
            synchronization=tf.VariableSynchronization.ON_READ,
            aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
        )

    @classmethod
    def attach(cls, layer) -> "UseWatch":
        """Return the watch of an `AdaptiveAugmentation`; traced steps go on counting in it."""
        observer = layer.observer
        if observer.watch is None:
            # Variables of another strategy could not be assigned in the step.
            inside = tf.distribute.get_strategy() is observer.strategy
            with contextlib.nullcontext() if inside else observer.strategy.scope():
                observer.watch = cls()
        return observer.watch

    def note_images(self, images):
        """Count a batch that is augmented, [N, H, W, C] with black and white at -1 and 1."""
        # Keras 2 builds models under a strategy outside of any replica.
        inside = tf.distribute.get_strategy() is self._strategy
        if not inside or tf.distribute.get_replica_context() is None:
            return
        # Counting costs no gradient, though it is part of the differentiated call.
        images = tf.stop_gradient(images)
        low, high = (tf.cast(f(images), tf.float32) for f in (tf.reduce_min, tf.reduce_max))
        far = tf.reduce_mean(tf.cast(tf.abs(images) > _FAR, tf.float32))
        self._add(
            calls=1.0, augmented=tf.shape(images)[0], far=far, below=low < 0.0, above=high > 0.0
        )
        extremes = tf.stack([-low, high])
        self._extremes.assign(tf.maximum(self._extremes.read_value(), extremes))

    def note_outputs(self, real, fake=None, pair=1.0):
        """Compare mean outputs that are observed together.

        Args:
            real: scalar, distance of the mean output on real images from the threshold, towards real.
            fake: None, or that on generated images.
            pair: 0 if one of both is missing after all.
        """
        if fake is None:
            return self._add(outputs=1.0)
        inverted, one_sided = (tf.cast(c, tf.float32) for c in (real < fake, real * fake > 0.0))
        return self._add(
            outputs=1.0, pairs=pair, inverted=pair * inverted, one_sided=pair * one_sided
        )

    def _add(self, **counts):
        zero = tf.zeros([])
        self._sums.assign_add(
            tf.stack([tf.cast(counts.get(name, zero), tf.float32) for name in _SUMS])
        )

    def read(self) -> Counts:
        """Read the counts of all replicas since the last `reset`. Not in graphs."""
        minus_low, high = np.asarray(tf.convert_to_tensor(self._extremes)).tolist()
        return Counts(*np.asarray(tf.convert_to_tensor(self._sums)).tolist(), -minus_low, high)

    def reset(self):
        """Start counting anew."""
        self._sums.assign(tf.zeros([len(_SUMS)]))
        self._extremes.assign(tf.fill([2], -math.inf))


# -- judging, after a step of p ----------------------------------------------------------------


class Step(NamedTuple):
    """A step of p: what the checks judge.

    Attributes:
        seen: the `Observed` before the step.
        counts: the `Counts` before the step.
        statistic: r_t, or None if another statistic moves p.
        threshold: of the last `observe`; None if that was a tensor.
        real_is_high: of the last `observe`.
        value_range: (black, white) of the layer.
    """

    seen: Observed
    counts: Counts
    statistic: float | None
    threshold: float | str | None
    real_is_high: bool
    value_range: tuple[float, float]

    @property
    def real(self) -> float:
        """Mean of D(real), as the discriminator gives it."""
        return self._sign * self.seen.real / max(self.seen.count, 1.0)

    @property
    def fake(self) -> float:
        """Mean of D(fake)."""
        return self._sign * self.seen.fake / max(self.seen.fake_count, 1.0)

    @property
    def _sign(self):
        return 1.0 if self.real_is_high else -1.0

    @property
    def alone(self) -> bool:
        """True if outputs on real images were observed without outputs on generated ones."""
        # r_t alone has to do; with pairs the two means say more.
        return self.counts.pairs == 0 and self.statistic is not None

    @property
    def like_probabilities(self) -> bool:
        """True if outputs on real images look like probabilities compared with 0."""
        one_side = self.alone and abs(self.statistic) == 1.0
        return one_side and 0.0 <= self.real < 1.0 and self.threshold == 0.0


class _Check(NamedTuple):
    """A row: a mistake, and how it is told.

    Attributes:
        steps: how many steps of p in a row it has to hold.
        judge: Step -> whether it holds.
        sentence: Step -> the warning, after the name of the layer.
        calls: whether it is about calls of the layer, which a policy without transforms excuses.
    """

    steps: int
    judge: Callable
    sentence: Callable
    calls: bool = False


_MIDDLE = "give observe(real_output, fake_output, threshold='middle')"


def _is_not_called(step: Step) -> bool:
    return step.counts.augmented == 0 < min(step.seen.images, step.counts.outputs)


def _not_called(step: Step) -> str:
    return (
        f"{step.seen.images:.0f} real images were observed and not one was augmented: call the layer on "
        "every image that the discriminator sees, without training=False, or make it the "
        "discriminator's first layer; with `ada_tf.apply` in its place, give AdaCallback(checks=())."
    )


def _is_real_only(step: Step) -> bool:
    return 0 < step.counts.augmented < _FEWEST_PASSES * step.seen.images


def _real_only(step: Step) -> str:
    return (
        f"only {step.counts.augmented:.0f} images went through the layer while "
        f"{step.seen.images:.0f} real ones were observed: generated images need it too, in both losses, "
        "without training=False, or the generator learns to draw the transforms."
    )


def _is_inverted(step: Step) -> bool:
    if step.alone:
        return step.statistic < LOW and not step.like_probabilities
    return step.counts.inverted == step.counts.pairs > 0


def _inverted(step: Step) -> str:
    turned = f"..., real_is_high={not step.real_is_high}"
    if step.alone:
        return (
            f"most real images are judged fake, r_t={step.statistic:.2f}, so p falls or stays at 0: "
            f"if real images carry the label 0, give observe({turned}); if it is a critic "
            f"(Wasserstein loss), {_MIDDLE}."
        )
    one_sided = step.counts.one_sided == step.counts.pairs
    if one_sided and all(0.0 <= mean <= 1.0 for mean in (step.real, step.fake)):
        turned += ", threshold=0.5"
    return (
        f"the discriminator's mean output was {step.real:.3g} on real and {step.fake:.3g} on generated "
        f"images, the wrong way round for real_is_high={step.real_is_high}: give observe({turned})."
    )


def _is_one_sided(step: Step) -> bool:
    if step.alone:
        return step.like_probabilities
    # A discriminator that cannot tell yet has both means on one side by chance.
    clear = abs(step.seen.rt) >= _CLEAR
    return clear and step.counts.one_sided == step.counts.pairs > step.counts.inverted


def _one_sided(step: Step) -> str:
    probability = "outputs between 0 and 1 (a sigmoid, a least-squares loss)"
    if step.alone:
        return (
            "every output on real images was on the same side of threshold=0, with a mean of "
            f"{step.real:.2f}: for {probability}, give observe(..., threshold=0.5)."
        )
    # Least squares and sigmoids overshoot by less than a half.
    near = all(-0.5 <= mean <= 1.5 for mean in (step.real, step.fake)) and step.threshold == 0.0
    advice = f"give threshold=0.5 for {probability}" if near else f"for a critic {_MIDDLE}"
    shown = "..." if step.threshold is None else step.threshold
    return (
        f"the discriminator's mean outputs on real and on generated images, {step.real:.3g} and "
        f"{step.fake:.3g}, lie on the same side of threshold={shown}: {advice}."
    )


def _is_of_another_range(step: Step) -> bool:
    counts = step.counts
    if counts.calls == 0:
        return False
    # A share of one call, because only the real images may be wrong, and those are one in three.
    return counts.far >= _MANY * counts.calls or (counts.below == 0) != (counts.above == 0)


def _another_range(step: Step) -> str:
    counts, (black, white) = step.counts, step.value_range
    low, high = (v * (white - black) / 2.0 + (white + black) / 2.0 for v in counts[-2:])
    said = f"value_range=({black:g}, {white:g})"
    seen = f"values from {low:.3g} to {high:.3g} were seen, so {_range_advice(low, high, step)}."
    if counts.far >= _MANY * counts.calls:
        percent = 100.0 * counts.far / counts.calls
        return f"{percent:.0f} % of the values of the images lie far outside of {said}: {seen}"
    half = "upper" if counts.below == 0 else "lower"
    return f"the images use only the {half} half of {said}: {seen}"


def _range_advice(low: float, high: float, step: Step) -> str:
    for black, white in _USUAL_RANGES:
        slack = 0.003 * (white - black)  # of 0..255, less than the -1 of a generator beside
        fits = black - slack <= low and high <= white + slack
        # The first range that holds all values; 0 to 1 fits into -1 to 1, so it comes first.
        if fits and (black, white) != step.value_range:
            return f"give value_range=({black}, {white})"
    if low < -0.5 and high > 2.0:
        return "bring real and generated images into one range, and give that"
    return "give the values that black and white have in your images"


# In the order in which they are believed. Of the first four the first that holds is told.
CHECKS = {
    "not_called": _Check(8, _is_not_called, _not_called, calls=True),
    "real_only": _Check(8, _is_real_only, _real_only, calls=True),
    "inverted": _Check(16, _is_inverted, _inverted),
    "one_sided": _Check(32, _is_one_sided, _one_sided),
    "value_range": _Check(1, _is_of_another_range, _another_range),
}
_INDEPENDENT = "value_range"  # neither cause nor effect of another


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
        self._lasts = dict.fromkeys(self._checks, 0)  # steps in a row for which each holds
        self._told = set()

    def judge(self, seen: Observed, statistic: float | None):
        """Judge one step of p, and count anew.

        Args:
            seen: sums before the step.
            statistic: r_t, or None if another statistic moves p.
        """
        if self._watch is None:
            return
        observer = self._layer.observer
        step = Step(
            seen, self._watch.read(), statistic, observer.threshold, observer.real_is_high,
            self._layer.value_range,
        )  # fmt: skip
        self._watch.reset()
        # All are judged, so that each knows for how many steps in a row it holds.
        likely = [name for name in self._checks if self._holds(name, step)]
        for name in self._checks:
            self._lasts[name] = self._lasts[name] + 1 if name in likely else 0
        causes = [name for name in likely if name != _INDEPENDENT]
        for name in (*causes[:1], *(name for name in likely if name == _INDEPENDENT)):
            if self._lasts[name] >= self._checks[name].steps and name not in self._told:
                self._told.add(name)
                self._log(f"{self._layer.name}: {self._checks[name].sentence(step)}")

    def _holds(self, name: str, step: Step) -> bool:
        check = self._checks[name]
        if check.calls and not transforms_of(self._layer.policy):
            return False  # nothing would happen to images that come through
        if name != _INDEPENDENT and not math.isfinite(step.seen.rt):
            return False  # a training that has diverged; outputs mean nothing
        return check.judge(step)


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
