"""Whether training still consists of finite numbers, and if not, where that began."""

from typing import NamedTuple

import numpy as np

from ada_tf.training.iteration.stats import WAITING, fetch


class Symptom(NamedTuple):
    """The first tensor that was not finite: in which phase, and after how many images."""

    images: int
    phase: str
    tensor: str

    def __str__(self):
        return f"{self.phase}: {self.tensor} was not finite after {self.images} images"


class Health:
    """Collects what the phases say of their tensors; stays on the device until somebody reads it.

    A gradient that is not finite is mended (`sanitize`) and does no harm; a loss or a weight that
    is not finite has ended the training.
    """

    def __init__(self):
        self.forget()

    def watch(self, tensors: dict[str, list[str]]) -> None:
        """Take note of the phases, in their order, and the names of their tensors."""
        self._tensors = tensors
        self.forget()

    def report(self, images: int, bad: dict) -> None:
        """Keep what an iteration, begun at `images`, returned: phase -> above 0 if not finite."""
        self._pending.append((images, bad))
        if len(self._pending) >= WAITING:
            self._look()

    def forget(self) -> None:
        """Drop what was reported."""
        self._pending, self._fatal, self._mended = [], None, None

    def read(self) -> tuple[Symptom | None, Symptom | None]:
        """(first fatal symptom, first mended gradient) since the last reading."""
        self._look()
        found = self._fatal, self._mended
        self.forget()
        return found

    def _look(self):
        """Go through what is pending, up to the first fatal symptom."""
        pending, self._pending = self._pending, []
        if self._fatal is not None:
            return
        fetched = {}  # phase -> rows in the order of the iterations in which it was due
        for phase in self._tensors:
            rows = [bad[phase] for _, bad in pending if phase in bad]
            fetched[phase] = iter(fetch(rows) if rows else ())
        for images, bad in pending:
            for phase, names in self._tensors.items():
                for i in np.flatnonzero(next(fetched[phase])) if phase in bad else ():
                    symptom = Symptom(images, phase, names[i])
                    if not names[i].startswith("the gradient of"):
                        self._fatal = symptom
                        return
                    self._mended = self._mended or symptom
