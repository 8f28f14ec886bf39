"""What is known of a run, gathered before anybody judges: curves, scores, what its pictures look like."""

import dataclasses
import enum
from collections.abc import Mapping

import numpy as np

from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.training.config import RunConfig

# What a check has found: a state in a word, the number that says so, and what to do about it.


class Level(enum.IntEnum):
    """How much it matters; the highest comes first."""

    GOOD = 0  # as it should be
    NOTE = 1  # worth knowing
    WARNING = 2  # likely to spoil the result
    ALARM = 3  # going on as it is gains nothing


@dataclasses.dataclass(frozen=True)
class Finding:
    """One sentence about a run.

    Attributes:
        state: in a word or two, such as "overfitting".
        level: how much it matters.
        sentence: what was seen, with its number.
        measure: what the number is of, such as "r_t".
        number: the number; what it means is in the sentence.
        limit: beyond which the check speaks; None where it is no matter of a limit.
        advice: what to do, one sentence; "" for nothing.
        curves: names of `Evidence.curves` that show it.
    """

    state: str
    level: Level
    sentence: str
    measure: str
    number: float
    limit: float | None = None
    advice: str = ""
    curves: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """As a line of text."""
        return f"{self.state}: {self.sentence} {self.advice}".rstrip()

    @property
    def json(self) -> dict:
        """As JSON values."""
        return dataclasses.asdict(self) | {"level": self.level.name.lower()}


LATE = 0.25  # part of a curve that says how things are now


@dataclasses.dataclass(frozen=True)
class Curve:
    """A number over a run.

    Attributes:
        kimg: thousands of images, ascending, float64 [N], N at least 1.
        values: float64 [N].
    """

    kimg: np.ndarray
    values: np.ndarray

    @property
    def now(self) -> float:
        """The mean of the last quarter of the run so far."""
        return self.after(self.kimg[-1] * (1 - LATE))

    def after(self, kimg: float) -> float:
        """The mean of what came later than that; the last value if nothing did."""
        return float(
            self.values[min(np.searchsorted(self.kimg, kimg, "right"), len(self) - 1) :].mean()
        )

    def __len__(self):
        return len(self.kimg)


@dataclasses.dataclass(frozen=True)
class Look:
    """What one set of generated pictures looks like beside the real ones; see `looks`.

    Attributes:
        kimg: when it was made.
        distance: squared kernel distance to the real pictures, by small pixels.
        coverage: part of the real pictures that have a generated one beside them, relative to what
            as many real ones would reach.
        spread: mean distance between two generated pictures, relative to two real ones.
    """

    kimg: float
    distance: Estimate
    coverage: float
    spread: float


@dataclasses.dataclass(frozen=True)
class CopiesSeen:
    """What was found of copies: how many among those tested, by chance, and whether they are too many."""

    count: int
    tested: int
    expected: float
    copying: bool


@dataclasses.dataclass(frozen=True)
class Marks:
    """How far generated pictures look augmented: `share` of what can be told, 0 none, 1 all of it."""

    share: float
    explained: float


@dataclasses.dataclass(frozen=True)
class Reals:
    """What the training pictures are like.

    Attributes:
        count: how many there are.
        twins: of those looked at, how many have one that is almost the same.
        looked_at: how many were looked at.
        joined: how well they hang together by how they are made, see `real_pictures.two_kinds`: 0 if
            they are of two kinds.
        smaller: part of them in the smaller of two kinds, 0 to 0.5.
    """

    count: int
    twins: int = 0
    looked_at: int = 0
    joined: float = 1.0
    smaller: float = 0.0


@dataclasses.dataclass(frozen=True)
class Evidence:
    """All that is known of a run; what is not known is empty or None, and no check speaks of it.

    Attributes:
        config: its settings.
        kimg: thousands of images seen so far.
        curves: name of a statistic of stats.jsonl -> Curve of its means.
        pictures: how many training pictures there are, mirrored copies not counted.
        gap: held-out minus training score of the last evaluation that has both, and its name.
        looks: oldest first.
        copies: among the newest pictures.
        marks: of the newest pictures.
        reals: the training pictures.
        returns: times that training went back to a checkpoint, as after NaN.
        finished: whether it has reached its end.
    """

    config: RunConfig
    kimg: float
    curves: Mapping[str, Curve]
    pictures: int | None = None
    gap: tuple[str, Estimate] | None = None
    looks: tuple[Look, ...] = ()
    copies: CopiesSeen | None = None
    marks: Marks | None = None
    reals: Reals | None = None
    returns: int = 0
    finished: bool = False

    @property
    def epochs(self) -> float | None:
        """How often each picture has been seen, if it is known how many there are."""
        return 1000 * self.kimg / self.pictures if self.pictures else None

    def now(self, name: str) -> float | None:
        """How a curve is now, None without it."""
        curve = self.curves.get(name)
        return None if curve is None else curve.now
