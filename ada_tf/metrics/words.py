"""Scores as lines for people."""

import math

from ada_tf.metrics.evaluator import Score
from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.metrics.measures.per_class import ClassScore
from ada_tf.training.callbacks.status import format_time


def describe(score: Score) -> str:
    """The line for people: "kid1k_held_lite0 0.0123 +- 0.0021  (3m 20s)"."""
    values = "  ".join(
        f"{name} {in_words(Estimate(value, score.errors.get(name)))}"
        for name, value in score.results.items()
    )
    return f"{values}  ({format_time(score.seconds)})"


def in_words(estimate: Estimate) -> str:
    """A number with no more digits than its error allows: 0.0123 ± 0.0021."""
    if not estimate.error:
        return f"{estimate.value:.6g}"
    # Two digits of the error, and the number to the same place.
    places = max(0, 1 - math.floor(math.log10(estimate.error)))
    return f"{estimate.value:.{places}f} ± {estimate.error:.{places}f}"


def describe_class(found: ClassScore) -> str:
    """The line of one class."""
    counts = f"class {found.label}: {found.fake} generated and {found.real} real images"
    if found.estimates is None:
        return f"{counts}, too few"
    return f"{counts}, {', '.join(map(in_words, found.estimates))}"


def describe_gap(name: str, gap: Estimate) -> str:
    """The line for people."""
    return f"{name}: held-out minus training {in_words(gap)}"
