"""Checks of a run by its pictures: those that it learns from, and those that it makes."""

import numpy as np

from ada_tf.diagnosis.evidence import MARKED, Evidence, Finding, Level, Look
from ada_tf.metrics.measures.estimate import spread as error_of_difference

P = "Progress/augment"  # the curve of p

# Training pictures: are they fit to be learnt from?

_FEW = 100  # arXiv 2006.06676 and our own runs: with fewer, what is generated are mostly copies
# Parts of the pictures: near twins worth a word, and blank ones that are no accident.
_TWINS, _BLANK = 0.05, 0.05


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
    """Pictures that are there several times, a little changed; or alike on purpose, which no number tells."""
    reals = found.reals
    if reals is None or reals.looked_at == 0 or reals.twins < _TWINS * reals.looked_at:
        return None
    return Finding(
        "near twins",
        Level.NOTE,
        f"{reals.twins:,} of {reals.looked_at:,} training pictures have one that is almost the same.",
        "near twins",
        reals.twins,
        _TWINS * reals.looked_at,
        "If they are one picture saved twice, keep one of each; icons and shapes may be alike on purpose,"
        " and stay.",
    )


def blank(found: Evidence) -> Finding | None:
    """Pictures of one colour."""
    reals = found.reals
    if reals is None or reals.looked_at == 0 or reals.blank < _BLANK * reals.looked_at:
        return None
    return Finding(
        "blank pictures",
        Level.WARNING,
        f"{reals.blank:,} of {reals.looked_at:,} training pictures are of one colour, but for noise.",
        "blank pictures",
        reals.blank,
        _BLANK * reals.looked_at,
        "Look at reals.png, and leave them out unless they are meant.",
    )


# Generated pictures: better, worse, all the same, or marked by the augmentation.

_LOOKS = 3  # sets of pictures without which nothing is said of their course
_SIGMAS = 2.0  # standard errors of the difference for two distances to be called different
# Distance of a generated picture to its nearest sister relative to real ones: planted motifs, up to 20 of
# them, lie at 0.02 to 0.37, honest halves of six sets at 0.95 to 1.16. Good generators that learn to draw
# fall to 0.59 for a while (experiments/doctor).
_MOTIFS = 0.5
_MOTIFS_OF_CLASS = 0.3  # fewer pictures, and a class may truly be of one motif or two
# Parts of the pictures and of the training pictures that are left if those that are alike are one. Who
# knows N pictures by heart leaves N; good runs leave 0.29 of the pictures and more (experiments/doctor).
_LEFT, _LEFT_OF_REALS = 0.15, 0.5
# Mean distance of two generated pictures relative to two real ones: all alike. Good runs begin at 0.58.
_ALIKE = 0.5
# Part of the largest coverage so far that noise does not lose, and the least coverage that counts: below
# it few real pictures were reached by chance.
_LOST, _REACHED = 0.5, 0.2
_EXPLAINED = 0.5  # pictures like real or augmented ones, without which the share means nothing
# Of the distance in the first half; nearer pictures have moved, whatever the errors are.
_LITTLE = 0.9
_WORSE = 1.5  # times the smallest distance so far
_DISTANCE, _COVERAGE, _SPREAD = "Pictures/distance", "Pictures/coverage", "Pictures/spread"


def collapsing(found: Evidence) -> Finding | None:
    """Pictures that are all alike, or only a handful of motifs."""
    if found.kimg <= 0:
        return None
    if found.looks and found.looks[-1].spread < _ALIKE:
        newest = found.looks[-1]
        return _collapsed(
            f"generated pictures are alike: two of them are {newest.spread:.0%} as far apart as two"
            " real ones.",
            "spread",
            newest.spread,
            _ALIKE,
        )
    return _motifs(found) or _groups(found) or _losing(found)


def _motifs(found: Evidence) -> Finding | None:
    variety = found.variety
    if variety is None:
        return None
    if variety.sister < _MOTIFS:
        return _collapsed(
            "generated pictures are a handful of motifs: each has a sister"
            f" {variety.sister:.0%} as far away as the nearest of as many real ones.{_left(found)}",
            "sister",
            variety.sister,
            _MOTIFS,
        )
    poor = {c: v for c, v in variety.of_classes.items() if v < _MOTIFS_OF_CLASS}
    if not poor:
        return None
    worst = min(poor, key=poor.get)
    return _collapsed(
        f"generated pictures of {len(poor)} of {len(variety.of_classes)} classes are a handful of"
        f" motifs: in class {worst} each has a sister {poor[worst]:.0%} as far away as the nearest of as"
        " many real ones.",
        "sister",
        poor[worst],
        _MOTIFS_OF_CLASS,
    )


def _groups(found: Evidence) -> Finding | None:
    reals = found.reals
    if found.left is None or reals is None:
        return None
    # Of few pictures nobody knows how near two are by chance, and of blank ones noise is compared.
    if reals.count < _FEW or reals.blank >= _BLANK * reals.looked_at:
        return None
    left, made = found.left
    limit = min(_LEFT * made, _LEFT_OF_REALS * reals.count)
    if left >= limit:
        return None
    return _collapsed(f"generated pictures are the same few.{_left(found)}", "groups", left, limit)


def _left(found: Evidence) -> str:
    """How many are left where those that are alike are one."""
    if found.left is None:
        return ""
    left, made = found.left
    return f" Of {made:,} pictures {left:,} are left if those that are alike are one."


def _collapsed(sentence: str, measure: str, number: float, limit: float) -> Finding:
    return Finding(
        "collapsed",
        Level.ALARM,
        sentence,
        measure,
        number,
        limit,
        "Go back to a snapshot from before it fell, with a lower --lr or a higher --gamma.",
        (_SPREAD, _COVERAGE),
    )


def _losing(found: Evidence) -> Finding | None:
    if len(found.looks) < _LOOKS:
        return None
    newest, best = found.looks[-1], max(look.coverage for look in found.looks)
    if best <= _REACHED or newest.coverage >= _LOST * best:
        return None
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


def leaking(found: Evidence) -> Finding | None:
    """Marks of the augmentation in generated pictures."""
    marks = found.marks
    if marks is None or marks.explained < _EXPLAINED or marks.share < MARKED:
        return None
    return Finding(
        "leaking",
        Level.ALARM,
        f"{min(marks.share, 1):.0%} of what generated pictures are like are augmented pictures,"
        " turned, moved or recoloured, and not real ones.",
        "augmented share",
        marks.share,
        MARKED,
        _against(marks),
        (P,),
    )


def _against(marks) -> str:
    """What experiments/leak has measured of each cause: turns from p = 0.9 on, colours from 0.3 on."""
    turned, recoloured = marks.turned or 0.0, marks.recoloured or 0.0
    if max(turned, recoloured) < MARKED or turned == recoloured:
        return (
            "Keep p below 0.8 (--aug=ada, or a lower --p), and leave out the transforms that show."
        )
    if turned > recoloured:
        return (
            "They are turned or moved, which leaks above p = 0.8: a lower --ada_cap or --p; or"
            " --augpipe=color, which turns nothing. blit and bg have quarter turns."
        )
    return "They are recoloured, which leaks from p = 0.3 on: --augpipe=bg, which leaves colours alone."


def getting_worse(found: Evidence) -> Finding | None:
    """Pictures that move away from the real ones again."""
    if len(found.looks) < _LOOKS:
        return None
    newest, best = found.looks[-1], _nearest(found.looks[:-1])
    if not (_is_farther(newest, best) and newest.distance.value > _WORSE * best.distance.value):
        return None
    # Vague pictures of the first minutes are near to all, and sharper ones farther: nothing is lost.
    if best.kimg and best.coverage <= _REACHED:
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
        Level.NOTE,
        f"generated pictures have come no nearer to the real ones since {best.kimg:g} kimg: distance"
        f" {best.distance.value:.2g} then, {now.distance.value:.2g} at best in the second half.",
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
