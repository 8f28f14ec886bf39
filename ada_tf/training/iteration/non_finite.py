"""NaN and infinity in an iteration: gradients are mended, and the first bad tensor is named."""

import enum
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from ada_tf.ops import choice
from ada_tf.ops.graph import is_compiling
from ada_tf.training.iteration.stats import WAITING, fetch

# Infinite gradients become this, as published; NaN becomes 0: one bad image cannot end a run.
GRADIENT_LIMIT = 1e5
# Tensors that are searched at once: fewer kernels on a GPU against more comparisons a number.
GROUP = 16


class WatchedKind(enum.Enum):
    """Role of a tensor. A gradient that is not finite is mended; a loss or a weight ends the run."""

    LOSS = "the loss"
    GRADIENT = "the gradient of {}"
    WEIGHT = "{}"


class Watched(NamedTuple):
    """Tensor that an iteration checks."""

    kind: WatchedKind
    name: str = ""

    def __str__(self):
        return self.kind.value.format(self.name)


class NonFiniteTensor(NamedTuple):
    """First tensor that was not finite, its phase, and the images seen until then."""

    images: int
    phase: str
    tensor: Watched

    def __str__(self):
        return f"{self.phase}: {self.tensor} was not finite after {self.images} images"


def watched(weights: list[str]) -> list[Watched]:
    """Tensors that a phase checks, in the order of `not_finite`: its loss, then its gradients.

    Args:
        weights: names of the weights that it trains.
    """
    return [Watched(WatchedKind.LOSS), *(Watched(WatchedKind.GRADIENT, name) for name in weights)]


def sanitize(gradient):
    """Replace NaN by 0 and infinities by the limit."""
    # NaN first: its sign is NaN as well.
    gradient = tf.where(tf.math.is_nan(gradient), 0.0, gradient)
    return tf.where(tf.math.is_inf(gradient), tf.sign(gradient) * GRADIENT_LIMIT, gradient)


def mended(gradients, bad) -> list:
    """`sanitize` all gradients.

    Args:
        gradients: list of tensors.
        bad: from `not_finite`; where all are finite, a CPU leaves the gradients alone.
    """
    if not choice.branches():
        return [sanitize(g) for g in gradients]
    # A pass over all gradients is saved as long as nothing is wrong, which is nearly always.
    return tf.cond(
        tf.reduce_any(bad > 0), lambda: [sanitize(g) for g in gradients], lambda: list(gradients)
    )


def not_finite(tensors):
    """Float32 [number of tensors]: 1 where a tensor holds NaN or infinity, else 0.

    Compiled with XLA, 1 at the first such tensor only.
    """
    if is_compiling():
        return first_not_finite(tensors)
    finite = [tf.reduce_all(tf.math.is_finite(tf.convert_to_tensor(t))) for t in tensors]
    return 1 - tf.cast(tf.stack(finite), tf.float32)


def first_not_finite(tensors):
    """Float32 [number of tensors]: 1 at the first that holds NaN or infinity, else 0.

    Tensors are searched in groups. On a GPU each search is a kernel or two, too much for tensors of a
    few numbers; but each number of a group costs a comparison for each of its tensors.
    """
    found = []
    for start in range(0, len(tensors), GROUP):
        group = tensors[start : start + GROUP]
        index = _search(group)
        found.append(tf.where(index < len(group), start + index, len(tensors)))
    # one_hot of len(tensors) is all zeros: nothing was found.
    return tf.one_hot(tf.reduce_min(tf.stack(found)), len(tensors))


def _search(tensors):
    """Index of the first tensor that is not finite, int32; the number of tensors if all are."""
    flat = tf.concat([tf.reshape(t, [-1]) for t in tensors], axis=0)
    ends = np.cumsum([t.shape.num_elements() for t in tensors])
    # The first bad position in `flat`, then the number of tensors that end before it.
    position = tf.where(tf.math.is_finite(flat), ends[-1], tf.range(ends[-1]))
    return tf.reduce_sum(tf.cast(ends <= tf.reduce_min(position), tf.int32))


class NonFinite:
    """Results of `not_finite`, on the device until somebody reads them."""

    def __init__(self):
        self._tensors = {}
        self.forget()

    def watch(self, tensors: dict[str, list[Watched]]) -> None:
        """Set the phases, in their order, and the tensors that each checks."""
        self._tensors = tensors
        self.forget()

    def report(self, images: int, bad: dict) -> None:
        """Keep what an iteration, begun at `images`, returned: phase -> above 0 if not finite."""
        self._pending.append((images, bad))
        if len(self._pending) >= WAITING:
            self._go_through()

    def forget(self) -> None:
        """Drop all reports."""
        self._pending, self._fatal, self._mended = [], None, None

    def read(self) -> tuple[NonFiniteTensor | None, NonFiniteTensor | None]:
        """Return (first fatal tensor, first mended gradient) since the last reading."""
        self._go_through()
        found = self._fatal, self._mended
        self.forget()
        return found

    def _go_through(self):
        """Search the pending reports, up to the first fatal tensor."""
        pending, self._pending = self._pending, []
        if self._fatal is not None:
            return
        fetched = {}  # phase -> rows in the order of the iterations in which it was due
        for phase in self._tensors:
            rows = [bad[phase] for _, bad in pending if phase in bad]
            fetched[phase] = iter(fetch(rows) if rows else ())
        for images, bad in pending:
            for phase, tensors in self._tensors.items():
                for i in np.flatnonzero(next(fetched[phase])) if phase in bad else ():
                    found = NonFiniteTensor(images, phase, tensors[i])
                    if tensors[i].kind is not WatchedKind.GRADIENT:
                        self._fatal = found
                        return
                    self._mended = self._mended or found
