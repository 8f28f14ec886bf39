"""Settings of an iteration: losses, optimisers, the averaged generator."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class LossConfig:
    """The game, and weights and intervals of its regularisers; see `table` for what they weigh."""

    adversarial: str = "logistic"  # of losses.ADVERSARIAL
    r1_gamma: float = 10.0
    r1_interval: int = 16  # iterations
    pl_weight: float = 2.0
    pl_interval: int = 4  # iterations
    pl_decay: float = 0.01
    pl_batch_shrink: int = 2
    style_mixing_prob: float = 0.9
    w_avg_decay: float = 0.995


@dataclasses.dataclass(frozen=True)
class OptimizerConfig:
    """Adam of both networks, before the correction for lazy regularisation."""

    learning_rate: float = 0.0025
    beta_1: float = 0.0
    beta_2: float = 0.99
    epsilon: float = 1e-8


@dataclasses.dataclass(frozen=True)
class EmaConfig:
    """The averaged generator: half-life in kimg, at most `rampup` times the images seen so far."""

    kimg: float = 10.0
    rampup: float | None = None
