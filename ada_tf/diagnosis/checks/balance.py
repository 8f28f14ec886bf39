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
FLAT = 0.9  # of BLIND: good runs lie below 0.84 (experiments/doctor)
# Outputs change by the root of the penalty when the picture moves by 1; see experiments/doctor.
STEEP = 30.0
LOW_R_T = 0.4  # below the target by a third, and no augmentation: nothing is known by heart


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
    """A discriminator that the penalty keeps from telling anything."""
    if not _ripe(found) or found.config.loss.adversarial != "logistic":
        return None
    loss, gamma = found.now(D_LOSS), found.config.loss.r1_gamma
    if loss < FLAT * BLIND or not gamma or generated_pictures.drowned(found) is not None:
        return None
    return Finding(
        "gamma too high",
        Level.WARNING,
        f"the loss of the discriminator is {loss:.2f}, and {BLIND:.2f} is that of one that sees"
        " nothing: the penalty keeps it from telling real from generated pictures.",
        "D/loss",
        loss,
        FLAT * BLIND,
        f"Try --gamma={gamma / 10:g} ({gamma:g} now).",
        (D_LOSS, REGULARISER),
    )


def gamma_too_low(found: Evidence) -> Finding | None:
    """A discriminator that turns on every pixel."""
    if not _ripe(found) or PENALTY not in found.curves:
        return None
    steepness, gamma = found.now(PENALTY), found.config.loss.r1_gamma
    if steepness < STEEP:
        return None
    return Finding(
        "gamma too low",
        Level.WARNING,
        f"the discriminator is steep: the squared gradient of its output is {steepness:.3g} in the"
        " mean, so that it answers to single pixels.",
        "r1_penalty",
        steepness,
        STEEP,
        f"Try --gamma={gamma * 10:g} ({gamma:g} now).",
        (PENALTY,),
    )


def too_small(found: Evidence) -> Finding | None:
    """Networks that have learnt what they can, with a discriminator that knows nothing by heart."""
    r_t, p = found.now(R_T), found.now(P)
    if not _ripe(found) or r_t > LOW_R_T or p > 0.05 or generated_pictures.stalled(found) is None:
        return None
    return Finding(
        "network too small",
        Level.NOTE,
        f"it has stalled at r_t {r_t:.2f} and p {p:.2f}: nothing is known by heart, so that the"
        " networks, not the pictures, are the limit.",
        "r_t",
        r_t,
        LOW_R_T,
        "A larger preset, or --set network.channel_base="
        f"{2 * found.config.network.channel_base}, can learn more from these pictures.",
        (R_T, P),
    )


def _ripe(found: Evidence) -> bool:
    """Whether there are statistics of both sides, for long enough."""
    return all(len(found.curves.get(name, ())) >= TICKS for name in (D_LOSS, REAL, FAKE, R_T, P))
