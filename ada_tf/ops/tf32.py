"""Whether a GPU may round the factors of float32 products to TF32, which has float16's 10 bits."""

import contextlib

import tensorflow as tf

_settings = tf.config.experimental


@contextlib.contextmanager
def tf32(allowed: bool):
    """Within, convolutions and matrix products of float32 run in TF32, or in float32.

    TensorFlow keeps this as a setting of the process; programs for XLA read it when they are
    compiled. Only GPUs know TF32.

    Args:
        allowed: whether it may be used.
    """
    before = _settings.tensor_float_32_execution_enabled()
    _settings.enable_tensor_float_32_execution(allowed)
    try:
        yield
    finally:
        _settings.enable_tensor_float_32_execution(before)
