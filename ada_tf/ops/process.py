"""Settings that TensorFlow keeps for the whole process, set for a while and put back."""

import contextlib

import tensorflow as tf

_settings = tf.config.experimental


@contextlib.contextmanager
def tf32(allowed: bool):
    """Within, convolutions and matrix products of float32 run in TF32, or in float32.

    TF32 rounds the factors to float16's 10 bits; only GPUs know it. Programs for XLA read this when
    they are compiled.

    Args:
        allowed: whether it may be used.
    """
    before = _settings.tensor_float_32_execution_enabled()
    _settings.enable_tensor_float_32_execution(allowed)
    try:
        yield
    finally:
        _settings.enable_tensor_float_32_execution(before)


@contextlib.contextmanager
def without_remapper():
    """Within, graphs are not searched for operations to fuse.

    The remapper finds none in graphs with second derivatives, and logs an error for each.
    """
    before = tf.config.optimizer.get_experimental_options().get("remapping", True)
    tf.config.optimizer.set_experimental_options({"remapping": False})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({"remapping": before})
