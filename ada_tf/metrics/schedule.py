"""When a run in training is scored: at every so many ticks, or as long as it costs next to nothing."""

import dataclasses
import time
from collections.abc import Callable

SHARE = 0.02  # of the time of training that scores nobody asked for may take
# Seconds that are expected of the first score, before one was made: 1,000 images on two cores.
FIRST = 20.0


@dataclasses.dataclass(frozen=True)
class EveryTicks:
    """At ticks that are multiples of a number, and at the end: a function of the image counter.

    Attributes:
        ticks: of it.
    """

    ticks: int

    def due(self, tick: int) -> bool:
        """Whether to score at a tick."""
        return tick > 0 and tick % self.ticks == 0

    @property
    def due_at_end(self) -> bool:
        """Whether to score the end of training."""
        return True

    def took(self, seconds: float) -> None:
        """Told after each score."""


class WithinShare:
    """At ticks that are multiples of a number, while scores stay within a share of the time.

    Args:
        ticks: of it.
        share: of the time since this was made, which is when training began or went on.
        clock: seconds, ever larger.
    """

    def __init__(self, ticks: int, share=SHARE, clock: Callable[[], float] = time.monotonic):
        self.ticks, self._share, self._clock = ticks, share, clock
        self._start, self._spent, self._last = clock(), 0.0, FIRST

    def due(self, tick: int) -> bool:
        """Whether to score at a tick: whether another score like the last one stays within."""
        return tick > 0 and tick % self.ticks == 0 and self.due_at_end

    @property
    def due_at_end(self) -> bool:
        """Whether to score the end of training."""
        return self._spent + self._last <= self._share * (self._clock() - self._start)

    def took(self, seconds: float) -> None:
        """Told after each score, how long it took."""
        self._spent += seconds
        self._last = seconds
