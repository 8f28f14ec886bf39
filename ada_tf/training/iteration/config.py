"""Settings of an iteration: losses, optimisers, the averaged generator.

What every preset decides has no default.
"""

import dataclasses

from ada_tf.settings import check, renamable, setting


@renamable
@dataclasses.dataclass(frozen=True, kw_only=True)
class LossConfig:
    """The game, and weights and intervals of its regularisers; see `table` for what they weigh."""

    adversarial: str = setting(
        "logistic",
        "What both networks play for: logistic, hinge, relativistic or wasserstein.",
        flag="adversarial",
        names_run="",
    )
    r1_gamma: float = setting(
        help="Weight of R1 regularisation.", at_least=0, flag="gamma", names_run="gamma"
    )
    r1_interval: int = setting(16, "Iterations between R1 regularisations.", at_least=1)
    r2_gamma: float = setting(
        0.0,
        "Weight of R2 regularisation, which is R1 at generated images, at the same intervals.",
        at_least=0,
        flag="r2_gamma",
        names_run="r2gamma",
    )
    gp_weight: float = setting(
        0.0,
        "Weight of the gradient penalty of WGAN-GP, at the intervals of R1.",
        at_least=0,
        flag="gp",
        names_run="gp",
    )
    lecam_weight: float = setting(
        0.0, "Weight of LeCam regularisation.", at_least=0, flag="lecam", names_run="lecam"
    )
    lecam_decay: float = setting(
        0.99, "What is kept of LeCam's running means at an iteration.", at_least=0, below=1
    )
    bcr_weight: float = setting(
        0.0,
        "Weight of balanced consistency: logits of moved images, real and generated.",
        at_least=0,
        flag="bcr",
        names_run="bcr",
    )
    zcr_weight: float = setting(
        0.0,
        "Weight of latent consistency: logits of images of nearby latents.",
        at_least=0,
        flag="zcr",
        names_run="zcr",
    )
    zcr_generator_weight: float = setting(
        0.5, "With it, weight of the generator's keeping such images apart.", at_least=0
    )
    zcr_std: float = setting(0.05, "How far nearby latents are.", above=0)
    rotation_weight: float = setting(
        0.0,
        "Weight of auxiliary rotations: which way up real images are.",
        at_least=0,
    )
    rotation_generator_weight: float = setting(
        10.0, "With it, weight of which way up generated images are.", at_least=0
    )
    pl_weight: float = setting(
        2.0, "Weight of path length regularisation.", at_least=0, flag="pl_weight"
    )
    pl_interval: int = setting(4, "Iterations between path length regularisations.", at_least=1)
    pl_decay: float = setting(
        0.01, "Share of a batch in the running mean of path lengths.", at_least=0, at_most=1
    )
    pl_batch_shrink: int = setting(
        2, "The batch divided by this is measured for path lengths.", at_least=1
    )
    style_mixing_prob: float = setting(
        0.9, "Probability that an image has the styles of two latents.", at_least=0, at_most=1
    )
    w_avg_decay: float = setting(
        0.995, "What is kept of the mean of w at an iteration.", at_least=0, at_most=1
    )

    def __post_init__(self):
        check(self)


@renamable
@dataclasses.dataclass(frozen=True)
class OptimizerConfig:
    """Adam of both networks, before the correction for lazy regularisation."""

    learning_rate: float = setting(help="Learning rate of both networks.", above=0, flag="lr")
    beta_1: float = setting(0.0, "Decay of the mean of gradients.", at_least=0, below=1)
    beta_2: float = setting(0.99, "Decay of the mean of their squares.", at_least=0, below=1)
    epsilon: float = setting(1e-8, "Added to the root of that mean.", above=0)
    freeze_d: int = setting(
        0,
        "Layers of the discriminator, from the image down, that stay as they are.",
        at_least=0,
        flag="freezed",
        names_run="freezed",
    )
    freeze_g: int = setting(
        0,
        "Resolutions of the synthesis, from 4x4 up, that stay as they are.",
        at_least=0,
        flag="freezeg",
        names_run="freezeg",
    )

    def __post_init__(self):
        check(self)


@renamable
@dataclasses.dataclass(frozen=True)
class EmaConfig:
    """The averaged generator: half-life in kimg, at most `rampup` times the images seen so far."""

    kimg: float = setting(
        help="Half-life of the averaged generator in thousands of images.", at_least=0
    )
    rampup: float | None = setting(
        help="The half-life is at most this times the images seen so far.", at_least=0
    )

    def __post_init__(self):
        check(self)
