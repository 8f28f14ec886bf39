"""A branch that XLA compiles together with its derivatives."""

import tensorflow as tf


def branch(happens, function, otherwise, tensors: list) -> list:
    """Return `function(tensors)` if something happens, else `otherwise(tensors)`.

    For XLA, which compiles no gradient of `tf.cond`: it would have to know the sizes of all that a branch
    keeps for the way back. Here nothing is kept but the tensors. The way back is a branch of its own,
    which computes what it needs anew; so is the way back of that one, to any order.

    Args:
        happens: boolean scalar.
        function: list of float tensors -> list of float tensors. Pure: it is called again.
        otherwise: the same, for the other case.
        tensors: the list.
    """

    @tf.custom_gradient
    def forward(*x):
        y = tf.cond(happens, lambda: function(list(x)), lambda: otherwise(list(x)))

        def backward(*upstream):
            ways_back = (_way_back(f, len(x)) for f in (function, otherwise))
            return branch(happens, *ways_back, [*x, *upstream])

        return y, backward

    return forward(*tensors)


def _way_back(function, count: int):
    """Return the function of `count` tensors and of the gradients at its results that goes back."""

    def way_back(values):
        # Identities, so that the tape sees tensors of this branch.
        x = [tf.identity(value) for value in values[:count]]
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        return tape.gradient(y, x, values[count:], tf.UnconnectedGradients.ZERO)

    return way_back
