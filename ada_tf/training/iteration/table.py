"""The table of an iteration: its losses and regularisers, which network they train and how often.

The compiled phases, their statistics, the correction of Adam and the running means of a checkpoint
follow from it. A row that weighs nothing leaves no trace in a run.

A new loss is a pure function in `losses` and one of these:

    a game          ADVERSARIAL.add(name, Adversarial(...)) in `losses`, chosen by `loss.adversarial`
    a regulariser   a `Term` of an existing phase; its weight is a setting of LossConfig, 0 by default
    a rare one      a `Term` of a `Phase` of its own, every so many iterations, by `add_phase`

From outside, a game or a phase brings `settings`, which are a section of LossConfig by its name.

Tensors that a loss takes (`fake_logits`, `real_gradients`, ...) are those of `inputs.Inputs`.
"""

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from ada_tf.augment.methods import lecam, squared_difference
from ada_tf.errors import UserError
from ada_tf.models.methods import rotation_loss
from ada_tf.registry import Registry, all_or_none
from ada_tf.settings import peaks
from ada_tf.training.iteration import losses
from ada_tf.training.iteration.config import LossConfig, add_section


class Term(NamedTuple):
    """A summand of the loss of a phase.

    Attributes:
        function: pure; takes the tensors of `needs` in their order and `settings` by name. Returns
            values [N, ...], followed by the new values of `means`.
        needs: names of tensors of `Inputs` and of running means; or functions of `Inputs`, for tensors
            that it does not have.
        weight: factor of the values, by arithmetic from settings: of a scheduled one it is given a
            tensor. A term whose weight is 0 throughout is left out.
        report: statistic of the values before the factor, under "Loss/"; None reports the sum alone.
        settings: names of LossConfig, such as "pl_decay", or "calm.decay" of a section.
        means: running means that the function returns anew. They begin at 0 and belong to the
            checkpoint.
    """

    function: Callable
    needs: tuple[str | Callable, ...]
    weight: Callable[[LossConfig], float]
    report: str | None = None
    settings: tuple[str, ...] = ()
    means: tuple[str, ...] = ()


class Phase(NamedTuple):
    """Losses that are computed together, in one compiled program, for a step of one network.

    Attributes:
        name: of its statistics and its random draws; with another name it draws other numbers.
        network: "generator" or "discriminator", the one that takes the step.
        total: statistic of the weighted sum, under "Loss/".
        terms: summands; an entry may be a function of LossConfig that returns one. A phase without a
            term of a weight above 0 is left out.
        every: iterations from one run of the phase to the next. The loss is multiplied by it (lazy
            regularisation, arXiv 1912.04958, section 3.1).
        shrink: divisor of the batch: batch / shrink fakes are made.
        log: name of the sum in the logs of `fit`, or None.
        new_reals: whether its reals count as new images for p; other phases see the same again.
        published: whether the correction of Adam counts it even if it weighs nothing, see `lazy_ratio`.
        settings: frozen dataclass of defaults, which `loss` then has under the name of the phase:
            `weight=lambda loss: loss.calm.weight`, and `--set=loss.calm.weight=0.1`.
    """

    name: str
    network: str
    total: str
    terms: tuple[Term | Callable[[LossConfig], Term], ...]
    every: Callable[[LossConfig], int] = lambda loss: 1
    shrink: Callable[[LossConfig], int] = lambda loss: 1
    log: str | None = None
    new_reals: bool = False
    published: bool = False
    settings: type | None = None


def _game(network: str) -> Callable[[LossConfig], Term]:
    """The adversarial loss of a network: its side of the game that `loss.adversarial` names."""

    def chosen(loss: LossConfig) -> Term:
        game = losses.ADVERSARIAL[loss.adversarial]
        function, needs = getattr(game, network)
        fields = () if game.settings is None else dataclasses.fields(game.settings)
        own = tuple(f"{loss.adversarial}.{field.name}" for field in fields)
        return Term(function, needs, weight=lambda loss: 1.0, settings=own)

    return chosen


def _while(other, weight):
    """`weight` while the other one is not 0, else 0; each a number or a scheduled tensor."""
    if tf.is_tensor(other):
        return tf.where(other != 0, weight, 0.0)
    return weight if other else 0


# R1, R2 and the gradient penalty of WGAN-GP, each a summand of two phases: of a lazy one every
# `r1_interval` iterations, or with an interval of 0 of the main one, where logits are shared.
_PENALTIES = (
    Term(
        losses.squared_norm,
        ("real_gradients",),
        # gamma / 2 as in arXiv 1801.04406, equation 9.
        weight=lambda loss: loss.r1_gamma / 2,
        report="r1_penalty",
    ),
    Term(
        losses.squared_norm,
        ("fake_gradients",),
        weight=lambda loss: loss.r2_gamma / 2,
        report="r2_penalty",
    ),
    Term(
        losses.gradient_penalty,
        ("mixed_gradients",),
        weight=lambda loss: loss.gp_weight,
        report="gradient_penalty",
    ),
)


def _is_lazy(loss: LossConfig) -> bool:
    """Return True if gradient penalties have a phase of their own."""
    return loss.r1_interval > 0


def _where(condition, term: Term) -> Term:
    """The term, of weight 0 unless the settings fulfil a condition."""
    return term._replace(weight=lambda loss: term.weight(loss) if condition(loss) else 0)


_LAZY = tuple(_where(_is_lazy, term) for term in _PENALTIES)
_AT_ONCE = tuple(_where(lambda loss: not _is_lazy(loss), term) for term in _PENALTIES)
_ANCHORS = ("lecam_real", "lecam_fake", "lecam_share")
_LECAM = Term(
    lecam,
    ("real_logits", "fake_logits", *_ANCHORS),
    weight=lambda loss: loss.lecam_weight,
    report="lecam",
    settings=("lecam_decay",),
    means=_ANCHORS,
)
_BCR = tuple(
    Term(
        squared_difference,
        (f"{kind}_logits", f"{kind}_moved_logits"),
        weight=lambda loss: loss.bcr_weight,
        report=f"bcr_{kind}",
    )
    for kind in ("real", "fake")
)
_ZCR_D = Term(
    squared_difference,
    ("fake_logits", "near_logits"),
    weight=lambda loss: loss.zcr_weight,
    report="zcr_d",
)
# Negative: the generator moves images of nearby latents apart (arXiv 2002.04724).
_ZCR_G = Term(
    squared_difference,
    ("fakes", "near_fakes"),
    weight=lambda loss: _while(loss.zcr_weight, -loss.zcr_generator_weight),
    report="zcr_g",
)
_ROTATION_D = Term(
    rotation_loss,
    ("real_rotations",),
    weight=lambda loss: loss.rotation_weight,
    report="rotation_d",
)
_ROTATION_G = Term(
    rotation_loss,
    ("fake_rotations",),
    weight=lambda loss: _while(loss.rotation_weight, loss.rotation_generator_weight),
    report="rotation_g",
)
_PATH_LENGTH = Term(
    losses.path_length_penalty,
    ("path_lengths", "path_length_mean"),
    weight=lambda loss: loss.pl_weight,
    report="pl_penalty",
    settings=("pl_decay",),
    means=("path_length_mean",),
)

# An iteration runs them in this order.
PHASES: Registry[Phase] = Registry("phase")


def add_phase(phase: Phase) -> Phase:
    """Register a phase; every iteration runs it last, in all runs in which a term of it weighs something.

    Raises:
        UserError: its name is taken or malformed, its network is none of the two, or its settings are
            no frozen dataclass of defaults.
    """
    if phase.network not in ("generator", "discriminator"):
        raise UserError(
            f"network={phase.network!r} of phase {phase.name!r} must be generator or discriminator."
        )
    with all_or_none():
        if phase.settings is not None:
            add_section(phase.name, phase.settings)
        return PHASES.add(phase.name, phase)


add_phase(
    Phase(
        "Gmain",
        "generator",
        total="G/loss",
        terms=(_game("generator"), _ZCR_G, _ROTATION_G),  # rotations and zCR: off by weight 0
        log="g_loss",
        published=True,
    )
)
add_phase(
    Phase(
        "Greg",
        "generator",
        total="G/reg",
        terms=(_PATH_LENGTH,),
        every=lambda loss: loss.pl_interval,
        # Path lengths take a second derivative of the synthesis: half the batch halves their
        # memory.
        shrink=lambda loss: loss.pl_batch_shrink,
        published=True,
    )
)
add_phase(
    Phase(
        "Dmain",
        "discriminator",
        total="D/loss",
        terms=(_game("discriminator"), _LECAM, *_BCR, _ZCR_D, _ROTATION_D, *_AT_ONCE),
        log="d_loss",
        # Only here are reals new: Dreg sees the same batch again, and p would count it twice.
        new_reals=True,
        published=True,
    )
)
add_phase(
    Phase(
        "Dreg",
        "discriminator",
        total="D/reg",
        terms=_LAZY,
        every=lambda loss: max(loss.r1_interval, 1),  # 0: the phase has no weight
        published=True,
    )
)


# A view of the table: default of what follows, which sees rows that come later.
ROWS = PHASES.values()


def active_terms(phase: Phase, loss: LossConfig) -> tuple[Term, ...]:
    """Terms of a phase that weigh something, now or later by a schedule."""
    terms = (term if isinstance(term, Term) else term(loss) for term in phase.terms)
    # A schedule that begins at 0 is active from the start: programs are compiled once.
    at_most = peaks(loss)
    return tuple(term for term in terms if term.weight(at_most) != 0)


def active_phases(loss: LossConfig, phases=ROWS) -> tuple[Phase, ...]:
    """Phases of an iteration with these settings."""
    return tuple(phase for phase in phases if active_terms(phase, loss))


def running_means(loss: LossConfig, phases=ROWS) -> tuple[str, ...]:
    """Names of the running means of all active terms."""
    terms = [t for phase in active_phases(loss, phases) for t in active_terms(phase, loss)]
    # In order, each once: checkpoints name them.
    return tuple(dict.fromkeys(name for term in terms for name in term.means))


def lazy_ratio(network: str, loss: LossConfig, phases=ROWS) -> float:
    """Iterations for one step of a network's optimizer: 16 / 17 with R1 every 16 iterations.

    Phases of the paper count always, as in its code, which corrects Adam for a regulariser of weight 0,
    too; but not without lazy penalties, `r1_interval=0`. Any other phase counts while it is active: a
    row that weighs nothing changes no run.
    """
    counted = [
        phase
        for phase in phases
        if phase.network == network
        and ((phase.published and _is_lazy(loss)) or active_terms(phase, loss))
    ]
    # Steps an iteration: 1 of the main phase and 1/16 of R1 make 17/16.
    return 1 / sum(1 / phase.every(loss) for phase in counted)
