"""Settings of an iteration: losses, optimizers, the averaged generator.

Settings that every preset decides have no default.
"""

import dataclasses
import functools
import inspect
import keyword

from ada_tf.errors import UserError
from ada_tf.registry import Registry
from ada_tf.settings import check, check_tree, renamable, setting

# Name of a phase or game -> class of the settings that it brings, a section of LossConfig.
SECTIONS: Registry[type] = Registry("section of the loss")


def add_section(name: str, kind: type) -> None:
    """Give `LossConfig` a section for a phase or game: `--set=loss.NAME.FIELD=...`.

    Raises:
        UserError: the name is taken or malformed, or `kind` is no frozen dataclass of defaults.
    """
    own = isinstance(kind, type) and vars(kind).get("__dataclass_fields__")
    if not own or not kind.__dataclass_params__.frozen or not _has_defaults(kind):
        raise UserError(
            f"settings={kind!r:.80} of {name!r:.40} must be a frozen dataclass whose fields all have"
            " a default."
        )
    if name in LossConfig.__dataclass_fields__ or keyword.iskeyword(name):
        raise UserError(f"{name!r} brings settings and cannot be called so; choose another name.")
    SECTIONS.add(name, kind)


# Those of the package by name: their rows are of TensorFlow, which --help does not load.
_GAMES = ("logistic", "hinge", "relativistic", "wasserstein")
ADVERSARIAL: Registry = Registry("adversarial loss")  # filled by `losses`


def _games() -> str:
    """Help of `adversarial`, with the games from outside."""
    *names, last = dict.fromkeys([*_GAMES, *ADVERSARIAL])
    return f"Adversarial loss: {', '.join(names)} or {last}."


def _has_defaults(kind) -> bool:
    missing = dataclasses.MISSING
    return not any(f.default is f.default_factory is missing for f in dataclasses.fields(kind))


@functools.cache
def _with_sections(sections: tuple[tuple[str, type], ...]) -> type:
    """LossConfig with these sections, each with its defaults unless it is given."""
    if not sections:
        return LossConfig
    fields = [(name, kind, dataclasses.field(default_factory=kind)) for name, kind in sections]
    made = dataclasses.make_dataclass(
        "LossConfig", fields, bases=(LossConfig,), frozen=True, kw_only=True
    )
    return renamable(made)


@renamable
@dataclasses.dataclass(frozen=True, kw_only=True)
class LossConfig:
    """The adversarial loss, and weights and intervals of its regularisers; see `table`.

    A phase or game from outside that brings settings has a section of its name, `SECTIONS`. So
    `LossConfig(...)` makes an object of the class that has them all.
    """

    adversarial: str = setting(
        "logistic",
        _games,
        flag="adversarial",
        names_run="",
    )
    r1_gamma: float = setting(
        help="Weight of R1 regularisation.",
        at_least=0,
        flag="gamma",
        names_run="gamma",
        scheduled=True,
    )
    # Lazy regularisation: R1 every 16 iterations, path length every 4 (arXiv 1912.04958, appendix
    # B).
    r1_interval: int = setting(
        16,
        "Iterations between R1 regularisations; 0: a part of the main loss in each, without lazy steps.",
        at_least=0,
    )
    r2_gamma: float = setting(
        0.0,
        "Weight of R2 regularisation, which is R1 at generated images, at the same intervals.",
        at_least=0,
        flag="r2_gamma",
        names_run="r2gamma",
        scheduled=True,
    )
    gp_weight: float = setting(
        0.0,
        "Weight of the gradient penalty of WGAN-GP, at the intervals of R1.",
        at_least=0,
        flag="gp",
        names_run="gp",
        scheduled=True,
    )
    lecam_weight: float = setting(
        0.0,
        "Weight of LeCam regularisation.",
        at_least=0,
        flag="lecam",
        names_run="lecam",
        scheduled=True,
    )
    # The decay of arXiv 2104.03310.
    lecam_decay: float = setting(
        0.99,
        "Share of LeCam's running means that an iteration keeps.",
        at_least=0,
        below=1,
        scheduled=True,
    )
    bcr_weight: float = setting(
        0.0,
        "Weight of balanced consistency (bCR): equal logits for an image and the image moved.",
        at_least=0,
        flag="bcr",
        names_run="bcr",
        scheduled=True,
    )
    zcr_weight: float = setting(
        0.0,
        "Weight of latent consistency (zCR): equal logits for images of nearby latents.",
        at_least=0,
        flag="zcr",
        names_run="zcr",
        scheduled=True,
    )
    # With `zcr_std`: arXiv 2002.04724, algorithm 2.
    zcr_generator_weight: float = setting(
        0.5,
        "Weight with which the generator of zCR moves such images apart.",
        at_least=0,
        scheduled=True,
    )
    zcr_std: float = setting(
        0.05, "Standard deviation from a latent to a nearby one.", above=0, scheduled=True
    )
    rotation_weight: float = setting(
        0.0,
        "Weight of auxiliary rotations: the discriminator tells how real images are turned.",
        at_least=0,
        scheduled=True,
    )
    # The comparison in arXiv 2006.06676, section 4.3; the discriminator's weight there is 5.
    rotation_generator_weight: float = setting(
        10.0,
        "Weight of the same task for generated images, in the generator's loss.",
        at_least=0,
        scheduled=True,
    )
    # 2 as published; the length a is their running mean, since no other is known beforehand.
    pl_weight: float = setting(
        2.0, "Weight of path length regularisation.", at_least=0, flag="pl_weight", scheduled=True
    )
    pl_interval: int = setting(4, "Iterations between path length regularisations.", at_least=1)
    # arXiv 1912.04958, appendix B.
    pl_decay: float = setting(
        0.01,
        "Share of a batch in the running mean of path lengths.",
        at_least=0,
        at_most=1,
        scheduled=True,
    )
    # The second derivative needs the most memory of all phases.
    pl_batch_shrink: int = setting(
        2, "Divisor of the batch for path length regularisation.", at_least=1
    )
    # arXiv 1812.04948, section 3.1.
    style_mixing_prob: float = setting(
        0.9,
        "Probability that an image has the styles of two latents.",
        at_least=0,
        at_most=1,
        scheduled=True,
    )
    w_avg_decay: float = setting(
        0.995,
        "Share of the mean of w that an iteration keeps.",
        at_least=0,
        at_most=1,
        scheduled=True,
    )

    def __new__(cls, *args, **values):
        return super().__new__(cls.kind_of(values) if cls is LossConfig else cls)

    @classmethod
    def kind_of(cls, values) -> type:
        """The class with the sections of today, whatever the values."""
        return _with_sections(tuple(SECTIONS.items()))

    def __getattr__(self, name):  # a section that came when this object was made already
        if name not in SECTIONS:
            raise AttributeError(f"LossConfig has no setting {name!r}.")
        return SECTIONS[name]()

    def __post_init__(self):
        check(self)
        if type(self) is not LossConfig:  # a section from outside need not check itself
            check_tree(self)


# Of its fields, which `__new__` would hide from help() and editors.
_of_fields = inspect.signature(LossConfig.__init__)
LossConfig.__signature__ = _of_fields.replace(parameters=[*_of_fields.parameters.values()][1:])


@renamable
@dataclasses.dataclass(frozen=True)
class OptimizerConfig:
    """Adam of both networks, before the correction for lazy regularisation."""

    learning_rate: float = setting(
        help="Learning rate of both networks.", above=0, flag="lr", scheduled=True
    )
    # Adam of arXiv 1710.10196, appendix A: beta_1 0, beta_2 0.99, epsilon 1e-8.
    beta_1: float = setting(
        0.0, "Decay of the mean of gradients.", at_least=0, below=1, scheduled=True
    )
    beta_2: float = setting(
        0.99, "Decay of the mean of their squares.", at_least=0, below=1, scheduled=True
    )
    epsilon: float = setting(1e-8, "Added to the root of that mean.", above=0)
    freeze_d: int = setting(
        0,
        "Layers of the discriminator, from the image down, that are frozen.",
        at_least=0,
        flag="freezed",
        names_run="freezed",
    )
    freeze_g: int = setting(
        0,
        "Resolutions of the synthesis, from 4x4 up, that are frozen.",
        at_least=0,
        flag="freezeg",
        names_run="freezeg",
    )

    def __post_init__(self):
        check(self)


@renamable
@dataclasses.dataclass(frozen=True)
class EmaConfig:
    """The averaged generator, an exponential moving average of the generator's weights."""

    kimg: float = setting(
        help="Half-life of the averaged generator in thousands of images.",
        at_least=0,
        scheduled=True,
    )
    rampup: float | None = setting(
        help="Limit of the half-life, as a share of the images seen so far; none is no limit.",
        at_least=0,
        scheduled=True,
    )

    def __post_init__(self):
        check(self)
