"""The one place where labels become the vectors that networks are given."""

import tensorflow as tf


def label_vectors(labels, label_dim: int):
    """Labels as vectors, inside or outside of a graph.

    Args:
        labels: class numbers, integers [N]; or vectors already, floats [N, label_dim].
        label_dim: width of the vectors; 0 is unconditional.

    Returns:
        float32 [N, label_dim], one-hot of class numbers; None when unconditional.
    """
    if not label_dim:
        return None
    labels = tf.convert_to_tensor(labels)
    if labels.dtype.is_floating:
        return tf.ensure_shape(tf.cast(labels, tf.float32), [None, label_dim])
    return tf.one_hot(labels, label_dim)
