"""A metric of each class alone."""

import dataclasses
from collections.abc import Callable

import numpy as np

from ada_tf.errors import UserError
from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.metrics.measures.samples import checked


@dataclasses.dataclass(frozen=True)
class ClassScore:
    """The metric of one class.

    Attributes:
        label: of the class.
        real: number of its real images.
        fake: number of its generated images.
        estimates: results of the metric, a tuple; None if there are too few images.
    """

    label: int
    real: int
    fake: int
    estimates: tuple[Estimate, ...] | None


def per_class(
    function: Callable, real, real_labels, fake, fake_labels, least: int
) -> list[ClassScore]:
    """Apply a metric to the images of each class alone.

    Args:
        function: (features of the reals, of the fakes) -> an Estimate or a tuple of them.
        real: float [N, D].
        real_labels: int [N], or one-hot [N, classes].
        fake: float [M, D].
        fake_labels: like `real_labels`.
        least: fewest images of a class on either side; with fewer the value would depend more on the
            sample than on the class.

    Returns:
        One score for each class that either side has, in order of labels.

    Raises:
        UserError: features and labels do not fit.
    """
    if least < 1:
        raise UserError(f"least={least} must be at least 1.")
    real, fake = checked(real, "real", dtype=None), checked(fake, "fake", dtype=None)
    real_labels = _numbers(real_labels, len(real), "real_labels")
    fake_labels = _numbers(fake_labels, len(fake), "fake_labels")
    scores = []
    for label in np.union1d(real_labels, fake_labels).tolist():
        ours, others = real[real_labels == label], fake[fake_labels == label]
        found = None
        if min(len(ours), len(others)) >= least:
            found = function(ours, others)
            found = found if isinstance(found, tuple) else (found,)
        scores.append(ClassScore(label, len(ours), len(others), found))
    return scores


def _numbers(labels, count: int, name: str) -> np.ndarray:
    """Labels as int [count]."""
    labels = np.asarray(labels)
    if labels.ndim == 2 and labels.shape[1] and (np.count_nonzero(labels, axis=1) == 1).all():
        labels = labels.argmax(axis=1)
    if labels.shape != (count,) or labels.dtype.kind not in "iu":
        raise UserError(
            f"{name} of shape {list(labels.shape)} and type {labels.dtype} must be whole numbers"
            f" or one-hot rows of {count} images."
        )
    return labels
