"""Stateless random numbers: every draw is a pure function of a seed.

A seed is int32 [2], a tensor or a NumPy array. Seeds are derived, never stored: from the base seed
of the run, the purpose of the numbers, the image counter and the replica. So a resumed run draws the
numbers of the uninterrupted one, and replicas draw different numbers. NumPy hashes everything that
Python knows, before a graph is traced.

All draws use Philox, the one algorithm that every device has, with the seed as its key. XLA numbers
its blocks differently from TensorFlow's own kernels, so the same seed gives other numbers inside a
compiled function. A run repeats itself exactly as long as it stays with or without XLA.
"""

import zlib

import numpy as np
import tensorflow as tf

_PHILOX = 1  # number of the algorithm in TensorFlow's operations

# 2**32 / golden ratio, and the two multipliers of the 32-bit finalizer of MurmurHash3 (public
# domain, A. Appleby), as signed 32-bit integers. Multiplication wraps, as the hash wants.
_GOLDEN = -1640531527
_MIX_1 = -2048144789
_MIX_2 = -1028477387


def _bitwise(*values):
    """Return the module with functions on bits, which NumPy and TensorFlow name alike."""
    return tf.bitwise if any(tf.is_tensor(v) for v in values) else np


def _logical_shift_right(x, bits: int):
    """Shift int32 right, filling with zeros (the shift of a signed integer keeps the sign)."""
    functions = _bitwise(x)
    # The copies of the sign bit that came in at the top are masked away.
    return functions.bitwise_and(functions.right_shift(x, bits), (1 << (32 - bits)) - 1)


def _mix(x):
    """Scatter the bits of int32 values: the finalizer of MurmurHash3."""
    xor = _bitwise(x).bitwise_xor
    x = xor(x, _logical_shift_right(x, 16)) * _MIX_1
    x = xor(x, _logical_shift_right(x, 13)) * _MIX_2
    return xor(x, _logical_shift_right(x, 16))


def make_seed(base: int) -> np.ndarray:
    """Turn a Python integer of up to 64 bits into a seed, int32 [2]."""
    words = np.array([base & 0xFFFFFFFF, base >> 32 & 0xFFFFFFFF], np.uint32)
    # The same bits: TensorFlow's stateless operations take seeds as signed numbers.
    return words.view(np.int32)


def number_of(name: str) -> int:
    """Return the number that stands for a name in `fold_in`: its CRC-32."""
    return zlib.crc32(name.encode())


def fold_in(seed, value):
    """Derive a new seed from `seed` and a purpose, an image counter or a replica.

    Args:
        seed: int32 [2].
        value: a name, a Python integer or an integer scalar tensor; 64-bit values are folded in
            whole.

    Returns:
        int32 [2]; different values give unrelated seeds. An array, unless one of both is a tensor.
    """
    value = number_of(value) if isinstance(value, str) else value
    if tf.is_tensor(value):
        return _fold_in(seed, tf.cast(value, tf.int64))
    return _fold_in(seed, np.array([value], np.int64))[0]


def streams(seed, names):
    """Derive the seeds of many names at once, in the time of one.

    Args:
        seed: int32 [2].
        names: list of K strings.

    Returns:
        list of K seeds, int32 [2]: `fold_in(seed, name)` of each name.
    """
    if not names:
        return []
    found = _fold_in(seed, np.array([number_of(name) for name in names], np.int64))
    return tf.unstack(found) if tf.is_tensor(found) else list(found)


def _fold_in(seed, value):
    """Fold int64 numbers, a tensor or an array, into seeds int32 [..., 2]; both broadcast."""
    functions = _bitwise(value)
    # 31 bits: the cast to int32 never meets the sign.
    low = _as_int32(functions.bitwise_and(value, 0x7FFFFFFF))
    high = _as_int32(functions.right_shift(value, 31))
    # The second word takes in the first one: both depend on all bits of the value.
    first = _mix(seed[..., 0] + _mix(low + _GOLDEN))
    second = _mix(_bitwise(first).bitwise_xor(seed[..., 1], first) + _mix(high - _GOLDEN))
    stack = tf.stack if tf.is_tensor(first) else np.stack
    return stack([first, second], axis=-1)


def table(seed, names, count):
    """Draw U[0, 1) for many names at once, each from the stream of its own name.

    A hash of name and column, for few numbers of many streams: Philox would start three kernels for
    each on a GPU. The numbers are the same with and without XLA.

    Args:
        seed: int32 [2].
        names: list of K strings, at least one.
        count: columns, an integer or a scalar tensor.

    Returns:
        float32 [K, count], multiples of 2**-24.
    """
    rows = _fold_in(seed, np.array([number_of(name) for name in names], np.int64))[:, np.newaxis]
    hashes = _fold_in(rows, tf.range(tf.cast(count, tf.int64)))[..., 1]  # [K, count]
    # 24 bits: all that a float32 in [0, 1) holds at even distances, so 1.0 is never drawn.
    return tf.cast(_logical_shift_right(hashes, 8), tf.float32) * 2.0**-24


def _as_int32(x):
    return tf.cast(x, tf.int32) if tf.is_tensor(x) else x.astype(np.int32)


def _key_and_counter(seed):
    """Return key and counter of Philox: the seed, whose bits are scattered already, and 0."""
    return tf.reshape(tf.bitcast(seed, tf.uint64), [1]), tf.zeros([2], tf.uint64)


def normal(seed, shape, dtype=tf.float32):
    """Draw N(0, 1) of the given shape."""
    key, counter = _key_and_counter(seed)
    return tf.raw_ops.StatelessRandomNormalV2(
        shape=shape, key=key, counter=counter, alg=_PHILOX, dtype=dtype
    )


def uniform(seed, shape, dtype=tf.float32):
    """Draw U[0, 1) of the given shape."""
    key, counter = _key_and_counter(seed)
    return tf.raw_ops.StatelessRandomUniformV2(
        shape=shape, key=key, counter=counter, alg=_PHILOX, dtype=dtype
    )


def bits(seed, shape):
    """Draw int32 numbers, uniform over all 2**32."""
    key, counter = _key_and_counter(seed)
    return tf.raw_ops.StatelessRandomUniformFullIntV2(
        shape=shape, key=key, counter=counter, alg=_PHILOX, dtype=tf.int32
    )


def integers(seed, shape, low, high):
    """Draw integers of {low, ..., high - 1}, int32.

    Each is the floor of a float32 draw: exact for ranges up to 2**24.
    """
    span = tf.cast(high - low, tf.float32)
    # The product may round up to `span` itself; the minimum takes that back.
    steps = tf.cast(tf.floor(uniform(seed, shape) * span), tf.int32)
    return low + tf.minimum(steps, tf.cast(span, tf.int32) - 1)
