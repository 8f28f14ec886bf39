"""Copies during training: looked for at every score, by small pixels alone."""

from ada_tf.errors import UserError
from ada_tf.metrics.copies.copies import Copies
from ada_tf.metrics.copies.copies_report import verdict
from ada_tf.metrics.copies.copy_search import CopySearch
from ada_tf.metrics.images.reals import DatasetImages

METRIC = "copies"  # name of its lines
# Training images up to which they are looked for: 3 kB each stay in memory, and the distances of
# 1,000 generated images take a second.
MOST = 50_000


class CopyWatch:
    """Looks for copies again and again; what it cannot do it says once, and lets the training go on.

    Args:
        dataset: of the training images, with the held-out ones; None looks for none.
        log: called with a line.
    """

    def __init__(self, dataset, log):
        self._dataset, self._log, self._search = dataset, log, None
        self._off = dataset is None or dataset.num_originals > MOST

    def __call__(self, fakes) -> Copies | None:
        """Look at generated images, an images source; None if that cannot be done."""
        if self._off:
            return None
        try:
            if self._search is None:
                held_out = self._dataset.validation
                self._search = CopySearch(
                    DatasetImages(self._dataset), held_out and DatasetImages(held_out)
                )
            return self._search(fakes, drawn=1)[0]
        except UserError as problem:
            self._off = True
            self._log(f"Copies are not looked for: {problem}")
            return None


def line_of(found: Copies) -> dict:
    """The line of a metric file: number of copies among those tested, expected ones, p-value."""
    return {
        "metric": METRIC,
        "results": {METRIC: found.count, f"{METRIC}_p": found.p},
        "tested": found.tested,
        "expected": found.expected,
        "copying": found.copying,
    }


def describe(found: Copies) -> str:
    """The line for people."""
    return (
        f"copies {found.count} of {found.tested}, {found.expected:.2g} expected by chance:"
        f" {verdict(found)}"
    )
