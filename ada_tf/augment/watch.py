"""What goes through a layer and what is observed: counted in the graph, added up over steps of p.

`UseWatch` is a plain object beside the layer, so that neither weights nor checkpoints of the layer change.
It is made before the training step is traced; a step that was traced before counts nothing, and nothing
is judged. `Lately` is what the checks of `use` judge.
"""

import contextlib
import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from ada_tf.augment.observer import Observed, replica_sums

# Values beyond black or white by more than half of the range are far outside. A generator without a
# bounded output, and resampled images, overshoot by less.
_FAR = 2.0
# Outputs of a sigmoid or of least squares lie within, which overshoot by less.
NEAR = (-1.0, 2.0)
# Standard errors, from as many parts of the last steps, from which on a mean is no chance: 4 in
# 10,000 for one look, and GANs that oscillate are slower than a part.
_SURE, _PARTS = 5.0, 8
# Deviations of a batch from which on the output on real images has moved.
_MOVED = 3.0
# How far off the threshold both means lie, in parts of what they are apart; labels of 0 and 1 are one
# apart, and a half off.
_FARTHER, _FARTHER_NEAR = 1.5, 0.75


class Counts(NamedTuple):
    """Counts since p last moved; sums over calls and replicas, but for the last four.

    Attributes:
        calls: batches that were augmented.
        augmented: images in them.
        gradients: batches through which a gradient came back, as in the generator's step.
        far: sum over the calls of the share of values far outside of the range.
        below: calls with a value below the middle of the range.
        above: calls with a value above it.
        outputs: batches of real images that were observed.
        pairs: batches that were observed together with generated ones.
        real: sum over the pairs of the distance of the mean from the threshold, towards real.
        fake: the same of generated images.
        wide: sum over the outputs of the share of real ones outside of what a sigmoid or least squares give.
        low: least value of all images on the first replica, black and white at -1 and 1.
        high: greatest value.
        least: least output on it, as the discriminator gives it.
        greatest: greatest output.
    """

    calls: float = 0.0
    augmented: float = 0.0
    gradients: float = 0.0
    far: float = 0.0
    below: float = 0.0
    above: float = 0.0
    outputs: float = 0.0
    pairs: float = 0.0
    real: float = 0.0
    fake: float = 0.0
    wide: float = 0.0
    low: float = math.nan
    high: float = math.nan
    least: float = math.nan
    greatest: float = math.nan


_SUMS, _ENDS = Counts._fields[:-4], ("images", "outputs")


def _total(counts) -> Counts:
    *sums, low, high, least, greatest = zip(*counts, strict=True)
    return Counts(*map(sum, sums), min(low), max(high), min(least), max(greatest))


class UseWatch:
    """Counters beside a layer: `attach` finds or makes those of a layer."""

    def __init__(self):
        self._strategy = tf.distribute.get_strategy()
        self._sums = replica_sums(len(_SUMS), "use")
        self._images, self._outputs = (_on_first_replica(name, -math.inf) for name in _ENDS)
        self._first = _on_first_replica("first", math.nan)

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
        if not self._counts_here():
            return
        # Counting costs no gradient, though it is part of the differentiated call.
        images = tf.stop_gradient(images)
        far = tf.reduce_mean(tf.cast(tf.abs(images) > _FAR, tf.float32))
        low, high = _note(self._images, images)
        self._add(
            calls=1.0, augmented=tf.shape(images)[0], far=far, below=low < 0.0, above=high > 0.0
        )

    def noting_gradients(self, images):
        """Return the images, and count when a gradient comes back: it does in the generator's step."""
        if not self._counts_here():
            return images

        @tf.custom_gradient
        def noting(x):
            def gradient(upstream):
                # Tied to the gradient: in a function within a function nothing else makes it run.
                with tf.control_dependencies([self._add(gradients=1.0)]):
                    return tf.identity(upstream)

            return tf.identity(x), gradient

        return noting(images)

    def _counts_here(self) -> bool:
        # Keras 2 builds models under a strategy outside of any replica.
        inside = tf.distribute.get_strategy() is self._strategy
        return inside and tf.distribute.get_replica_context() is not None

    def note_outputs(self, mean, real, fake=None, pair=1.0, outputs=None, reals=None):
        """Note the outputs that are observed together.

        Args:
            mean: scalar, the mean output on real images, high for real.
            real: scalar, distance of the mean output on real images from the threshold, towards real.
            fake: None, or that on generated images.
            pair: 0 if one of both is missing after all.
            outputs: all of them, flat, as the discriminator gives them.
            reals: those on real images; None if they are not told apart.
        """
        least, greatest = NEAR
        # Of real images alone: generated ones lie nearer to 0 and would halve the share.
        judged = outputs if reals is None else reals
        wide = tf.cast((judged < least) | (judged > greatest), tf.float32)
        sums = dict(outputs=1.0, wide=tf.reduce_mean(wide))
        if fake is not None:
            sums |= dict(pairs=pair, real=pair * real, fake=pair * fake)
        self._add(**sums)
        _note(self._outputs, outputs)
        first = self._first.read_value()
        self._first.assign(tf.where(tf.math.is_nan(first), mean, first))

    def _add(self, **counts):
        zero = tf.zeros([])
        return self._sums.assign_add(
            tf.stack([tf.cast(counts.get(name, zero), tf.float32) for name in _SUMS])
        )

    def read(self) -> Counts:
        """Read the counts of all replicas since the last `reset`. Not in graphs."""
        sums, *ends = (
            np.asarray(tf.convert_to_tensor(v)).tolist()
            for v in (self._sums, self._images, self._outputs)
        )
        return Counts(*sums, *(value for low, high in ends for value in (-low, high)))

    def first(self) -> float:
        """Read the mean output on the first real batch since the watch was made."""
        return float(np.asarray(tf.convert_to_tensor(self._first))[0])

    def reset(self):
        """Start counting anew."""
        self._sums.assign(tf.zeros([len(_SUMS)]))
        for variable in (self._images, self._outputs):
            variable.assign(tf.fill([2], -math.inf))


def _on_first_replica(name: str, value: float) -> tf.Variable:
    return tf.Variable(
        tf.fill([2], value),
        trainable=False,
        name=name,
        synchronization=tf.VariableSynchronization.ON_READ,
        aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
    )


def _note(extremes: tf.Variable, values):
    """Widen extremes by values; returns the least and the greatest of them.

    Kept are minus the least and the greatest: one maximum serves both ends.
    """
    low, high = (tf.cast(f(values), tf.float32) for f in (tf.reduce_min, tf.reduce_max))
    extremes.assign(tf.maximum(extremes.read_value(), tf.stack([-low, high])))
    return low, high


# -- the last steps of p -------------------------------------------------------------------------


class Given(NamedTuple):
    """What layer and callback know besides.

    Attributes:
        rt: whether r_t moves p.
        target: of the statistic.
        threshold: of the last `observe`; None if that was a tensor.
        real_is_high: of the last `observe`.
        stated: whether the layer was told the label of real images.
        value_range: (black, white) of the layer.
        steps: steps of `fit` since p last moved; None in another loop.
        reach: the p that this run may come to; None if its length is not known.
        kimg: of the callback.
    """

    rt: bool = True
    target: float = 0.6
    threshold: float | str | None = 0.0
    real_is_high: bool = True
    stated: bool = False
    value_range: tuple[float, float] = (-1.0, 1.0)
    steps: int | None = None
    reach: float | None = None
    kimg: float = 500


class Lately:
    """The last steps of p: what the checks judge.

    Attributes:
        seen: sum of their `Observed`.
        counts: sum of their `Counts`.
        given: the `Given` of the last one.
        ends: least and greatest output since the beginning.
        towards: 1 if the output on real images has become higher since the first batch, -1 if lower:
            the discriminator is trained so; 0 if it is not known.
        steps: steps of `fit` in them, or None.
    """

    def __init__(self, steps: list[tuple[Observed, Counts, Given]], ends, towards=0):
        seen, counts, given = zip(*steps, strict=True)
        self.seen, self.counts = Observed(*map(sum, zip(*seen, strict=True))), _total(counts)
        self.given, self.ends, self.towards = given[-1], ends, towards
        self.steps = None if any(g.steps is None for g in given) else sum(g.steps for g in given)
        self._rt = np.array([s.rt for s in seen])
        paired = [c for c in counts if c.pairs]
        self._real = np.array([c.real / c.pairs for c in paired])
        self._fake = np.array([c.fake / c.pairs for c in paired])

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
        return 1.0 if self.given.real_is_high else -1.0

    @property
    def order(self) -> int:
        """1 if D(real) is above D(fake) beyond chance, towards real; -1 if below; 0 if unknown."""
        return _beyond_chance(self._real - self._fake)

    @property
    def same_side(self) -> bool:
        """Whether both means lie on one side of the threshold, far off for what they are apart."""
        if _beyond_chance(self._real) * _beyond_chance(self._fake) <= 0:
            return False
        real, fake = self._real.mean(), self._fake.mean()
        near = NEAR[0] <= self.ends[0] <= self.ends[1] <= NEAR[1]
        # With labels of 0 and 1 they come to be two halves apart: then no output has crossed.
        farther = _FARTHER_NEAR if near else _FARTHER
        return (near and self.always) or abs(real + fake) / 2 >= farther * abs(real - fake)

    @property
    def parted(self) -> bool:
        """Whether the threshold lies between both means beyond chance."""
        return _beyond_chance(self._real) * _beyond_chance(self._fake) < 0

    def below(self, level: float) -> bool:
        """Whether r_t is below a level beyond chance."""
        return self.given.rt and _beyond_chance(self._rt - level) < 0

    @property
    def always(self) -> bool:
        """Whether every single output on real images lay on one side of the threshold."""
        return self.given.rt and abs(self.seen.rt) == 1.0

    @property
    def like_probabilities(self) -> bool:
        """Whether outputs look like probabilities compared with 0: one outside of them ends it."""
        least, greatest = self.ends
        return self.always and 0.0 <= least <= greatest <= 1.0 and self.given.threshold == 0.0


def towards(first: float, means) -> int:
    """Whether the discriminator is trained to give real images high (1) or low (-1) outputs.

    Only its own steps move its output on them. The first ones tell, before the generator is good; a training
    that goes on may have none.

    Args:
        first: mean output on the first batch.
        means: those of the first steps of p, of a few batches each.
    """
    if len(means) < _PARTS:
        return 0
    # Differences of neighbours leave out the trend; a batch alone varies twice as much as four.
    noise = 2 * np.std(np.diff(means)) / math.sqrt(2)
    moved = np.mean(means) - first
    return int(np.sign(moved)) if abs(moved) > _MOVED * noise else 0


def _beyond_chance(values) -> int:
    """Sign of a mean, 0 if that may be chance; values that follow each other are alike, so of parts."""
    if len(values) < _PARTS:
        return 0
    parts = np.array([part.mean() for part in np.array_split(values, _PARTS)])
    error = parts.std(ddof=1) / math.sqrt(_PARTS)
    return int(np.sign(parts.mean())) if abs(parts.mean()) > _SURE * error else 0
