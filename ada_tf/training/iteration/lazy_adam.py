"""The optimizer of a network that is regularised only now and then."""

import keras
import tensorflow as tf

from ada_tf.training.iteration.config import OptimizerConfig


class FusedAdam(keras.optimizers.Adam):
    """Adam, one operation a weight instead of Keras' thirty: a third of all that a phase traces."""

    def apply(self, grads, trainable_variables=None):
        """Take a step; how much the moments are still biased is computed once, not for each weight."""
        step = tf.cast(self.iterations.value + 1, tf.float32)
        self._powers = tf.pow(self.beta_1, step), tf.pow(self.beta_2, step)
        super().apply(grads, trainable_variables)

    def update_step(self, gradient, variable, learning_rate):
        """Move one weight, a variable of one replica, and its moments (arXiv 1412.6980, section 2)."""
        index = self._get_variable_index(variable)
        beta1_power, beta2_power = self._powers
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=beta1_power,
            beta2_power=beta2_power,
            lr=learning_rate,
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )


def lazy_adam(settings: OptimizerConfig, ratio: float) -> FusedAdam:
    """Adam for more steps than iterations, since regularisers take steps of their own.

    Learning rate and decays are changed so that 1 / ratio steps do what one step of the original
    would (arXiv 1912.04958, appendix B, lazy regularisation).

    Args:
        settings: of the original.
        ratio: iterations for one step, at most 1; see `table.lazy_ratio`.
    """
    return FusedAdam(
        settings.learning_rate * ratio,
        beta_1=settings.beta_1**ratio,
        beta_2=settings.beta_2**ratio,
        epsilon=settings.epsilon,
    )
