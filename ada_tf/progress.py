"""Progress of long work: a bar on a terminal, a line now and then in logs and pipes."""

import sys
import time

import tqdm

_QUIET = 30  # seconds between lines of progress where nobody watches a terminal


def progress(total: int, doing: str, unit: str = "img"):
    """Show a bar on a terminal, and a line of text every half minute elsewhere."""
    if sys.stderr.isatty():
        return tqdm.tqdm(total=total, desc=doing, unit=unit, leave=False)
    return Lines(total, doing, unit)


class Lines:
    """Progress for logs and pipes: nothing for short work, else a line every `_QUIET` seconds.

    Args:
        total: units of work.
        doing: name of the work.
        unit: of the work.
        clock: seconds, ever larger.
    """

    def __init__(self, total: int, doing: str, unit: str = "img", clock=time.monotonic):
        self._total, self._doing, self._unit, self._clock = total, doing, unit, clock
        self._done, self._start, self._said = 0, clock(), clock()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def update(self, units: int) -> None:
        """Count units that are done, and print a line if one is due."""
        self._done += units
        now = self._clock()
        if now - self._said < _QUIET or self._done >= self._total:
            return
        self._said = now
        rate = self._done / (now - self._start)
        left = (self._total - self._done) / rate
        print(
            f"{self._doing}: {self._done} of {self._total} {self._unit}, {rate:.3g} a second,"
            f" {left:.0f} s left",
            file=sys.stderr, flush=True,
        )  # fmt: skip
