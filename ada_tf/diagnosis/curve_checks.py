"""Checks of a run by its curves and scores: overfitting, and the balance of both networks."""

import numpy as np

from ada_tf.augment.control import CAP
from ada_tf.diagnosis.evidence import Evidence, Finding, Level
from ada_tf.diagnosis.picture_checks import P, stalled
from ada_tf.metrics.copies import CANNOT_TELL
from ada_tf.metrics.measures.estimate import Estimate, in_words, is_more
from ada_tf.training.iteration.losses import ADVERSARIAL
from ada_tf.training.iteration.stats import STATISTIC

# Overfitting: the discriminator knows its pictures by heart, and the generator with it. The first alone is
# no reason to stop: scores go on to improve in nearly all committed runs. Once they have turned, a later
# score rarely beats the best (experiments/doctor).

_TICKS = 5  # fewest ticks of a curve for a check
_AT_CAP = 0.98  # part of the cap that counts as being there
_OVER = 0.1  # above the target, with p at its cap, so that p cannot answer any more
_MOST_P = 0.85  # a little above the cap, where arXiv 2006.06676, section 2.2, finds leaks to begin
# Held-out pictures half-way to the generated ones: the target of arXiv 2006.06676 for r_v.
_HALF_WAY = 0.5
# Statistic of a discriminator that is sure of its pictures, each of which it has seen so often. Runs on
# thousands of icons are as sure without knowing one by heart, and all six committed runs on few pictures
# went on to a better score: so it is a question, not an illness (experiments/size_sweep).
_SURE, _OFTEN = 0.85, 50


def by_statistic(found: Evidence) -> Finding | None:
    """The statistic that moves p, and whether p can still answer."""
    augment, p, statistic = found.settings("augment"), found.now(P), found.now(STATISTIC)
    if augment.mode not in ("ada", "adarv") or p is None or len(found.curves[P]) < _TICKS:
        return None
    cap = 1.0 if augment.cap is None else augment.cap
    # The newest value: the mean of a p that has just arrived lies below.
    if found.curves[P].values[-1] < _AT_CAP * cap:
        return None
    name = (
        "r_v" if augment.mode == "adarv" else "r_t" if _has_levels(found) else "the statistic of p"
    )
    if statistic is not None and statistic > augment.target + _OVER:
        return Finding(
            "overfitting",
            Level.ALARM,
            f"p is at its cap of {cap:g} and {name} still {statistic:.2f}, above its target of"
            f" {augment.target:g}: augmentation cannot keep the discriminator from knowing its pictures by"
            " heart.",
            "statistic",
            statistic,
            augment.target + _OVER,
            "More pictures help most, then --mirror, --resume from trained networks, a higher"
            " --gamma or a smaller network; an earlier snapshot may be the better one.",
            (STATISTIC, P),
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
        (P, STATISTIC),
    )


def by_r_v(found: Evidence) -> Finding | None:
    """Held-out pictures that the discriminator takes for generated ones, and whether scores have turned."""
    r_v = found.r_v or _r_v_in_training(found)
    if r_v is None or r_v.value <= _HALF_WAY or not is_more(r_v, 0):
        return None
    augmented = found.settings("augment").mode in ("ada", "adarv")
    answer = f"{'a lower --target' if augmented else '--aug=ada'} and more pictures"
    by_heart = f"r_v is {r_v.value:.2f}: the discriminator remembers its training pictures, and takes held-out"
    if _is_worse(found.behind):
        name, behind = found.behind
        return Finding(
            "overfitting",
            Level.ALARM,
            f"{by_heart} ones for generated, and scores have turned: {name} is {in_words(behind)} above its"
            " best.",
            "score above its best",
            behind.value,
            None,
            f"Take the best snapshot (ada-evaluate RUN --all); {answer} help the next run.",
            (STATISTIC,),
        )
    return Finding(
        "D remembers",
        Level.WARNING,
        f"{by_heart} ones for generated. Scores may still improve.",
        "r_v",
        r_v.value,
        _HALF_WAY,
        f"Look at held-out scores (ada-evaluate RUN --all) and go on until they turn; {answer} hold it back.",
        (STATISTIC,),
    )


def _r_v_in_training(found: Evidence) -> Estimate | None:
    """r_v of augmented pictures, by which p of some runs moves."""
    if found.settings("augment").mode != "adarv" or len(found.curves.get(STATISTIC, ())) < _TICKS:
        return None
    return Estimate(found.now(STATISTIC), None)


def unproved(found: Evidence) -> Finding | None:
    """A discriminator without ADA that is sure of its pictures, and nothing that tells why."""
    statistic = found.now(STATISTIC)
    if statistic is None or len(found.curves[STATISTIC]) < _TICKS or not _has_levels(found):
        return None
    if found.settings("augment").mode in ("ada", "adarv") or found.r_v is not None:
        return None
    if found.copies is not None and found.copies.verdict != CANNOT_TELL:
        return None
    if statistic < _SURE or found.epochs is None or found.epochs < _OFTEN:
        return None
    return Finding(
        "perhaps overfitting",
        Level.NOTE,
        f"r_t is {statistic:.2f} after each picture was seen {found.epochs:,.0f} times: the discriminator is"
        " sure of its pictures, by heart or because fakes are easily told, which only held-out pictures"
        " or copies would show.",
        "r_t",
        statistic,
        _SURE,
        "Hold some out (--validation=100), or search for copies: ada-evaluate RUN --copies=1000.",
        (STATISTIC,),
    )


def _has_levels(found: Evidence) -> bool:
    """Return True if the level of a logit means something in this game; False of a game that is not known."""
    game = ADVERSARIAL.get(found.settings("loss").adversarial)
    return game is not None and game.levels


def by_gap(found: Evidence) -> Finding | None:
    """Scores against held-out pictures beside those against training pictures."""
    if not _is_worse(found.gap):
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


def _is_worse(score: tuple[str, Estimate] | None) -> bool:
    """Return True of a difference beyond its error; scores without one, as FID, say nothing of theirs."""
    return score is not None and score[1].error is not None and is_more(score[1], 0)


def by_copies(found: Evidence) -> Finding | None:
    """Copies of training pictures among the newest, by the verdict of the search."""
    copies = found.copies
    if copies is None or not copies.copying:
        return None
    return Finding(
        "memorising",
        Level.ALARM,
        f"{copies.says or 'the generator copies'}: {copies.count:,} of {copies.tested:,} {_made_at(copies.kimg)}"
        f" look like copies of training pictures, where chance makes {copies.expected:.2g}.",
        "copies",
        copies.count,
        copies.expected,
        "Look at them: ada-evaluate RUN --copies=1000; more pictures, --aug=ada or an earlier"
        " snapshot copy less.",
    )


def _made_at(kimg: float | None) -> str:
    return "generated pictures" if kimg is None else f"pictures generated at {kimg:g} kimg"


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
# Game -> loss of a discriminator that answers 0 to everything. It can always answer so, at no penalty: a
# penalty above the gain is one that it has not learnt to avoid, which a good run never shows.
_BLIND = {"logistic": 2 * np.log(2), "hinge": 2.0, "relativistic": np.log(2)}
# Outputs of good runs of 10 and more kimg have absolute means below 4 (experiments/doctor).
_LARGE = 10.0
# Part of the discriminator's gain, that of a blind one minus its loss, that the penalty takes. Small outputs raise the gain
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
    """A discriminator that the penalty keeps from telling much, or anything."""
    gamma = found.settings("loss").r1_gamma
    penalty, gain = _penalty(found), _gain(found)
    if penalty is not None and gain is not None and penalty > max(gain, _GAIN):
        return Finding(
            "gamma too high",
            Level.ALARM,
            f"the penalty is {penalty:.2g} and all that the discriminator gains {gain:.2g}: it learns to"
            " answer nothing, and the generator nothing from it.",
            "penalty over gain",
            penalty,
            max(gain, _GAIN),
            f"Try a hundredth of --gamma, {gamma / 100:g}, or that of the preset ({gamma:g} now).",
            (_REGULARISER, _D_LOSS),
        )
    share = _penalty_share(found)
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
    penalty, gain = _penalty(found), _gain(found)
    if found.settings("loss").adversarial != "logistic" or penalty is None or gain is None:
        return None
    return penalty / gain if gain >= _GAIN and penalty <= gain else None


def _penalty(found: Evidence) -> float | None:
    """R1 alone, weighed; None without it, or if outputs run away."""
    gamma = found.settings("loss").r1_gamma
    if (
        not _ripe(found)
        or not gamma
        or _PENALTY not in found.curves
        or diverging(found) is not None
    ):
        return None
    # Of the penalty alone: D/reg may hold other regularisers.
    return found.now(_PENALTY) * gamma / 2


def _gain(found: Evidence) -> float | None:
    """What the loss of the discriminator is below that of one that answers 0; None of other games."""
    blind = _BLIND.get(found.settings("loss").adversarial)
    return None if blind is None or not _ripe(found) else blind - _game(found)


def _game(found: Evidence) -> float:
    """The loss of the discriminator without R1 and R2, which an interval of 0 makes a part of it."""
    game, loss = found.now(_D_LOSS), found.settings("loss")
    if loss.r1_interval == 0:
        for name, gamma in ((_PENALTY, loss.r1_gamma), ("Loss/r2_penalty", loss.r2_gamma)):
            game -= (found.now(name) or 0.0) * gamma / 2
    return game


def too_small(found: Evidence) -> Finding | None:
    """Networks that have learnt all they can, with a discriminator that knows nothing by heart."""
    r_t, p = found.now(STATISTIC), found.now(P)
    if not _ripe(found) or r_t is None or not _has_levels(found):
        return None
    if found.settings("augment").mode == "adarv" or r_t > _LOW_R_T or p > _LITTLE_P:
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
        (STATISTIC, P),
    )


def _larger(network) -> str:
    base = getattr(network, "channel_base", None)  # of StyleGAN2; other families have other words
    return "A larger preset" + (f", or --set network.channel_base={2 * base}," if base else "")


def _ripe(found: Evidence) -> bool:
    """Return True if there are statistics of both sides, for long enough."""
    return all(len(found.curves.get(name, ())) >= _TICKS for name in (_D_LOSS, _REAL, _FAKE, P))
