"""Python functions to TensorFlow graphs."""

import contextvars
import functools

import tensorflow as tf

# Whether what is being traced will go through XLA: ops choose their implementation by it.
_COMPILING = contextvars.ContextVar("compiling", default=False)


def is_compiling() -> bool:
    """Whether the caller is being traced by `graph` for XLA, itself or as a part of something."""
    return _COMPILING.get()


# For what tf.data traces, which has no argument for it.
plain = tf.autograph.experimental.do_not_convert


def graph(function, jit_compile: bool = False):
    """`tf.function` without AutoGraph: nothing here branches on tensors, and tracing is far faster.

    Args:
        function: of tensors.
        jit_compile: compile with XLA.
    """

    @functools.wraps(function)
    def traced(*args, **kwargs):
        token = _COMPILING.set(jit_compile or _COMPILING.get())
        try:
            return function(*args, **kwargs)
        finally:
            _COMPILING.reset(token)

    return tf.function(traced, jit_compile=jit_compile, autograph=False)
