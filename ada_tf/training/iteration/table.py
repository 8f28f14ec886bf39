"""The table of an iteration: its losses and regularisers, which network they train and how often.

Everything else follows from it: the phases that are compiled, their draws, their statistics, the
correction of Adam, the running means that a checkpoint holds. A new loss is a pure function in
`losses` and a row here.
"""

from collections.abc import Callable
from typing import NamedTuple

from ada_tf.augment.methods import lecam, squared_difference
from ada_tf.models.methods import rotation_loss
from ada_tf.training.iteration import losses
from ada_tf.training.iteration.config import LossConfig


class Term(NamedTuple):
    """A summand of the loss of a phase.

    Attributes:
        function: pure; takes what it needs, in that order, then `settings` by name; returns values
            [N, ...], followed by the new values of its running means.
        needs: names of `Inputs`, and of running means.
        weight: factor of its values; with 0 it is left out.
        report: statistic of its values before the factor, under "Loss/"; None reports the sum alone.
        settings: names of LossConfig.
        means: running means that it returns anew. They begin at 0 and belong to the checkpoint.
    """

    function: Callable
    needs: tuple[str, ...]
    weight: Callable[[LossConfig], float]
    report: str | None = None
    settings: tuple[str, ...] = ()
    means: tuple[str, ...] = ()


class Phase(NamedTuple):
    """Losses that are computed together, in one compiled program, with a step of one network.

    Attributes:
        name: of its statistics, its random draws and what is said of it.
        network: "generator" or "discriminator".
        total: statistic of the weighted sum, under "Loss/".
        terms: its summands; without any of a weight above 0 there is no such phase.
        every: iterations from one to the next; the loss is multiplied by it (lazy regularisation,
            arXiv 1912.04958, section 3.1).
        shrink: only every so manieth image of the batch takes part.
        log: name of the sum in the logs of `fit`, or None.
        first_look: whether its reals count as new ones for the steps of p. Others see them again.
    """

    name: str
    network: str
    total: str
    terms: tuple[Term, ...]
    every: Callable[[LossConfig], int] = lambda loss: 1
    shrink: Callable[[LossConfig], int] = lambda loss: 1
    log: str | None = None
    first_look: bool = False


def adversarial(network: str) -> tuple[Term, ...]:
    """One term for each adversarial loss, of which the configuration weighs one with 1."""
    return tuple(
        Term(*getattr(pair, network), lambda loss, name=name: float(loss.adversarial == name))
        for name, pair in losses.ADVERSARIAL.items()
    )


R1 = Term(
    losses.squared_norm,
    ("real_gradients",),
    weight=lambda loss: loss.r1_gamma / 2,
    report="r1_penalty",
)
R2 = Term(
    losses.squared_norm,
    ("fake_gradients",),
    weight=lambda loss: loss.r2_gamma / 2,
    report="r2_penalty",
)
GRADIENT_PENALTY = Term(
    losses.gradient_penalty,
    ("mixed_gradients",),
    weight=lambda loss: loss.gp_weight,
    report="gradient_penalty",
)
_ANCHORS = ("lecam_real", "lecam_fake", "lecam_share")
LECAM = Term(
    lecam,
    ("real_logits", "fake_logits", *_ANCHORS),
    weight=lambda loss: loss.lecam_weight,
    report="lecam",
    settings=("lecam_decay",),
    means=_ANCHORS,
)
BCR = tuple(
    Term(
        squared_difference,
        (f"{kind}_logits", f"moved_{kind}_logits"),
        weight=lambda loss: loss.bcr_weight,
        report=f"bcr_{kind}",
    )
    for kind in ("real", "fake")
)
ZCR_D = Term(
    squared_difference,
    ("fake_logits", "near_logits"),
    weight=lambda loss: loss.zcr_weight,
    report="zcr_d",
)
# The generator is to keep them apart.
ZCR_G = Term(
    squared_difference,
    ("fakes", "near_fakes"),
    weight=lambda loss: -loss.zcr_generator_weight if loss.zcr_weight else 0,
    report="zcr_g",
)
ROTATION_D = Term(
    rotation_loss,
    ("real_rotations",),
    weight=lambda loss: loss.rotation_weight,
    report="rotation_d",
)
ROTATION_G = Term(
    rotation_loss,
    ("fake_rotations",),
    weight=lambda loss: loss.rotation_generator_weight if loss.rotation_weight else 0,
    report="rotation_g",
)
PATH_LENGTH = Term(
    losses.path_length_penalty,
    ("path_lengths", "path_length_mean"),
    weight=lambda loss: loss.pl_weight,
    report="pl_penalty",
    settings=("pl_decay",),
    means=("path_length_mean",),
)

# In the order in which an iteration runs them.
PHASES = (
    Phase(
        "Gmain",
        "generator",
        "G/loss",
        (*adversarial("generator"), ZCR_G, ROTATION_G),
        log="g_loss",
    ),
    Phase(
        "Greg",
        "generator",
        "G/reg",
        (PATH_LENGTH,),
        every=lambda loss: loss.pl_interval,
        shrink=lambda loss: loss.pl_batch_shrink,
    ),
    Phase(
        "Dmain",
        "discriminator",
        "D/loss",
        (*adversarial("discriminator"), LECAM, *BCR, ZCR_D, ROTATION_D),
        log="d_loss",
        first_look=True,
    ),
    Phase(
        "Dreg",
        "discriminator",
        "D/reg",
        (R1, R2, GRADIENT_PENALTY),
        every=lambda loss: loss.r1_interval,
    ),
)


def active_terms(phase: Phase, loss: LossConfig) -> tuple[Term, ...]:
    """Those of a phase that weigh something."""
    return tuple(term for term in phase.terms if term.weight(loss) != 0)


def active_phases(loss: LossConfig, phases=PHASES) -> tuple[Phase, ...]:
    """The phases that an iteration of this configuration has."""
    return tuple(phase for phase in phases if active_terms(phase, loss))


def running_means(loss: LossConfig, phases=PHASES) -> tuple[str, ...]:
    """Names of the running means of all active terms."""
    terms = [t for phase in active_phases(loss, phases) for t in active_terms(phase, loss)]
    return tuple(dict.fromkeys(name for term in terms for name in term.means))


def lazy_ratio(network: str, loss: LossConfig, phases=PHASES) -> float:
    """Iterations for one step of a network's optimizer: 16 / 17 with R1 every 16 iterations.

    As published, a regulariser counts whether or not it weighs something.
    """
    steps = sum(1 / phase.every(loss) for phase in phases if phase.network == network)
    return 1 / steps
