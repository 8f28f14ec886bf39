"""Does the discriminator know its pictures by heart, and the generator with it?"""

from ada_tf.diagnosis.evidence import Evidence
from ada_tf.diagnosis.finding import Finding, Level
from ada_tf.metrics.summary.verdict import is_more
from ada_tf.metrics.words import in_words

R_T = "Loss/signs/real"  # its mean is r_t: signs of outputs on real pictures as they were shown
P = "Progress/augment"
TICKS = 5  # without as many there is nothing to be said
AT_CAP = 0.98  # part of the cap that counts as being there
# Without anything that answers to it: 100 pictures reach 0.85 after 20 kimg and stay above 0.9 from 30
# on, creatures and icons by the thousand stay below 0.78. Where fakes are easily told, as crisp icons
# are at first, r_t is as large without a picture being known: so they must have been seen OFTEN
# (experiments/doctor).
KNOWN, OFTEN = 0.85, 50
OVER = 0.1  # above the target, with p at its cap: the step of p cannot make up for it any more


def by_r_t(found: Evidence) -> Finding | None:
    """r_t, the part of p in it, and whether p can still answer."""
    r_t, augment = found.now(R_T), found.settings("augment")
    if r_t is None or len(found.curves[R_T]) < TICKS:
        return None
    if augment.mode in ("ada", "adarv"):
        return _with_ada(found, r_t)
    if r_t < KNOWN or found.epochs is None or found.epochs < OFTEN:
        return None
    fixed = augment.mode == "fixed"
    what = f"a fixed p of {augment.p:g}" if fixed else "no augmentation"
    return Finding(
        "overfitting",
        Level.ALARM,
        f"r_t is {r_t:.2f}: with {what} the discriminator knows its training pictures by heart, each"
        f" of which it has seen {found.epochs:,.0f} times.",
        "r_t",
        r_t,
        KNOWN,
        "Train with --aug=ada, which answers to it; an earlier snapshot may be the better one"
        " (ada-evaluate RUN --all).",
        (R_T, P),
    )


def _with_ada(found: Evidence, r_t: float) -> Finding | None:
    augment, p = found.settings("augment"), found.now(P)
    cap = 1.0 if augment.cap is None else augment.cap
    # The newest value: the mean of a p that has just arrived lies below.
    if p is None or found.curves[P].values[-1] < AT_CAP * cap:
        return None
    target = augment.target if augment.mode == "ada" else None
    if target is not None and r_t > target + OVER:
        return Finding(
            "overfitting",
            Level.ALARM,
            f"p is at its cap of {cap:g} and r_t still {r_t:.2f}, above its target of {target:g}:"
            " augmentation cannot keep the discriminator from knowing its pictures by heart.",
            "r_t",
            r_t,
            target + OVER,
            "More pictures help most, then --mirror, --resume from trained networks, a higher"
            " --gamma or a smaller network; an earlier snapshot may be the better one.",
            (R_T, P),
        )
    return Finding(
        "at the cap",
        Level.WARNING,
        f"p is at its cap of {cap:g}: there are too few pictures for the length of this run.",
        "p",
        p,
        AT_CAP * cap,
        "Watch the pictures for turned or recoloured ones, and keep the best snapshot; more pictures"
        " or --resume from trained networks help.",
        (P, R_T),
    )


def by_gap(found: Evidence) -> Finding | None:
    """Scores against held-out pictures beside those against training pictures."""
    if found.gap is None or not is_more(found.gap[1], 0):
        return None
    name, gap = found.gap
    return Finding(
        "overfitting",
        Level.ALARM,
        f"generated pictures are nearer to the training pictures than to held-out ones: {name} is"
        f" larger by {in_words(gap)} for the latter.",
        "held-out minus training",
        gap.value,
        None,
        "Take an earlier snapshot (ada-evaluate RUN --all), and more pictures.",
    )


def by_copies(found: Evidence) -> Finding | None:
    """Copies of training pictures among the newest."""
    copies = found.copies
    if copies is None or not copies.copying:
        return None
    return Finding(
        "memorising",
        Level.ALARM,
        f"{copies.count:,} of {copies.tested:,} generated pictures look like copies of training"
        f" pictures, where chance makes {copies.expected:.2g}.",
        "copies",
        copies.count,
        copies.expected,
        "Look at them: ada-evaluate RUN --copies=1000; more pictures, --aug=ada or an earlier"
        " snapshot copy less.",
    )
