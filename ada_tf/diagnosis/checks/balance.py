"""Is the game of both networks a fair one: losses, outputs, the penalty, the size of the networks?"""

import numpy as np

from ada_tf.diagnosis.checks import generated_pictures
from ada_tf.diagnosis.checks.overfitting import R_T, TICKS, P
from ada_tf.diagnosis.evidence import Evidence
from ada_tf.diagnosis.finding import Finding, Level

D_LOSS, PENALTY, REGULARISER = "Loss/D/loss", "Loss/r1_penalty", "Loss/D/reg"
REAL, FAKE = "Loss/scores/real", "Loss/scores/fake"
BLIND = 2 * np.log(2)  # loss of a discriminator that answers 0 to everything
# Outputs of good runs of 10 and more kimg have absolute means below 4 (experiments/doctor).
LARGE = 10.0
# What the penalty takes of the gain of the discriminator, BLIND minus its loss. Where outputs are small
# the gain grows with them and the penalty with their square, so that at its best the penalty is half
# of the gain: of a discriminator that it rules, 0.5. Good runs begin at 0.02 and end below 0.29, those
# of ten times the gamma below 0.33; with a hundred times it is 0.37 to 0.9, with a hundredth below
# HARDLY (experiments/doctor).
RULED, HARDLY = 0.35, 0.003
GAIN = 0.03  # below, a part of it is noise
# Below the target by a third, and hardly any augmentation: nothing is known by heart.
LOW_R_T, LITTLE_P = 0.4, 0.05


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
        (D_LOSS, PENALTY),
    )


def diverging(found: Evidence) -> Finding | None:
    """Outputs of the discriminator that run away."""
    if not _ripe(found):
        return None
    largest = max(abs(found.now(REAL)), abs(found.now(FAKE)))
    if largest < LARGE:
        return None
    return Finding(
        "diverging",
        Level.ALARM,
        f"outputs of the discriminator have run away to {largest:.3g}: the generator learns nothing"
        " from so sure an answer.",
        "outputs",
        largest,
        LARGE,
        f"Lower --lr ({found.config.optimizer.learning_rate:g} now) or raise --gamma"
        f" ({found.config.loss.r1_gamma:g} now).",
        (REAL, FAKE),
    )


def gamma_too_high(found: Evidence) -> Finding | None:
    """A discriminator that the penalty keeps from telling much."""
    share, gamma = _penalty_share(found), found.config.loss.r1_gamma
    if share is None or share < RULED:
        return None
    return Finding(
        "gamma too high",
        Level.WARNING,
        f"the penalty takes {share:.0%} of what the discriminator gains, and 50% is all that it can:"
        " it keeps it from telling real from generated pictures.",
        "penalty share",
        share,
        RULED,
        f"Try --gamma={gamma / 10:g} ({gamma:g} now).",
        (REGULARISER, D_LOSS),
    )


def gamma_too_low(found: Evidence) -> Finding | None:
    """A penalty that does nothing."""
    share, gamma = _penalty_share(found), found.config.loss.r1_gamma
    if share is None or share > HARDLY:
        return None
    return Finding(
        "gamma too low",
        Level.WARNING,
        f"the penalty takes {share:.2%} of what the discriminator gains: nothing keeps it from"
        " turning on single pixels.",
        "penalty share",
        share,
        HARDLY,
        f"Try --gamma={gamma * 10:g} ({gamma:g} now).",
        (REGULARISER, PENALTY),
    )


def _penalty_share(found: Evidence) -> float | None:
    """Part of the discriminator's gain that R1 takes; None where there is no such game or no gain.

    Nor where outputs run away, or the penalty is larger than what it is paid for: that is no balance.
    """
    loss = found.config.loss
    if not _ripe(found) or loss.adversarial != "logistic" or not loss.r1_gamma:
        return None
    if PENALTY not in found.curves or diverging(found) is not None:
        return None
    gain = BLIND - found.now(D_LOSS)
    # Of the penalty alone: D/reg may hold other regularisers.
    penalty = found.now(PENALTY) * loss.r1_gamma / 2
    return penalty / gain if gain >= GAIN and penalty <= gain else None


def too_small(found: Evidence) -> Finding | None:
    """Networks that have learnt what they can, with a discriminator that knows nothing by heart."""
    r_t, p = found.now(R_T), found.now(P)
    if not _ripe(found) or r_t > LOW_R_T or p > LITTLE_P:
        return None
    if generated_pictures.stalled(found) is None or gamma_too_high(found) is not None:
        return None
    return Finding(
        "network too small",
        Level.NOTE,
        f"it has stalled at r_t {r_t:.2f} and p {p:.2f}: nothing is known by heart, so that the"
        " networks, not the pictures, are the limit.",
        "r_t",
        r_t,
        LOW_R_T,
        f"{_larger(found.config.network)} can learn more from these pictures.",
        (R_T, P),
    )


def _larger(network) -> str:
    base = getattr(network, "channel_base", None)  # of StyleGAN2; other families have other words
    return "A larger preset" + (f", or --set network.channel_base={2 * base}," if base else "")


def _ripe(found: Evidence) -> bool:
    """Whether there are statistics of both sides, for long enough."""
    return all(len(found.curves.get(name, ())) >= TICKS for name in (D_LOSS, REAL, FAKE, R_T, P))
