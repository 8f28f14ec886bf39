"""What the generated pictures say: better, worse, all the same, or marked by the augmentation."""

import numpy as np

from ada_tf.augment.control import CAP
from ada_tf.diagnosis.evidence import Evidence, Look
from ada_tf.diagnosis.finding import Finding, Level
from ada_tf.metrics.measures.estimate import spread as error_of_difference

LOOKS = 3  # sets of pictures without which nothing is said of their course
SIGMAS = 2.0  # standard errors of the difference for two distances to be called different
# Mean distance of two generated pictures relative to two real ones. Good runs lie at 0.84 to 1 from
# their first kimg on, one whose latents are not heard at 0.002 (experiments/doctor).
ALIKE = 0.6
# Part of the largest coverage so far, beyond which what is lost is no noise, and the least coverage
# that can be lost: below it few real pictures were reached by chance.
LOST, REACHED = 0.5, 0.2
MARKED = 0.5  # share that looks augmented; good runs stay below 0.27 (experiments/doctor)
EXPLAINED = 0.5  # pictures like real or augmented ones, without which the share means nothing
MOST_P = 0.85  # a little above the cap, where arXiv 2006.06676, section 2.2, finds leaks to begin
LITTLE = 0.9  # of the distance in the first half; what is nearer has moved, whatever the errors say
WORSE = 1.5  # times the smallest distance so far
P = "Progress/augment"
DISTANCE, COVERAGE, SPREAD = "Pictures/distance", "Pictures/coverage", "Pictures/spread"


def collapsing(found: Evidence) -> Finding | None:
    """Pictures that are all alike."""
    if not found.looks or found.kimg <= 0:
        return None
    newest = found.looks[-1]
    if newest.spread < ALIKE:
        return Finding(
            "collapsed",
            Level.ALARM,
            f"generated pictures are alike: two of them are {newest.spread:.0%} as far apart as two"
            " real ones.",
            "spread",
            newest.spread,
            ALIKE,
            "Go back to a snapshot from before it fell, with a lower --lr or a higher --gamma.",
            (SPREAD, COVERAGE),
        )
    best = max(look.coverage for look in found.looks)
    if len(found.looks) >= LOOKS and best > REACHED and newest.coverage < LOST * best:
        return Finding(
            "losing variety",
            Level.ALARM,
            f"generated pictures reach {newest.coverage:.0%} of the variety of the real ones, after"
            f" {best:.0%} earlier.",
            "coverage",
            newest.coverage,
            LOST * best,
            "Go back to a snapshot from before it fell, with a lower --lr or a higher --gamma.",
            (COVERAGE, SPREAD),
        )
    return None


def leaking(found: Evidence) -> Finding | None:
    """Marks of the augmentation in what is generated."""
    marks = found.marks
    if marks is None or marks.explained < EXPLAINED or marks.share < MARKED:
        return None
    return Finding(
        "leaking",
        Level.ALARM,
        f"{min(marks.share, 1):.0%} of what generated pictures are like are augmented pictures,"
        " turned, moved or recoloured, and not real ones.",
        "augmented share",
        marks.share,
        MARKED,
        "Keep p below 0.8: --aug=ada, or a lower --p; or leave out the transforms that show"
        " (--augpipe=blit is the mildest).",
        (P,),
    )


def drowned(found: Evidence) -> Finding | None:
    """So much augmentation that hardly a picture is shown as it is."""
    p = found.now(P)
    if p is None or p <= MOST_P:
        return None
    return Finding(
        "too much augmentation",
        Level.ALARM,
        f"p is {p:.2f}: hardly a real picture is shown as it is, and above {CAP:g} or so turned, moved"
        " and recoloured ones are what is learnt.",
        "p",
        p,
        MOST_P,
        "Train with --aug=ada, whose --ada_cap is below that, or with a lower --p.",
        (P,),
    )


def getting_worse(found: Evidence) -> Finding | None:
    """Pictures that move away from the real ones again."""
    if len(found.looks) < LOOKS:
        return None
    newest, best = found.looks[-1], _nearest(found.looks[:-1])
    if not (_is_farther(newest, best) and newest.distance.value > WORSE * best.distance.value):
        return None
    return Finding(
        "getting worse",
        Level.ALARM,
        f"generated pictures are farther from the real ones ({newest.distance.value:.2g}) than they"
        f" were at {best.kimg:g} kimg ({best.distance.value:.2g}).",
        "distance",
        newest.distance.value,
        WORSE * best.distance.value,
        f"Take the snapshot nearest to {best.kimg:g} kimg; going on gains nothing."
        if best.kimg
        else "Nothing has been learnt so far: start again with other settings, see the other lines.",
        (DISTANCE,),
    )


def learning(found: Evidence) -> Finding | None:
    """Pictures that come nearer to the real ones, or as near as can be told."""
    if len(found.looks) < LOOKS:
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
            curves=(DISTANCE, COVERAGE),
        )
    if newest.distance.value < SIGMAS * (newest.distance.error or 0):
        return Finding(
            "learned",
            Level.GOOD,
            "by small pixels generated pictures cannot be told from real ones any more"
            f" (distance {newest.distance.value:.2g} ± {newest.distance.error:.1g}).",
            "distance",
            newest.distance.value,
            advice="Only scores and eyes can say more: ada-evaluate RUN.",
            curves=(DISTANCE, COVERAGE),
        )
    return None


def stalled(found: Evidence) -> Finding | None:
    """No step forwards in the second half of the run, with much left to learn."""
    if len(found.looks) < 2 * LOOKS or learning(found) is not None:
        return None
    best, now = _nearest(_earlier(found.looks)), _nearest(found.looks[len(found.looks) // 2 :])
    if now.distance.value < LITTLE * best.distance.value:
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
        (DISTANCE,),
    )


def _earlier(looks) -> tuple[Look, ...]:
    """The first half, without the first of all, which no training has touched."""
    return looks[1 : max(2, len(looks) // 2)]


def _nearest(looks) -> Look:
    return looks[int(np.argmin([look.distance.value for look in looks]))]


def _is_farther(one: Look, other: Look) -> bool:
    difference = one.distance.value - other.distance.value
    return difference > SIGMAS * error_of_difference(one.distance, other.distance)
