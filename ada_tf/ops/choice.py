"""Choices that depend on the machine: the faster of two equal implementations, and number formats.

Equal implementations agree to float32 round-off. The measurements are in experiments/performance.
"""

import contextlib

import tensorflow as tf

from ada_tf.ops.graph import in_compiled_function, is_compiling

CPUINFO = "/proc/cpuinfo"


# The first compute capability whose float16 is faster than float32: Volta, with tensor cores. Pascal
# (GTX 10xx, 6.1) multiplies float16 at 1/64 of the rate (CUDA C++ Programming Guide, arithmetic
# throughput).
_FAST_FLOAT16 = (7, 0)
_folding = False  # of the whole process, as TF32 is: replicas are traced in threads of their own


@contextlib.contextmanager
def folded_convolutions(asked: bool):
    """Trace plain convolutions alone for a while, if it is asked for: of stride 1, without groups.

    The way out where a card's library refuses others. A filter is folded into its kernel, which makes
    four times the arithmetic (experiments/performance).

    Args:
        asked: False leaves the faster ones.
    """
    global _folding
    before, _folding = _folding, asked
    try:
        yield
    finally:
        _folding = before


def folds() -> bool:
    """Return True within `folded_convolutions(True)`."""
    return _folding


def on_gpu() -> bool:
    """Return True if the process sees a GPU."""
    # Physical devices: listing the logical ones would start them, which takes GPU memory.
    return bool(tf.config.list_physical_devices("GPU"))


def on_tpu() -> bool:
    """Return True if the process sees a TPU."""
    return bool(tf.config.list_physical_devices("TPU"))


def compiles() -> bool:
    """Return True if XLA is the default: on GPUs whose TensorFlow has a compiler for them.

    Plug-ins for other GPUs, as of Apple and DirectML, come beside a TensorFlow for the CPU and end a
    compiled function with an error.
    """
    return on_gpu() and (tf.test.is_built_with_cuda() or tf.test.is_built_with_rocm())


def multiplies_float16() -> bool:
    """Return True if all GPUs that the process sees multiply float16 faster than float32.

    Of a GPU without a compute capability, one of ROCm or a plug-in, nothing is known: False.
    """
    cards = tf.config.list_physical_devices("GPU")
    known = [tf.config.experimental.get_device_details(card) for card in cards]
    return bool(cards) and all(
        details.get("compute_capability", (0, 0)) >= _FAST_FLOAT16 for details in known
    )


def multiplies_bfloat16() -> bool:
    """Return True if Linux lists instructions that multiply bfloat16 (AVX512_BF16, AMX)."""
    with contextlib.suppress(OSError), open(CPUINFO) as f:
        # One line a core, and all alike; macOS and Windows have no such file, and say float32.
        flags = next((line for line in f if line.startswith("flags")), "").split()
        return "avx512_bf16" in flags or "amx_bf16" in flags
    return False


def best_precision() -> str:
    """Return the number format in which this machine convolves fastest.

    float16 on a GPU with tensor cores, float32 on others. bfloat16 on a CPU that multiplies it, at
    twice the rate of float32; never float16 there, whose gradients are 15 times slower.
    """
    if on_gpu():
        return "float16" if multiplies_float16() else "float32"
    return "bfloat16" if multiplies_bfloat16() else "float32"


def activations_of(precision: str) -> str:
    """Return the dtype of stored activations where convolutions multiply in `precision`.

    A GPU gains from low precision in both. A CPU multiplies bfloat16 twice as fast as float32 and
    does nothing else faster; the gradient of a filter of stride 2 takes 15 times as long.
    """
    return "float32" if precision == "bfloat16" and not on_gpu() else precision


def fir_implementation(up: tuple[int, int]) -> str:
    """Choose how to filter: by a "depthwise" convolution, a "table" or a "matrix", see `ada_tf.ops.fir`.

    XLA's depthwise convolutions are 10 to 50 times slower than the table. TensorFlow's are faster
    where no zeros are inserted. Forward and gradient of [16, 32, 32, 128] on two CPU cores, ms:

    | | depthwise | table |
    |---|---|---|
    | filter | 4 | 12 |
    | down | 2.3 | 4.2 |
    | up | 55 | 27 |

    A TPU reads tables number by number, and matrices are what it is made for. For an H100 the same
    program becomes 267 kernels with matrices, 221 with tables (experiments/lowering).
    """
    if on_tpu():
        return "matrix"
    # Zero-insertion makes three of four multiplications of a depthwise convolution useless.
    return "depthwise" if up == (1, 1) and not is_compiling() else "table"


def groups_in_one_kernel() -> bool:
    """Return True where a grouped convolution is one operation, False where each group is its own.

    On a CPU a part for each group needs no more time, and XLA's gradients of the one operation take a
    hundred times as long. Without oneDNN, TensorFlow has no gradient of it at all. Gradients of
    [16, 32, 32, 128] in groups of 16 on a CPU core, ms, and of their squared norm:

    | | one operation | parts | kernels with zeros elsewhere |
    |---|---|---|---|
    | TensorFlow | 36, 46 | 38, 48 | 150, 210 |
    | XLA | | 69, 97 | 158, 227 |
    | TensorFlow, 8x8 pixels | 1.6, 2.9 | 4.0, 6.5 | 11, 15 |
    | XLA, 8x8 pixels | 172, 343 | 7.1, 6.7 | 12, 20 |
    """
    return on_gpu() and not folds()


def rounds_products() -> bool:
    """Return True if products of float32 matrices are rounded to TF32's 10 bits, as a GPU may."""
    return on_gpu() and tf.config.experimental.tensor_float_32_execution_enabled()


def looks_up() -> bool:
    """Return True if looking a number up in a table is faster than computing it.

    XLA fuses arithmetic, and not always a look-up: a TPU does those one by one.
    """
    return not in_compiled_function()


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
