"""Networks: Keras models built from `ada_tf.ops` alone. Images are NHWC in [-1, 1]."""

from ada_tf.door import door

__getattr__, __dir__, __all__ = door(__name__)
