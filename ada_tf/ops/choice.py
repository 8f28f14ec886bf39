"""Which of two equal implementations is faster here, decided in one place.

Ops with `implementation="auto"` ask this module; the twins agree to float32 round-off. More of the
numbers that the choices rest on are in experiments/performance.
"""

import contextlib

import tensorflow as tf

from ada_tf.ops.graph import in_compiled_function, is_compiling

CPUINFO = "/proc/cpuinfo"


def on_gpu() -> bool:
    """Whether the process sees a GPU, hence compiles with XLA by default."""
    return bool(tf.config.list_physical_devices("GPU"))


def multiplies_bfloat16() -> bool:
    """Whether the CPU has instructions that multiply bfloat16 (AVX512_BF16, AMX), as Linux says."""
    with contextlib.suppress(OSError), open(CPUINFO) as f:
        flags = next((line for line in f if line.startswith("flags")), "").split()
        return "avx512_bf16" in flags or "amx_bf16" in flags
    return False


def best_precision() -> str:
    """What the machine computes convolutions in faster than in float32, if there is something.

    A GPU: float16. A CPU: bfloat16 where it has it, at twice the rate of float32; never float16,
    whose gradients are 15 times slower than float32's.
    """
    if on_gpu():
        return "float16"
    return "bfloat16" if multiplies_bfloat16() else "float32"


def activations_of(precision: str) -> str:
    """Dtype in which activations are stored where convolutions multiply in `precision`.

    A GPU gains from both. A CPU multiplies bfloat16 twice as fast as float32, but everything else
    no faster, and the gradient of a filter of stride 2 15 times slower.
    """
    return "float32" if precision == "bfloat16" and not on_gpu() else precision


def fir_implementation(up: tuple[int, int]) -> str:
    """FIR filters: "depthwise" convolution or "table", see `ada_tf.ops.fir`.

    Under XLA depthwise convolutions are 10 to 50 times slower. TensorFlow's own are fast where no
    zeros are inserted (two CPU cores, forward and gradient, ms: filter, [16, 32, 32, 128], 4 against
    12; down, 2.3 against 4.2; but up, 55 against 27).
    """
    return "depthwise" if up == (1, 1) and not is_compiling() else "table"


def branches() -> bool:
    """Whether to branch on what a tensor holds, rather than to compute for both cases.

    A CPU saves passes over all gradients by it, 3 ms in a million weights. On a GPU the host would
    have to wait for the tensor, and XLA computes differently with a conditional inside.
    """
    return not is_compiling() and not on_gpu()


def shapes_follow_from_data() -> bool:
    """Whether images may be sorted by what they need, so that the rest costs nothing.

    XLA wants to know every shape beforehand.
    """
    return not in_compiled_function()


def conv_implementation() -> str:
    """Resampling convolutions: "folded" is one plain convolution of 4 times the arithmetic.

    Three times as slow on a CPU (two cores, forward and gradient, ms: up, [16, 32, 32, 128], 100
    against 37; down, 36 against 9). On a GPU it halves the number of passes over memory, but StyleGAN2
    spends most of its arithmetic in these layers: at 256 pixels a whole iteration is 11.9 TFLOP
    folded and 6.4 unfolded. Predicted for an H100, not measured: see experiments/performance.

    Exports stay unfolded, too: in ONNX Runtime the layers of 256 pixels take 2.4 to 3.2 times the
    processor time folded, and as one 2x2 convolution to four phases before the filter 1.4 to 1.6 times.
    """
    return "unfolded"
