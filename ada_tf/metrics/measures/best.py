"""Which of many noisy scores is the best one, and when to stop waiting for a better one."""

import dataclasses
import math

from ada_tf.metrics.measures.estimate import Estimate


@dataclasses.dataclass(frozen=True)
class Scored:
    """One score of a run.

    Attributes:
        images: the image counter of what was scored.
        estimate: the score.
    """

    images: int
    estimate: Estimate


def best_of(scores, higher_is_better: bool = False) -> Scored | None:
    """The best score; a later one must be better by more than both can err.

    With few images the best of many scores is mostly the luckiest one. One sigma of the difference is
    asked for, compared with the best so far, so that small steps that add up are seen.

    Args:
        scores: of type `Scored`, in any order; errors that are not known count as none.
        higher_is_better: of the scores.

    Returns:
        One of them, None if there are none.
    """
    best, sign = None, 1 if higher_is_better else -1
    for score in sorted(scores, key=lambda score: score.images):
        if best is None or sign * (score.estimate.value - best.estimate.value) > spread(
            score.estimate, best.estimate
        ):
            best = score
    return best


def as_good(scores, best: Scored) -> list[Scored]:
    """Those that cannot be told from the best one: within one sigma of the difference."""
    return [
        score
        for score in scores
        if score is not best
        and abs(score.estimate.value - best.estimate.value) <= spread(score.estimate, best.estimate)
    ]


def spread(a: Estimate, b: Estimate) -> float:
    """Standard error of the difference of two estimates, as if they were independent.

    Two scores against the same real images share a part of their errors, so that this is the larger
    side of the truth.
    """
    return math.hypot(a.error or 0, b.error or 0)


def difference(a: Estimate, b: Estimate) -> Estimate:
    """A - b; without an error where one of theirs is not known."""
    known = a.error is not None and b.error is not None
    return Estimate(a.value - b.value, spread(a, b) if known else None)
