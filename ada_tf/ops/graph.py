"""Python functions to TensorFlow graphs."""

import tensorflow as tf


def graph(function, jit_compile: bool = False):
    """`tf.function` without AutoGraph: nothing here branches on tensors, and tracing is far faster.

    Args:
        function: of tensors.
        jit_compile: compile with XLA.
    """
    return tf.function(function, jit_compile=jit_compile, autograph=False)
