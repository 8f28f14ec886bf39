"""Evidence about a run, and findings: curves, scores, statistics of its pictures."""

import dataclasses
import enum
from collections.abc import Mapping

import numpy as np

from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.settings import at
from ada_tf.training.config import RunConfig


class Level(enum.IntEnum):
    """Importance of a finding; the highest comes first."""

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
        """The finding as a line of text."""
        return f"{self.state}: {self.sentence} {self.advice}".rstrip()

    @property
    def json(self) -> dict:
        """JSON values."""
        return dataclasses.asdict(self) | {"level": self.level.name.lower()}


_LATE = 0.25  # part of a curve that says how things are now


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
        return self.after(self.kimg[-1] * (1 - _LATE))

    def after(self, kimg: float) -> float:
        """The mean of what came later than that; the last value if nothing did."""
        return float(
            self.values[min(np.searchsorted(self.kimg, kimg, "right"), len(self) - 1) :].mean()
        )

    def __len__(self):
        return len(self.kimg)


@dataclasses.dataclass(frozen=True)
class Look:
    """Statistics of one set of generated pictures beside the real ones, see `image_statistics`.

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
    """Result of a search for copies: found, tested, expected by chance, and if they are too many."""

    count: int
    tested: int
    expected: float
    copying: bool


@dataclasses.dataclass(frozen=True)
class Marks:
    """Traces of the augmentation in generated pictures: `share` 0 is none, 1 is as in augmented ones."""

    share: float
    explained: float


@dataclasses.dataclass(frozen=True)
class Reals:
    """Statistics of the training pictures.

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
        """Number of times that each picture was seen, if the number of pictures is known."""
        return 1000 * self.kimg / self.pictures if self.pictures else None

    def settings(self, section: str):
        """Settings of a section of the configuration, with the present numbers of schedules."""
        return at(getattr(self.config, section), round(1000 * self.kimg))

    def now(self, name: str) -> float | None:
        """Present value of a curve; None without it."""
        curve = self.curves.get(name)
        return None if curve is None else curve.now
