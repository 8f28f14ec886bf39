"""Steps of the weights: Adam corrected for lazy regularisation, and the generator's average."""

import keras
import tensorflow as tf

from ada_tf.settings import at, scheduled
from ada_tf.training.iteration.config import OptimizerConfig


class LazyAdam(keras.optimizers.Adam):
    """Adam for more steps than iterations, since regularisers take steps of their own.

    Learning rate and decays are changed so that 1 / ratio steps do what one step of the original
    would (arXiv 1912.04958, appendix B, lazy regularisation). A weight takes one operation instead of
    Keras' thirty: a third of all that a phase traces.

    Args:
        settings: of the original.
        ratio: iterations for one step, at most 1; see `table.lazy_ratio`.
    """

    def __init__(self, settings: OptimizerConfig, ratio: float):
        names, numbers = scheduled(settings), _lazy(at(settings, 0), ratio)
        # A scheduled decay is a variable that compiled phases read; any other is a constant of them.
        # The learning rate is a variable of Keras' in any case.
        decays = {
            name: tf.Variable(numbers[name], trainable=False) if name in names else numbers[name]
            for name in ("beta_1", "beta_2")
        }
        # No weight decay, clipping or average of Keras: these would change the published step.
        super().__init__(numbers["learning_rate"], **decays, epsilon=settings.epsilon)
        self._settings, self._ratio, self._scheduled = settings, ratio, tuple(names)

    def go_to(self, images: int) -> None:
        """Set scheduled settings to their numbers after so many images."""
        if self._scheduled:
            numbers = _lazy(at(self._settings, images), self._ratio)
            for name in self._scheduled:
                getattr(self, name).assign(numbers[name])

    def apply(self, grads, trainable_variables=None):
        """Take a step."""
        # beta^t, by which the moments are still biased: once a step, not once for each weight.
        step = tf.cast(self.iterations.value + 1, tf.float32)
        self._powers = tf.pow(self.beta_1, step), tf.pow(self.beta_2, step)
        super().apply(grads, trainable_variables)

    def update_step(self, gradient, variable, learning_rate):
        """Move one weight, a variable of one replica, and its moments (arXiv 1412.6980, section 2)."""
        # Keras' own moments: building, placing and saving them stays its business.
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


def _lazy(settings, ratio: float) -> dict[str, float]:
    """Numbers of Adam, corrected for a step every `ratio` iterations."""
    return {
        # c = ratio: Adam(c lr, beta1^c, beta2^c) moves as far in 1 / c steps as Adam(lr, beta1,
        # beta2) in one.
        "learning_rate": settings.learning_rate * ratio,
        "beta_1": settings.beta_1**ratio,
        "beta_2": settings.beta_2**ratio,
    }


def ema_decay(batch: int, images_seen: int, kimg: float, rampup: float | None = None) -> float:
    """Weight of the old average after an iteration (arXiv 1710.10196, appendix A.1).

    Args:
        batch: images of this iteration.
        images_seen: images before it.
        kimg: half-life of the average in thousands of images.
        rampup: the half-life is at most this fraction of `images_seen`; None is no limit.

    Returns:
        0.5 ** (batch / half-life); 0, a plain copy, at the first iteration of a ramp.
    """
    half_life = kimg * 1000
    if rampup is not None:
        # Early weights are far off; a short average forgets them soon.
        half_life = min(half_life, images_seen * rampup)
    return 0.5 ** (batch / max(half_life, 1e-8))  # 1e-8: nothing was seen yet


def update_average(average, network, decay) -> None:
    """Move trainable weights of `average` toward `network`; copy the rest (w_avg, noise images).

    Every replica moves its own copy. Outside of `Strategy.run`.
    """
    # In cross-replica context mirrored variables are assigned by `update`, copy by copy.
    update = tf.distribute.get_strategy().extended.update
    # Both networks come from one constructor, so their variables are in one order.
    for a, v in zip(average.variables, network.variables, strict=True):
        if v.trainable:
            move = lambda a, v: a.assign(v + decay * (a - v))  # noqa: E731
        else:
            move = lambda a, v: a.assign(v)  # noqa: E731
        update(a.value, move, args=(v.value,))
