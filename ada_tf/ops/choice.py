"""Which of two equal implementations is faster here, decided in one place.

Every op below takes `implementation="auto"` and agrees with its twin to float32 round-off; "auto"
asks this module. The numbers the choice rests on are in docs/performance.md.
"""

import tensorflow as tf

from ada_tf.ops.graph import is_compiling


def on_gpu() -> bool:
    """Whether the process sees a GPU, hence compiles with XLA by default."""
    return bool(tf.config.list_physical_devices("GPU"))


def fir_implementation() -> str:
    """FIR filters: taps read through a table fuse under XLA, where depthwise convolutions are 10 to 50
    times slower.

    Without XLA each tap is a pass over memory, and the depthwise convolution wins (forward and
    gradient, [8, 64, 64, 64] with 4x4 taps, two CPU cores: 6 ms against 23 ms).
    """
    return "gather" if is_compiling() else "depthwise"


def conv_implementation() -> str:
    """Resampling convolutions: "folded" is one plain convolution of 4 times the arithmetic.

    Measured to be slower on a CPU. On a GPU it halves the number of passes over memory, but
    StyleGAN2 spends most of its arithmetic in these layers: at 256 pixels a whole iteration is 10.7
    TFLOP folded and 5.9 unfolded. Predicted for an H100, not measured: see docs/performance.md.
    """
    return "unfolded"
