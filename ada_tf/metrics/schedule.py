"""Schedules of scores during training: every so many ticks, or while they cost next to nothing."""

import dataclasses
import time
from collections.abc import Callable, Sequence

SHARE = 0.02  # of the time of training that scores nobody asked for may take
# Seconds that the first score is expected to take, before one was made: 1,000 images on two cores.
FIRST = 20.0


@dataclasses.dataclass(frozen=True)
class EveryTicks:
    """Score at ticks that are multiples of a number, and at the end of training.

    Attributes:
        ticks: that number; 0 never scores.
    """

    ticks: int

    def due(self, tick: int) -> bool:
        """Return True to score at a tick."""
        return self.ticks > 0 and tick > 0 and tick % self.ticks == 0

    @property
    def due_at_end(self) -> bool:
        """Return True to score the end of training."""
        return self.ticks > 0

    def took(self, seconds: float) -> None:
        """Learn how long a score took; of no account here."""

    def go_on(self, trained: float, scores: Sequence[float]) -> None:
        """Learn of earlier sessions of the run; of no account here."""


class WithinShare:
    """Score at ticks that are multiples of a number, while scores stay within a share of the time.

    Args:
        ticks: that number.
        share: of the time since this was made, which is when training began or went on, and that of
            earlier sessions: a job that is often interrupted is scored as others are.
        clock: seconds, ever larger.
    """

    def __init__(self, ticks: int, share=SHARE, clock: Callable[[], float] = time.monotonic):
        self.ticks, self._share, self._clock = ticks, share, clock
        self._start, self._spent, self._last = clock(), 0.0, FIRST

    def due(self, tick: int) -> bool:
        """Return True to score at a tick: one more score like the last one must stay within the share."""
        return tick > 0 and tick % self.ticks == 0 and self.due_at_end

    @property
    def due_at_end(self) -> bool:
        """Return True to score the end of training."""
        return self._spent + self._last <= self._share * (self._clock() - self._start)

    def go_on(self, trained: float, scores: Sequence[float]) -> None:
        """Learn of earlier sessions of the run: seconds in all, and of each of its scores."""
        self._start -= trained
        for seconds in scores:
            self.took(seconds)

    def took(self, seconds: float) -> None:
        """Learn how long a score took."""
        self._spent += seconds
        self._last = seconds
