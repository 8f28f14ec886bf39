"""Adam as a pure function (arXiv 1412.6980, algorithm 1): state in, state out."""

import tensorflow as tf

BETAS, EPSILON = (0.9, 0.999), 1e-8


def start(parameters) -> list:
    """First and second moments of parameters, nothing yet: a pair of zeros for each."""
    return [(tf.zeros_like(p), tf.zeros_like(p)) for p in parameters]


def update(gradients, moments, step, learning_rate):
    """What is subtracted from parameters, and the next moments.

    Args:
        gradients: list of tensors.
        moments: of `start`, or of the step before.
        step: scalar float32 tensor, 1 for the first.
        learning_rate: scalar.

    Returns:
        list of tensors, list of pairs.
    """
    first, second = BETAS
    changes, found = [], []
    for gradient, (mean, square) in zip(gradients, moments, strict=True):
        mean = first * mean + (1 - first) * gradient
        square = second * square + (1 - second) * tf.square(gradient)
        unbiased = mean / (1 - first**step)
        deviation = tf.sqrt(square / (1 - second**step)) + EPSILON
        changes.append(learning_rate * unbiased / deviation)
        found.append((mean, square))
    return changes, found
