"""Which implementation is faster here, decided in one place.

`conv2d_resample` takes `implementation="auto"`, which asks this module; the twins agree to float32
round-off. The numbers the choice rests on are in docs/performance.md.
"""

import tensorflow as tf


def on_gpu() -> bool:
    """Whether the process sees a GPU, hence compiles with XLA by default."""
    return bool(tf.config.list_physical_devices("GPU"))


def conv_implementation() -> str:
    """Resampling convolutions: "folded" is one plain convolution of 4 times the arithmetic.

    Twice as slow on a CPU (forward and gradient, two cores, ms: up, [16, 32, 32, 128], 104 against
    55; down 39 against 13). On a GPU it halves the number of passes over memory, but StyleGAN2
    spends most of its arithmetic in these layers: at 256 pixels a whole iteration is 10.7 TFLOP
    folded and 5.9 unfolded. Predicted for an H100, not measured: see docs/performance.md.
    """
    return "unfolded"
