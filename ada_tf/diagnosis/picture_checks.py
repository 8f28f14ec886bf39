"""Checks of a run by its pictures: those that it learns from, and those that it makes."""

import numpy as np

from ada_tf.diagnosis.evidence import Evidence, Finding, Level, Look
from ada_tf.metrics.measures.estimate import spread as error_of_difference

P = "Progress/augment"  # the curve of p

# Training pictures: are they fit to be learnt from?

_FEW = 100  # arXiv 2006.06676 and our own runs: with fewer, what is generated are mostly copies
_TWINS = 0.05  # part of the pictures that have a near twin; ordinary sets have none
# Creatures, critters, emoji, digits and solar cells have 0.0056 to 0.030; creatures with digits, from a
# tenth of them to half, 0 (experiments/doctor).
_JOINED = 0.003
_SMALLEST = 0.05  # part of the pictures in the smaller kind


def too_few(found: Evidence) -> Finding | None:
    """Fewer pictures than anything can be learnt from."""
    if found.reals is None or found.reals.count >= _FEW:
        return None
    return Finding(
        "too few pictures",
        Level.WARNING,
        f"{found.reals.count} pictures are too few: below about {_FEW} expect copies of them.",
        "pictures",
        found.reals.count,
        _FEW,
        "Add pictures of the same kind, or start from trained networks with --resume.",
    )


def duplicates(found: Evidence) -> Finding | None:
    """Pictures that are there several times, a little changed."""
    reals = found.reals
    if reals is None or reals.looked_at == 0 or reals.twins < _TWINS * reals.looked_at:
        return None
    return Finding(
        "duplicates",
        Level.WARNING,
        f"{reals.twins:,} of {reals.looked_at:,} training pictures have one that is almost the same:"
        " there are fewer pictures than it seems, and those are learnt by heart first.",
        "near twins",
        reals.twins,
        _TWINS * reals.looked_at,
        "Keep one of each; exact copies have been left out already.",
    )


def two_kinds(found: Evidence) -> Finding | None:
    """Pictures that fall into two groups with nothing in between."""
    reals = found.reals
    if reals is None or reals.joined > _JOINED or reals.smaller < _SMALLEST:
        return None
    if found.config.architecture.label_dim:  # classes may be of two kinds, and are told
        return None
    return Finding(
        "mixed data",
        Level.WARNING,
        "the training pictures are of two kinds, by their colours, contrast and edges, with hardly"
        f" anything in between; {reals.smaller:.0%} are of the smaller one. Each has fewer pictures"
        " than it seems.",
        "connectivity",
        reals.joined,
        _JOINED,
        "Train on one kind, or tell them apart: a sub-folder each, and --cond.",
    )


# Generated pictures: better, worse, all the same, or marked by the augmentation.

_LOOKS = 3  # sets of pictures without which nothing is said of their course
_SIGMAS = 2.0  # standard errors of the difference for two distances to be called different
# Mean distance of two generated pictures relative to two real ones. Good runs lie at 0.84 to 1 from
# their first kimg on, one whose latents are not heard at 0.002 (experiments/doctor).
_ALIKE = 0.6
# Part of the largest coverage so far that noise does not lose, and the least coverage that counts: below
# it few real pictures were reached by chance.
_LOST, _REACHED = 0.5, 0.2
_MARKED = 0.5  # share that looks augmented; good runs stay below 0.27 (experiments/doctor)
_EXPLAINED = 0.5  # pictures like real or augmented ones, without which the share means nothing
# Of the distance in the first half; nearer pictures have moved, whatever the errors are.
_LITTLE = 0.9
_WORSE = 1.5  # times the smallest distance so far
_DISTANCE, _COVERAGE, _SPREAD = "Pictures/distance", "Pictures/coverage", "Pictures/spread"


def collapsing(found: Evidence) -> Finding | None:
    """Pictures that are all alike."""
    if not found.looks or found.kimg <= 0:
        return None
    newest = found.looks[-1]
    if newest.spread < _ALIKE:
        return Finding(
            "collapsed",
            Level.ALARM,
            f"generated pictures are alike: two of them are {newest.spread:.0%} as far apart as two"
            " real ones.",
            "spread",
            newest.spread,
            _ALIKE,
            "Go back to a snapshot from before it fell, with a lower --lr or a higher --gamma.",
            (_SPREAD, _COVERAGE),
        )
    best = max(look.coverage for look in found.looks)
    if len(found.looks) >= _LOOKS and best > _REACHED and newest.coverage < _LOST * best:
        return Finding(
            "losing variety",
            Level.ALARM,
            f"generated pictures reach {newest.coverage:.0%} of the variety of the real ones, after"
            f" {best:.0%} earlier.",
            "coverage",
            newest.coverage,
            _LOST * best,
            "Go back to a snapshot from before it fell, with a lower --lr or a higher --gamma.",
            (_COVERAGE, _SPREAD),
        )
    return None


def leaking(found: Evidence) -> Finding | None:
    """Marks of the augmentation in generated pictures."""
    marks = found.marks
    if marks is None or marks.explained < _EXPLAINED or marks.share < _MARKED:
        return None
    return Finding(
        "leaking",
        Level.ALARM,
        f"{min(marks.share, 1):.0%} of what generated pictures are like are augmented pictures,"
        " turned, moved or recoloured, and not real ones.",
        "augmented share",
        marks.share,
        _MARKED,
        "Keep p below 0.8: --aug=ada, or a lower --p; or leave out the transforms that show"
        " (--augpipe=bg leaves colours alone, --augpipe=color turns nothing).",
        (P,),
    )


def getting_worse(found: Evidence) -> Finding | None:
    """Pictures that move away from the real ones again."""
    if len(found.looks) < _LOOKS:
        return None
    newest, best = found.looks[-1], _nearest(found.looks[:-1])
    if not (_is_farther(newest, best) and newest.distance.value > _WORSE * best.distance.value):
        return None
    return Finding(
        "getting worse",
        Level.ALARM,
        f"generated pictures are farther from the real ones ({newest.distance.value:.2g}) than they"
        f" were at {best.kimg:g} kimg ({best.distance.value:.2g}).",
        "distance",
        newest.distance.value,
        _WORSE * best.distance.value,
        f"Take the snapshot nearest to {best.kimg:g} kimg; going on gains nothing."
        if best.kimg
        else "Nothing has been learnt so far: start again with other settings, see the other lines.",
        (_DISTANCE,),
    )


def learning(found: Evidence) -> Finding | None:
    """Pictures that come nearer to the real ones, or as near as can be told."""
    if len(found.looks) < _LOOKS:
        return None
    newest, before = found.looks[-1], _nearest(_earlier(found.looks))
    if _is_farther(before, newest):
        return Finding(
            "learning",
            Level.GOOD,
            f"generated pictures come nearer to the real ones: {newest.distance.value:.2g} now, at"
            f" best {before.distance.value:.2g} in the first half of the run.",
            "distance",
            newest.distance.value,
            curves=(_DISTANCE, _COVERAGE),
        )
    if newest.distance.value < _SIGMAS * (newest.distance.error or 0):
        return Finding(
            "learned",
            Level.GOOD,
            "by small pixels generated pictures cannot be told from real ones any more"
            f" (distance {newest.distance.value:.2g} ± {newest.distance.error:.1g}).",
            "distance",
            newest.distance.value,
            advice="Only scores and eyes can say more: ada-evaluate RUN.",
            curves=(_DISTANCE, _COVERAGE),
        )
    return None


def stalled(found: Evidence) -> Finding | None:
    """No step forwards in the second half of the run, with much left to learn."""
    if len(found.looks) < 2 * _LOOKS or learning(found) is not None:
        return None
    best, now = _nearest(_earlier(found.looks)), _nearest(found.looks[len(found.looks) // 2 :])
    if now.distance.value < _LITTLE * best.distance.value:
        return None
    return Finding(
        "stalled",
        Level.WARNING,
        f"generated pictures have not come nearer to the real ones since {best.kimg:g} kimg"
        f" ({now.distance.value:.2g} at best, {best.distance.value:.2g} then).",
        "distance",
        now.distance.value,
        best.distance.value,
        "If it looks as it should, stop here; if not, see the other lines, and try another --gamma.",
        (_DISTANCE,),
    )


def _earlier(looks) -> tuple[Look, ...]:
    """The first half, without the first of all, which no training has touched."""
    return looks[1 : max(2, len(looks) // 2)]


def _nearest(looks) -> Look:
    return looks[int(np.argmin([look.distance.value for look in looks]))]


def _is_farther(one: Look, other: Look) -> bool:
    difference = one.distance.value - other.distance.value
    return difference > _SIGMAS * error_of_difference(one.distance, other.distance)
