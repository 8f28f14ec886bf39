"""What a check has found: a state in a word, the number that says so, and what to do about it."""

import dataclasses
import enum


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
