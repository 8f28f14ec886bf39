"""Estimates: numbers with their standard errors, and the best of several."""

import dataclasses
import math

import numpy as np

from ada_tf.errors import UserError

_SIGMAS = 2.0  # standard errors by which numbers must differ to be called different


@dataclasses.dataclass(frozen=True)
class Estimate:
    """Result of a metric on a sample of images.

    Attributes:
        value: the number.
        error: standard error, one sigma: the spread over other samples of as many images, on both
            sides if both are samples. None if it is not known.
    """

    value: float
    error: float | None = None


def estimates(found, name: str) -> tuple[Estimate, ...]:
    """Check the results of a metric, and return them as a tuple.

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
    """Part of independent images that have a property, with its binomial error.

    Args:
        hits: bool [N], at least one.

    Returns:
        The part, in [0, 1]. Its error counts half a hit and half a miss more, so that 0 of 10 is not
        taken for certain.
    """
    hits = np.asarray(hits, bool)
    likely = (hits.sum() + 0.5) / (len(hits) + 1)
    return Estimate(float(hits.mean()), float(np.sqrt(likely * (1 - likely) / len(hits))))


@dataclasses.dataclass(frozen=True)
class Scored:
    """One score of a run.

    Attributes:
        images: image counter, or another place in the training.
        estimate: the score.
    """

    images: int
    estimate: Estimate


def best_of(scores, higher_is_better: bool = False) -> Scored | None:
    """Find the best score; a later one must be better by more than both err.

    With few images the best of many scores is mostly the luckiest one. So a score must beat the best so
    far by one sigma of the difference. Small steps add up, since they are compared with the best.

    Args:
        scores: list of `Scored`, in any order; unknown errors count as 0.
        higher_is_better: higher scores are better.

    Returns:
        One of them; None without any that is finite.
    """
    best, sign = None, 1 if higher_is_better else -1
    # Nothing is better than NaN, which would stay the best for ever.
    known = (score for score in scores if math.isfinite(score.estimate.value))
    for score in sorted(known, key=lambda score: score.images):
        if best is None or sign * (score.estimate.value - best.estimate.value) > spread(
            score.estimate, best.estimate
        ):
            best = score
    return best


def as_good(scores, best: Scored) -> list[Scored]:
    """Scores that cannot be told from the best one: within one sigma of the difference."""
    return [
        score
        for score in scores
        if score is not best
        and abs(score.estimate.value - best.estimate.value) <= spread(score.estimate, best.estimate)
    ]


def spread(a: Estimate, b: Estimate) -> float:
    """Standard error of the difference of two estimates, as if they were independent.

    Two scores against the same real images share a part of their errors, so this is an upper bound.
    """
    return math.hypot(a.error or 0, b.error or 0)


def difference(a: Estimate, b: Estimate) -> Estimate:
    """Subtract: a - b, with an error if both of theirs are known."""
    known = a.error is not None and b.error is not None
    return Estimate(a.value - b.value, spread(a, b) if known else None)


def is_more(estimate: Estimate, than: float) -> bool:
    """Return True if a number is above another by more than _SIGMAS standard errors."""
    return estimate.value - than > _SIGMAS * (estimate.error or 0)


def in_words(estimate: Estimate) -> str:
    """Write a number with no more digits than its error allows: 0.0123 ± 0.0021."""
    if not estimate.error:
        return f"{estimate.value:.6g}"
    # Two digits of the error, and the number to the same place.
    places = max(0, 1 - math.floor(math.log10(estimate.error)))
    return f"{estimate.value:.{places}f} ± {estimate.error:.{places}f}"
