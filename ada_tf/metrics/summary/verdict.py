"""What the numbers of a summary say, in sentences."""

import math

from ada_tf.metrics.copies.copies import Copies
from ada_tf.metrics.evaluator import Score
from ada_tf.metrics.gap import gaps
from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.metrics.words import in_words

SIGMAS = 2.0  # standard errors that a difference must have to be called one
FEW_REACHED = 0.8  # of the coverage that real images would have; below, variety is missing


def verdict(scores: list[Score], copies: Copies | None) -> list[str]:
    """Sentences, the most important first.

    Args:
        scores: of an evaluation; those that a sentence is about may be missing.
        copies: what was found of them, or None.
    """
    found = [_of_copies(copies), *_of_gaps(scores), *_of_distance(scores), *_of_variety(scores)]
    if copies is not None:
        found += _of_modes(copies)
    return [sentence for sentence in found if sentence]


def _of_copies(copies: Copies | None) -> str:
    if copies is None:
        return ""
    what = (
        f"{copies.count:,} of {copies.tested:,} generated images look like copies of training"
        f" images, where chance makes {copies.expected:.2g} (p = {copies.p:.1g})"
    )
    if copies.copying:
        return f"It copies: {what}."
    return f"No sign of copying: {what}."


def _of_gaps(scores) -> list[str]:
    found = []
    for name, gap in gaps(scores).items():
        if is_more(gap, 0):
            found.append(
                f"It is nearer to the images it was trained on than to others of their kind ({name}:"
                f" held-out minus training {in_words(gap)}): it has begun to memorise; an earlier"
                " checkpoint may be the better one."
            )
        else:
            found.append(
                f"It is as near to images it has never seen as to those it was trained on ({name}:"
                f" held-out minus training {in_words(gap)})."
            )
    return found


def _of_distance(scores) -> list[str]:
    for score in scores:
        if score.metric.keys[0].startswith("kid"):
            value, count = score.estimate, f"{score.metric.fakes:,} generated images"
            if is_more(value, 0):
                return [
                    f"{count} can be told from real ones ({score.metric.name} {in_words(value)})."
                ]
            return [
                f"{count} cannot be told from real ones by {score.metric.name}"
                f" ({in_words(value)}): only more images, or eyes, can."
            ]
    return []


def _of_variety(scores) -> list[str]:
    for score in scores:
        key = next((name for name in score.results if name.endswith("_coverage")), None)
        if key is None:
            continue
        (real,) = score.details["real"].values()
        usual = expected_coverage(real, score.metric.fakes, score.metric.neighbours)
        found = Estimate(score.results[key], score.errors.get(key))
        end = "." if found.value >= FEW_REACHED * usual else ": variety is missing."
        return [
            f"Generated images are beside {found.value:.0%} of the real ones, where as many real"
            f" ones would be beside {usual:.0%}{end}"
        ]
    return []


def _of_modes(copies: Copies) -> list[str]:
    if copies.largest_equal > 1:
        return [
            f"{copies.largest_equal:,} of {copies.tested:,} generated images are the same image."
        ]
    if copies.distinct < 0.9 * copies.tested:
        return [
            f"Of {copies.tested:,} generated images {copies.distinct:,} differ by more than copies"
            " do: it repeats itself."
        ]
    return []


def is_more(estimate: Estimate, than: float) -> bool:
    """Whether a number is above another beyond its error."""
    return estimate.value - than > SIGMAS * (estimate.error or 0)


def expected_coverage(real: int, fake: int, neighbours: int) -> float:
    """Coverage of two samples of one distribution (arXiv 2002.09797, lemma 2).

    A ball reaches to the k-th of real - 1 others. It holds no fake if, of all others and all fakes in
    their order of distance, the first k are others.
    """
    k = min(neighbours, real - 1)
    return 1 - math.prod((real - 1 - i) / (real - 1 + fake - i) for i in range(k))
