"""Choices that depend on the machine: the faster of two equal implementations, and number formats.

Equal implementations agree to float32 round-off. The measurements are in experiments/performance.
"""

import contextlib

import tensorflow as tf

from ada_tf.ops.graph import in_compiled_function, is_compiling

CPUINFO = "/proc/cpuinfo"


def on_gpu() -> bool:
    """Return True if the process sees a GPU; it then compiles with XLA by default."""
    # Physical devices: listing the logical ones would start them, which takes GPU memory.
    return bool(tf.config.list_physical_devices("GPU"))


def multiplies_bfloat16() -> bool:
    """Return True if Linux lists instructions that multiply bfloat16 (AVX512_BF16, AMX)."""
    with contextlib.suppress(OSError), open(CPUINFO) as f:
        # One line a core, and all alike; macOS and Windows have no such file, and say float32.
        flags = next((line for line in f if line.startswith("flags")), "").split()
        return "avx512_bf16" in flags or "amx_bf16" in flags
    return False


def best_precision() -> str:
    """Return the number format in which this machine convolves fastest.

    float16 on a GPU. bfloat16 on a CPU that multiplies it, at twice the rate of float32; never
    float16 there, whose gradients are 15 times slower than those of float32.
    """
    if on_gpu():
        return "float16"
    return "bfloat16" if multiplies_bfloat16() else "float32"


def activations_of(precision: str) -> str:
    """Return the dtype of stored activations where convolutions multiply in `precision`.

    A GPU gains from low precision in both. A CPU multiplies bfloat16 twice as fast as float32 and
    does nothing else faster; the gradient of a filter of stride 2 takes 15 times as long.
    """
    return "float32" if precision == "bfloat16" and not on_gpu() else precision


def fir_implementation(up: tuple[int, int]) -> str:
    """Choose how to filter: by a "depthwise" convolution or a "table", see `ada_tf.ops.fir`.

    XLA's depthwise convolutions are 10 to 50 times slower than the table. TensorFlow's are faster
    where no zeros are inserted. Forward and gradient of [16, 32, 32, 128] on two CPU cores, ms:

    | | depthwise | table |
    |---|---|---|
    | filter | 4 | 12 |
    | down | 2.3 | 4.2 |
    | up | 55 | 27 |
    """
    # Zero-insertion makes three of four multiplications of a depthwise convolution useless.
    return "depthwise" if up == (1, 1) and not is_compiling() else "table"


def branches() -> bool:
    """Return True if a branch on the value of a tensor is faster than computing both cases.

    A CPU saves passes over all gradients, 3 ms in a million weights. On a GPU the host would have to
    wait for the tensor, and XLA computes differently with a conditional inside.
    """
    return not is_compiling() and not on_gpu()


def shapes_follow_from_data() -> bool:
    """Return True if shapes may depend on values, as when only some images of a batch are warped.

    XLA has to know every shape beforehand.
    """
    return not in_compiled_function()
