"""A number and how sure it is."""

import dataclasses
import math

import numpy as np

from ada_tf.errors import UserError


@dataclasses.dataclass(frozen=True)
class Estimate:
    """What a metric finds on a sample of images.

    Attributes:
        value: the number.
        error: its standard error, one sigma: how far the number would spread over other samples of
            as many images, of both sides where both are samples. None where it is not known.
    """

    value: float
    error: float | None = None


def estimates(found, name: str) -> tuple[Estimate, ...]:
    """What a metric has found, as a tuple.

    Args:
        found: an Estimate, or a tuple of them.
        name: of the metric, for the message.

    Raises:
        UserError: a value is not finite.
    """
    found = found if isinstance(found, tuple) else (found,)
    if not all(np.isfinite(estimate.value) for estimate in found):
        raise UserError(f"{name} is not finite; its images or features are broken.")
    return found


def share(hits) -> Estimate:
    """Which part of independent images have a property, with its binomial error.

    Args:
        hits: bool [N], at least one.

    Returns:
        The part, in [0, 1]. Its error is that of half a hit and half a miss more, so that none of
        ten is not taken for certain.
    """
    hits = np.asarray(hits, bool)
    likely = (hits.sum() + 0.5) / (len(hits) + 1)
    return Estimate(float(hits.mean()), float(np.sqrt(likely * (1 - likely) / len(hits))))


# Which of many noisy scores is the best one, and when to stop waiting for a better one.


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
