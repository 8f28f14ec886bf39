"""Which of two equal implementations is faster here, decided in one place.

Every op below takes `implementation="auto"` and agrees with its twin to float32 round-off; "auto"
asks this module. The numbers the choice rests on are in docs/performance.md.
"""

import tensorflow as tf


def on_gpu() -> bool:
    """Whether the process sees a GPU, hence compiles with XLA and has matrix units to fill."""
    return bool(tf.config.list_physical_devices("GPU"))


def fir_implementation() -> str:
    """FIR filters: shifted additions fuse under XLA, where depthwise convolutions are 10 times slower.

    Without XLA each shifted addition is a pass over memory, and the depthwise convolution wins
    (forward and gradient, [8, 64, 64, 64] with 4x4 taps, two CPU cores: 6 ms against 23 ms).
    """
    return "shifts" if on_gpu() else "depthwise"


def conv_implementation() -> str:
    """Resampling convolutions: "folded" does 4 times the arithmetic but all of it in one plain convolution.

    Matrix units are idle otherwise; a CPU has no arithmetic to give away.
    """
    return "folded" if on_gpu() else "unfolded"
