"""The optimizer of a network that is regularised only now and then."""

import keras

from ada_tf.training.iteration.config import OptimizerConfig


def lazy_adam(settings: OptimizerConfig, ratio: float) -> keras.optimizers.Adam:
    """Adam for more steps than iterations, since regularisers take steps of their own.

    Learning rate and decays are changed so that 1 / ratio steps do what one step of the original
    would (arXiv 1912.04958, appendix B, lazy regularisation).

    Args:
        settings: of the original.
        ratio: iterations for one step, at most 1; see `table.lazy_ratio`.
    """
    return keras.optimizers.Adam(
        settings.learning_rate * ratio,
        beta_1=settings.beta_1**ratio,
        beta_2=settings.beta_2**ratio,
        epsilon=settings.epsilon,
    )
