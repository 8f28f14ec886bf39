"""Bias, activation, gain and clamp: y = clamp(act(x + b) * gain)."""

import math
from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from ada_tf.errors import UserError


class _Activation(NamedTuple):
    """An activation `function(x, alpha)` and its defaults.

    The gain sqrt(2) keeps the variance of unit-variance inputs through a rectifier (He et al.,
    arXiv 1502.01852); with equalised learning rates it lives here instead of in the weights.
    """

    function: Callable
    gain: float = 1.0
    alpha: float = 0.0
    homogeneous: bool = False  # f(g x) = g f(x) for g > 0: a gain may come before it


ACTIVATIONS = {
    "linear": _Activation(lambda x, alpha: x, homogeneous=True),
    "relu": _Activation(lambda x, alpha: tf.nn.relu(x), gain=math.sqrt(2), homogeneous=True),
    "lrelu": _Activation(
        lambda x, alpha: tf.nn.leaky_relu(x, alpha), gain=math.sqrt(2), alpha=0.2, homogeneous=True
    ),
    "tanh": _Activation(lambda x, alpha: tf.tanh(x)),
    "sigmoid": _Activation(lambda x, alpha: tf.sigmoid(x)),
    "elu": _Activation(lambda x, alpha: tf.nn.elu(x)),
    "selu": _Activation(lambda x, alpha: tf.nn.selu(x)),
    "softplus": _Activation(lambda x, alpha: tf.nn.softplus(x)),
    "swish": _Activation(lambda x, alpha: x * tf.sigmoid(x), gain=math.sqrt(2)),
}


def bias_act(x, b=None, *, act="linear", alpha=None, gain=None, clamp=None, axis=-1):
    """Add a bias, apply an activation, scale and clamp, in this order.

    Args:
        x: any float tensor.
        b: [x.shape[axis]] bias, cast to the dtype of x, or None.
        act: a name of `ACTIVATIONS`.
        alpha: slope of "lrelu" below zero; other activations ignore it. Default 0.2.
        gain: factor after the activation; default by activation, sqrt(2) for rectifiers.
        clamp: the result is clipped to [-clamp, clamp]; None is off.
        axis: axis of the bias.

    Returns:
        Tensor of the shape and dtype of x.

    Raises:
        UserError: `act` is unknown.
    """
    if act not in ACTIVATIONS:
        raise UserError(
            f"act={act!r} is not an activation; choose one of {', '.join(ACTIVATIONS)}."
        )
    # The clamp comes last: it limits what the next layer reads, whatever the gain.
    spec = ACTIVATIONS[act]
    if b is not None:
        x = _add_bias(x, tf.cast(b, x.dtype), axis)
    x = spec.function(x, spec.alpha if alpha is None else alpha)
    gain = spec.gain if gain is None else gain
    if gain != 1:
        x = x * tf.cast(gain, x.dtype)
    if clamp is not None:
        limit = tf.cast(clamp, x.dtype)
        x = tf.clip_by_value(x, -limit, limit)
    return x


def _add_bias(x, b, axis: int):
    """Add b along an axis."""
    rank = x.shape.rank
    # TensorFlow has a kernel for the last axis, whose gradient is a single sum.
    if rank >= 2 and axis in (-1, rank - 1):
        return tf.nn.bias_add(x, b)
    # The bias lies along `axis` and broadcasts over all others.
    shape = [1] * rank
    shape[axis] = -1
    return x + tf.reshape(b, shape)
