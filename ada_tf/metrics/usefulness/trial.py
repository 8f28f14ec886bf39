"""Trains on real pictures, on generated ones and on both, and compares on held-out ones.

A kind of training set is an arm. All arms share their first weights, the real pictures that are kept apart to
stop by, and the number of steps, once for each seed. The test decides nothing: how real pictures are moved, and
how many generated ones are best, is chosen by the loss on the pictures that were kept apart.
"""

import dataclasses
from collections.abc import Callable, Iterator

import numpy as np
from scipy import stats

from ada_tf.metrics.usefulness.task_network import BATCH, MOVES, TaskNetwork

SHARES = (0.25, 0.5, 0.75)  # of generated pictures in a batch, beside 0 and 1
_APART = 5  # one in so many real pictures decides when to stop
_CONFIDENCE = 0.95

HELPS, HURTS, NOT_SEEN = "helps", "hurts", "makes no difference that can be seen"


@dataclasses.dataclass(frozen=True, eq=False)
class Pictures:
    """Pictures of a task.

    Attributes:
        pixels: float32 [n, H, W, C] in [-1, 1].
        targets: float32 [n, outputs].
    """

    pixels: np.ndarray
    targets: np.ndarray

    def __len__(self):
        return len(self.targets)

    def part(self, numbers) -> "Pictures":
        """Some of them."""
        return Pictures(self.pixels[numbers], self.targets[numbers])


@dataclasses.dataclass(frozen=True)
class Arm:
    """A kind of training set.

    Attributes:
        moves: a key of MOVES.
        share: of generated pictures in a batch, 0 to 1.
    """

    moves: str
    share: float

    def in_words(self) -> str:
        """Say it as a row of a table does."""
        if self.share == 0:
            return f"real pictures, {self.moves}"
        if self.share == 1:
            return f"generated pictures alone, {self.moves}"
        return f"real and generated, {self.share:.0%} generated, {self.moves}"


@dataclasses.dataclass(frozen=True, eq=False)  # arrays have no one truth
class Outcome:
    """Outcome of an arm.

    Attributes:
        arm: the arm.
        checked: mean loss on the pictures that were kept apart.
        worths: float64 [seeds, n], of each picture of the test, see `Task.worth`.
    """

    arm: Arm
    checked: float
    worths: np.ndarray

    @property
    def score(self) -> float:
        """Mean worth."""
        return float(self.worths.mean())

    @property
    def error(self) -> float:
        """Standard error over seeds and pictures of the test."""
        return float(np.sqrt(sum(_variances(self.worths))))


@dataclasses.dataclass(frozen=True)
class Difference:
    """A score less another, of the same seeds and pictures.

    Attributes:
        value: the difference.
        error: its standard error over seeds and pictures of the test.
        low: end of its interval of 95 %.
        high: other end.
    """

    value: float
    error: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """HELPS, HURTS or NOT_SEEN."""
        if self.low > 0:
            return HELPS
        return HURTS if self.high < 0 else NOT_SEEN


@dataclasses.dataclass(frozen=True)
class Trial:
    """All arms.

    Attributes:
        outcomes: real pictures with each move, then mixtures, then generated pictures alone.
        real: the best of real pictures alone, by the loss on pictures that were kept apart.
        mixed: the best mixture, likewise.
    """

    outcomes: tuple[Outcome, ...]
    real: Outcome
    mixed: Outcome

    @property
    def difference(self) -> Difference:
        """The best mixture less the best of real pictures alone."""
        return difference(self.real, self.mixed)


def trainings(repeats: int) -> int:
    """Count the trainings of a trial."""
    return repeats * (len(MOVES) + len(SHARES) + 1)


def run(
    network: TaskNetwork,
    worth: Callable,
    real: Pictures,
    generated: Pictures,
    test: Pictures,
    repeats: int,
    seed: int,
    done: Callable[[], None],
) -> Trial:
    """Train and test every arm.

    Args:
        network: that learns.
        worth: of its answers, see `Task`.
        real: training pictures.
        generated: finished ones with labels.
        test: held-out real pictures.
        repeats: trainings of each arm, at least 2.
        seed: of the first; the others have the next ones.
        done: called after each training.
    """

    def outcome(arm: Arm) -> Outcome:
        losses, worths = [], []
        for number in range(seed, seed + repeats):
            losses.append(_learn(network, arm, real, generated, number))
            worths.append(worth(test.targets, network.answers(test.pixels)))
            done()
        return Outcome(arm, float(np.mean(losses)), np.array(worths, np.float64))

    alone = [outcome(Arm(moves, 0.0)) for moves in MOVES]
    best = _best(alone)
    mixed = [outcome(Arm(best.arm.moves, share)) for share in SHARES]
    without = outcome(Arm(best.arm.moves, 1.0))
    return Trial((*alone, *mixed, without), best, _best(mixed))


def _best(outcomes) -> Outcome:
    return min(outcomes, key=lambda outcome: outcome.checked)


def _learn(network: TaskNetwork, arm: Arm, real: Pictures, generated: Pictures, seed: int) -> float:
    """Train one arm; the least loss on pictures that were kept apart."""
    apart = _kept_apart(real.targets, seed)
    checked = real.part(apart)
    left = real.part(np.setdiff1d(np.arange(len(real)), apart))
    batches = _batches(arm, left, generated, seed)
    return network.fit(batches, (checked.pixels, checked.targets), seed)


def _kept_apart(targets: np.ndarray, seed: int) -> np.ndarray:
    """Choose one in `_APART`, of every kind of target alike as far as it goes; int64 [n]."""
    order = np.random.RandomState(seed % 2**32).permutation(len(targets))
    # Sorted by kind, a kind in random order; numbers without kinds come sorted by the first of them.
    order = order[np.lexsort(targets[order].T[::-1])]
    return np.sort(order[seed % _APART :: _APART])


def _batches(arm: Arm, real: Pictures, generated: Pictures, seed: int) -> Iterator:
    """Draw batches of (pictures, targets) without end."""
    draw = np.random.default_rng([seed % 2**32, round(100 * arm.share)])
    made = round(arm.share * BATCH)
    while True:
        parts = [
            of.part(draw.integers(0, len(of), count))
            for of, count in ((real, BATCH - made), (generated, made))
            if count
        ]
        pixels = np.concatenate([part.pixels for part in parts])
        yield MOVES[arm.moves](draw, pixels), np.concatenate([part.targets for part in parts])


def difference(one: Outcome, other: Outcome) -> Difference:
    """Compare two arms, picture by picture and seed by seed.

    The variance is that over seeds and that over pictures together: more than there is, as each holds some
    of the other. Degrees of freedom follow Welch and Satterthwaite.
    """
    worths = other.worths - one.worths
    value = float(worths.mean())
    of_seeds, of_pictures = _variances(worths)
    variance = of_seeds + of_pictures
    if variance == 0:
        return Difference(value, 0.0, value, value)
    seeds, pictures = worths.shape
    freedom = variance**2 / (of_seeds**2 / (seeds - 1) + of_pictures**2 / (pictures - 1))
    error = float(np.sqrt(variance))
    reach = float(stats.t.ppf((1 + _CONFIDENCE) / 2, freedom)) * error
    return Difference(value, error, value - reach, value + reach)


def _variances(worths: np.ndarray) -> tuple[float, float]:
    """Variance of the mean of worths [seeds, n]: as seeds spread, and as pictures do."""
    seeds, pictures = worths.shape
    return (
        float(worths.mean(axis=1).var(ddof=1)) / seeds,
        float(worths.mean(axis=0).var(ddof=1)) / pictures,
    )
