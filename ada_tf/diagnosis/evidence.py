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
    ALARM = 3  # what is going on spoils it


@dataclasses.dataclass(frozen=True)
class Finding:
    """One sentence about a run.

    Attributes:
        state: in a word or two, such as "overfitting".
        level: importance.
        sentence: the observation, with its number.
        measure: name of the number, such as "r_t".
        number: the number.
        limit: limit beyond which the check speaks; None without a limit.
        advice: remedy, one sentence; "" for none.
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


_LATE = 0.25  # part of a curve, at its end, whose mean is its present value


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
        """Mean of the values after `kimg`; the last value if there are none."""
        return float(
            self.values[min(np.searchsorted(self.kimg, kimg, "right"), len(self) - 1) :].mean()
        )

    def __len__(self):
        return len(self.kimg)


@dataclasses.dataclass(frozen=True)
class Look:
    """Statistics of one set of generated pictures beside the real ones, see `image_statistics`.

    Attributes:
        kimg: place in the run where it was made.
        distance: squared kernel distance to the real pictures, by small pixels.
        coverage: part of the real pictures beside a generated one, relative to the part that as many
            real ones would reach.
        spread: mean distance between two generated pictures, relative to two real ones.
    """

    kimg: float
    distance: Estimate
    coverage: float
    spread: float


@dataclasses.dataclass(frozen=True)
class CopiesSeen:
    """Result of a search for copies, whoever made it.

    Attributes:
        count: number of pictures that look like copies.
        tested: number of generated pictures.
        expected: number by chance.
        copying: the verdict is that the generator copies.
        verdict: "copies", "cannot tell" or "none"; empty if not known.
        says: the verdict in words.
        kimg: place in the run of the network that made them; None if that is the newest.
    """

    count: int
    tested: int
    expected: float
    copying: bool
    verdict: str = ""
    says: str = ""
    kimg: float | None = None


@dataclasses.dataclass(frozen=True)
class Variety:
    """Distances of generated pictures to their nearest sisters, see `image_statistics.variety`.

    Attributes:
        sister: median, relative to that of as many real pictures; 1 is as varied as reality.
        of_classes: class -> the same of its pictures alone; empty without classes.
    """

    sister: float
    of_classes: Mapping[int, float] = dataclasses.field(default_factory=dict)


MARKED = 0.5  # share that looks augmented; good runs stay below 0.27 (experiments/doctor)


@dataclasses.dataclass(frozen=True)
class Marks:
    """Traces of the augmentation in generated pictures.

    Attributes:
        share: 0 is none, 1 is as in augmented ones.
        explained: part of the pictures that are like real or augmented ones.
        turned: the share if pictures are only turned and moved; None if the run does not do that.
        recoloured: the share if their colours alone change; None if the run does not do that.
    """

    share: float
    explained: float
    turned: float | None = None
    recoloured: float | None = None


@dataclasses.dataclass(frozen=True)
class Reals:
    """Statistics of the training pictures.

    Attributes:
        count: number of training pictures.
        twins: number of those looked at that have a near twin.
        looked_at: number of pictures that were looked at.
        blank: number of those that are of one colour.
    """

    count: int
    twins: int = 0
    looked_at: int = 0
    blank: int = 0


@dataclasses.dataclass(frozen=True)
class Evidence:
    """Facts about a run; unknown ones are empty or None, and no check speaks of them.

    Attributes:
        config: its settings.
        kimg: thousands of images seen so far.
        curves: name of a statistic of stats.jsonl -> Curve of its means.
        pictures: number of training pictures, mirrored copies not counted.
        gap: held-out minus training score of the last evaluation that has both, and its name.
        behind: last held-out score minus the best one of training, and its name.
        looks: oldest first.
        variety: of the newest pictures.
        r_v: where held-out pictures stand between training and generated ones for the newest
            discriminator, without augmentation: 0 beside the training pictures, 1 beside the generated.
        copies: among the newest pictures, or as training has found them.
        left: number of the newest pictures where those that are alike are one, and of all of them.
        marks: of the newest pictures.
        reals: the training pictures.
        returns: number of times that training went back to a checkpoint, as after NaN.
        finished: the run has reached its end.
    """

    config: RunConfig
    kimg: float
    curves: Mapping[str, Curve]
    pictures: int | None = None
    gap: tuple[str, Estimate] | None = None
    behind: tuple[str, Estimate] | None = None
    looks: tuple[Look, ...] = ()
    variety: Variety | None = None
    r_v: Estimate | None = None
    copies: CopiesSeen | None = None
    left: tuple[int, int] | None = None
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
