"""Checks of a run by its curves and scores: overfitting, and the balance of both networks."""

import numpy as np

from ada_tf.augment.control import CAP
from ada_tf.diagnosis.evidence import Evidence, Finding, Level
from ada_tf.diagnosis.picture_checks import P, stalled
from ada_tf.metrics.measures.estimate import in_words, is_more

# Overfitting: the discriminator knows its pictures by heart, and the generator with it.

_R_T = "Loss/signs/real"  # its mean is r_t: signs of outputs on real pictures as they were shown
_TICKS = 5  # fewest ticks of a curve for a check
_AT_CAP = 0.98  # part of the cap that counts as being there
# Without anything that answers to it: 100 pictures reach 0.85 after 20 kimg and stay above 0.9 from 30
# on, creatures and icons by the thousand stay below 0.78. Where fakes are easily told, as crisp icons
# are at first, r_t is as large without a picture being known: so they must have been seen _OFTEN
# (experiments/doctor).
_KNOWN, _OFTEN = 0.85, 50
_OVER = 0.1  # above the target, with p at its cap, so that p cannot answer any more
_MOST_P = 0.85  # a little above the cap, where arXiv 2006.06676, section 2.2, finds leaks to begin


def by_r_t(found: Evidence) -> Finding | None:
    """r_t, the part of p in it, and whether p can still answer."""
    r_t, augment = found.now(_R_T), found.settings("augment")
    if r_t is None or len(found.curves[_R_T]) < _TICKS:
        return None
    if augment.mode in ("ada", "adarv"):
        return _with_ada(found, r_t)
    if r_t < _KNOWN or found.epochs is None or found.epochs < _OFTEN:
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
        _KNOWN,
        "Train with --aug=ada, which answers to it; an earlier snapshot may be the better one"
        " (ada-evaluate RUN --all).",
        (_R_T, P),
    )


def _with_ada(found: Evidence, r_t: float) -> Finding | None:
    augment, p = found.settings("augment"), found.now(P)
    cap = 1.0 if augment.cap is None else augment.cap
    # The newest value: the mean of a p that has just arrived lies below.
    if p is None or found.curves[P].values[-1] < _AT_CAP * cap:
        return None
    target = augment.target if augment.mode == "ada" else None
    if target is not None and r_t > target + _OVER:
        return Finding(
            "overfitting",
            Level.ALARM,
            f"p is at its cap of {cap:g} and r_t still {r_t:.2f}, above its target of {target:g}:"
            " augmentation cannot keep the discriminator from knowing its pictures by heart.",
            "r_t",
            r_t,
            target + _OVER,
            "More pictures help most, then --mirror, --resume from trained networks, a higher"
            " --gamma or a smaller network; an earlier snapshot may be the better one.",
            (_R_T, P),
        )
    return Finding(
        "at the cap",
        Level.WARNING,
        f"p is at its cap of {cap:g}: there are too few pictures for the length of this run.",
        "p",
        p,
        _AT_CAP * cap,
        "Watch the pictures for turned or recoloured ones, and keep the best snapshot; more pictures"
        " or --resume from trained networks help.",
        (P, _R_T),
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


def drowned(found: Evidence) -> Finding | None:
    """Augmentation so strong that hardly a picture is shown as it is."""
    p = found.now(P)
    if p is None or p <= _MOST_P:
        return None
    return Finding(
        "too much augmentation",
        Level.ALARM,
        f"p is {p:.2f}: hardly a real picture is shown as it is, and above {CAP:g} or so turned, moved"
        " and recoloured ones are what is learnt.",
        "p",
        p,
        _MOST_P,
        "Train with --aug=ada, whose --ada_cap is below that, or with a lower --p.",
        (P,),
    )


# Balance of both networks: losses, outputs, the penalty, the size of the networks.

_D_LOSS, _PENALTY, _REGULARISER = "Loss/D/loss", "Loss/r1_penalty", "Loss/D/reg"
_REAL, _FAKE = "Loss/scores/real", "Loss/scores/fake"
_BLIND = 2 * np.log(2)  # loss of a discriminator that answers 0 to everything
# Outputs of good runs of 10 and more kimg have absolute means below 4 (experiments/doctor).
_LARGE = 10.0
# Part of the discriminator's gain, _BLIND minus its loss, that the penalty takes. Small outputs raise the gain
# linearly and the penalty by their square, so the penalty of a discriminator that it rules is half of
# the gain. Good runs begin at 0.02 and end below 0.29, with ten times the gamma below 0.33, with a
# hundred times at 0.37 to 0.9, with a hundredth below _HARDLY (experiments/doctor).
_RULED, _HARDLY = 0.35, 0.003
_GAIN = 0.03  # below, a part of it is noise
# Below the target by a third, and hardly any augmentation: nothing is known by heart.
_LOW_R_T, _LITTLE_P = 0.4, 0.05


def returned(found: Evidence) -> Finding | None:
    """Training that went back to a checkpoint."""
    if not found.returns:
        return None
    times = "once" if found.returns == 1 else f"{found.returns} times"
    return Finding(
        "diverging",
        Level.ALARM,
        f"numbers became NaN or infinite, and training went back to a checkpoint {times}.",
        "returns",
        found.returns,
        0,
        "Lower --lr, raise --gamma, or train in --fp32.",
        (_D_LOSS, _PENALTY),
    )


def diverging(found: Evidence) -> Finding | None:
    """Outputs of the discriminator that run away."""
    if not _ripe(found):
        return None
    largest = max(abs(found.now(_REAL)), abs(found.now(_FAKE)))
    if largest < _LARGE:
        return None
    return Finding(
        "diverging",
        Level.ALARM,
        f"outputs of the discriminator have run away to {largest:.3g}: the generator learns nothing"
        " from so sure an answer.",
        "outputs",
        largest,
        _LARGE,
        f"Lower --lr ({found.settings('optimizer').learning_rate:g} now) or raise --gamma"
        f" ({found.settings('loss').r1_gamma:g} now).",
        (_REAL, _FAKE),
    )


def gamma_too_high(found: Evidence) -> Finding | None:
    """A discriminator that the penalty keeps from telling much."""
    share, gamma = _penalty_share(found), found.settings("loss").r1_gamma
    if share is None or share < _RULED:
        return None
    return Finding(
        "gamma too high",
        Level.WARNING,
        f"the penalty takes {share:.0%} of what the discriminator gains, and 50% is all that it can:"
        " it keeps it from telling real from generated pictures.",
        "penalty share",
        share,
        _RULED,
        f"Try --gamma={gamma / 10:g} ({gamma:g} now).",
        (_REGULARISER, _D_LOSS),
    )


def gamma_too_low(found: Evidence) -> Finding | None:
    """A penalty that does nothing."""
    share, gamma = _penalty_share(found), found.settings("loss").r1_gamma
    if share is None or share > _HARDLY:
        return None
    return Finding(
        "gamma too low",
        Level.WARNING,
        f"the penalty takes {share:.2%} of what the discriminator gains: nothing keeps it from"
        " turning on single pixels.",
        "penalty share",
        share,
        _HARDLY,
        f"Try --gamma={gamma * 10:g} ({gamma:g} now).",
        (_REGULARISER, _PENALTY),
    )


def _penalty_share(found: Evidence) -> float | None:
    """Part of the discriminator's gain that R1 takes; None in another game or without a gain.

    Also None if outputs run away or the penalty exceeds the gain, which is no balance.
    """
    loss = found.settings("loss")
    if not _ripe(found) or loss.adversarial != "logistic" or not loss.r1_gamma:
        return None
    if _PENALTY not in found.curves or diverging(found) is not None:
        return None
    gain = _BLIND - found.now(_D_LOSS)
    # Of the penalty alone: D/reg may hold other regularisers.
    penalty = found.now(_PENALTY) * loss.r1_gamma / 2
    return penalty / gain if gain >= _GAIN and penalty <= gain else None


def too_small(found: Evidence) -> Finding | None:
    """Networks that have learnt all they can, with a discriminator that knows nothing by heart."""
    r_t, p = found.now(_R_T), found.now(P)
    if not _ripe(found) or r_t > _LOW_R_T or p > _LITTLE_P:
        return None
    if stalled(found) is None or gamma_too_high(found) is not None:
        return None
    return Finding(
        "network too small",
        Level.NOTE,
        f"it has stalled at r_t {r_t:.2f} and p {p:.2f}: nothing is known by heart, so that the"
        " networks, not the pictures, are the limit.",
        "r_t",
        r_t,
        _LOW_R_T,
        f"{_larger(found.config.network)} can learn more from these pictures.",
        (_R_T, P),
    )


def _larger(network) -> str:
    base = getattr(network, "channel_base", None)  # of StyleGAN2; other families have other words
    return "A larger preset" + (f", or --set network.channel_base={2 * base}," if base else "")


def _ripe(found: Evidence) -> bool:
    """Return True if there are statistics of both sides, for long enough."""
    return all(
        len(found.curves.get(name, ())) >= _TICKS for name in (_D_LOSS, _REAL, _FAKE, _R_T, P)
    )
