"""Python functions to graphs, and settings that TensorFlow keeps for the whole process."""

import contextlib
import contextvars
import functools

import tensorflow as tf

# True while a function is traced that XLA will compile: ops choose their implementation by it.
_COMPILING = contextvars.ContextVar("compiling", default=False)


def is_compiling() -> bool:
    """Return True while `graph` traces the caller for XLA, itself or as a part of something."""
    return _COMPILING.get()


def in_compiled_function() -> bool:
    """Return True while any `tf.function`, also of other people, traces the caller for XLA.

    TensorFlow shows it in one public place only: a conditional that XLA will see is not marked for
    lowering. So one is made; nothing depends on it, and it never runs.
    """
    if is_compiling() or tf.executing_eagerly():
        return is_compiling()
    # TensorFlow lowers conditionals to switches where its own executor runs them.
    op = tf.cond(tf.constant(True), lambda: 0, lambda: 1).op
    # tf.cond hides its operation behind identities.
    while op.type == "Identity":
        op = op.inputs[0].op
    try:
        return not op.get_attr("_lower_using_switch_merge")
    except ValueError:  # there is no such mark
        return True


# Decorator for functions that tf.data traces: it has no argument `autograph`.
plain = tf.autograph.experimental.do_not_convert


def graph(function, jit_compile: bool = False):
    """Make a `tf.function` without AutoGraph: no function here branches on tensors in Python.

    Tracing is far faster without it.

    Args:
        function: a function of tensors.
        jit_compile: whether XLA compiles it.
    """

    @functools.wraps(function)
    def traced(*args, **kwargs):
        # An outer function that XLA compiles takes its inner ones along.
        token = _COMPILING.set(jit_compile or _COMPILING.get())
        try:
            return function(*args, **kwargs)
        finally:
            _COMPILING.reset(token)

    return tf.function(traced, jit_compile=jit_compile, autograph=False)


_settings = tf.config.experimental


@contextlib.contextmanager
def tf32(allowed: bool):
    """Run convolutions and matrix products of float32 in TF32, or in float32, for a while.

    TF32 rounds the factors to float16's 10 bits; only GPUs know it. Programs for XLA read this when
    they are compiled.

    Args:
        allowed: whether TF32 may be used.
    """
    before = _settings.tensor_float_32_execution_enabled()
    _settings.enable_tensor_float_32_execution(allowed)
    try:
        yield
    finally:
        _settings.enable_tensor_float_32_execution(before)


@contextlib.contextmanager
def without_remapper():
    """Keep TensorFlow from searching graphs for operations to fuse, for a while.

    Its remapper finds none in graphs with second derivatives, and logs an error for each.
    """
    before = tf.config.optimizer.get_experimental_options().get("remapping", True)
    tf.config.optimizer.set_experimental_options({"remapping": False})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({"remapping": before})
