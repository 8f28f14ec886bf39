"""How fast this machine is, measured in a second: what a forecast of training rests on."""

import functools
import time
from typing import NamedTuple

import tensorflow as tf

from ada_tf.ops import choice

ROUNDS = 5  # of which the fastest counts, as something else may run meanwhile
CHAIN = 200  # operations, so that starting the whole is nothing beside them
# Large enough for the full rate, small enough for a second: sides of matrices, float32 numbers.
ON_CPU, ON_GPU = (1024, 2**22), (4096, 2**26)


class Speed(NamedTuple):
    """Of the processor, or of one GPU.

    Attributes:
        flops: additions and multiplications a second, in a large matrix product.
        bytes: read and written a second, where one number is added to many.
        start: seconds for an operation on few numbers.
    """

    flops: float
    bytes: float
    start: float


@functools.cache
def measured(precision: str) -> Speed:
    """The speed of this machine, with matrices of "float32", "float16" or "bfloat16"."""
    side, count = ON_GPU if choice.on_gpu() else ON_CPU
    matrix, numbers = tf.ones([side, side], precision), tf.ones([count])
    compiled = functools.partial(tf.function, autograph=False)
    return Speed(
        2 * side**3 / _seconds(compiled(lambda x: tf.matmul(x, x)), matrix),
        2 * numbers.dtype.size * count / _seconds(compiled(lambda x: x + 1.0), numbers),
        _seconds(compiled(_chained), tf.ones([2])) / CHAIN,
    )


def _chained(x):
    """Operations that wait for each other, and none of which TensorFlow leaves out."""
    for _ in range(CHAIN):
        x = tf.cumsum(x)
    return x


def _seconds(function, x) -> float:
    """Of a call, once everything is in place."""
    _wait(function(x))
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        _wait(function(x))
        times.append(time.perf_counter() - begin)
    return min(times)


def _wait(x) -> None:
    """Until the device is done, which is when one of its numbers is here."""
    float(tf.reshape(x, [-1])[0])
