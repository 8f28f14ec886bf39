"""Stateless random numbers: every draw is a pure function of a seed.

A seed is an int32 tensor of shape [2]. Seeds are derived, never stored: from the base seed of the
run, what the numbers are for, the image counter and the replica. So a resumed run draws what the
uninterrupted one would have drawn, and replicas draw different numbers.

All draws use Philox, the one algorithm that every device has. XLA numbers its blocks differently
from TensorFlow's own kernels, so the same seed gives other numbers inside a compiled function: a
run repeats itself exactly as long as it stays with or without XLA.
"""

import zlib

import tensorflow as tf

ALGORITHM = "philox"

# 2**32 / golden ratio, and the two multipliers of the 32-bit finalizer of MurmurHash3 (public
# domain, A. Appleby), as signed 32-bit integers. Multiplication wraps, as the hash wants.
_GOLDEN = -1640531527
_MIX_1 = -2048144789
_MIX_2 = -1028477387


def _logical_shift_right(x, bits: int):
    """Shift int32 right, filling with zeros (TensorFlow's shift of a signed integer keeps the sign)."""
    return tf.bitwise.bitwise_and(tf.bitwise.right_shift(x, bits), (1 << (32 - bits)) - 1)


def _mix(x):
    """Scatter the bits of an int32 tensor: the finalizer of MurmurHash3."""
    x = tf.bitwise.bitwise_xor(x, _logical_shift_right(x, 16)) * _MIX_1
    x = tf.bitwise.bitwise_xor(x, _logical_shift_right(x, 13)) * _MIX_2
    return tf.bitwise.bitwise_xor(x, _logical_shift_right(x, 16))


def make_seed(base: int):
    """Turn a Python integer of up to 64 bits into a seed, int32 [2]."""
    low, high = base & 0xFFFFFFFF, (base >> 32) & 0xFFFFFFFF
    signed = [word - (1 << 32) if word >= 1 << 31 else word for word in (low, high)]
    return tf.constant(signed, tf.int32)


def number_of(name: str) -> int:
    """The number that stands for a name wherever one is folded in: its CRC-32."""
    return zlib.crc32(name.encode())


def fold_in(seed, value):
    """Derive a new seed from `seed` and a purpose, an image counter or a replica.

    Args:
        seed: int32 [2].
        value: a name, a Python integer or an integer scalar tensor; 64-bit values are folded in
            whole.

    Returns:
        int32 [2]; different values give unrelated seeds.
    """
    return _fold_in(seed, number_of(value) if isinstance(value, str) else value)


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
    return tf.unstack(_fold_in(seed, tf.constant([number_of(n) for n in names], tf.int64)))


def _fold_in(seed, value):
    """Fold in one number, or each of K: int32 [2], integers [] or [K] -> int32 [2] or [K, 2]."""
    value = tf.cast(value, tf.int64)
    low = tf.cast(tf.bitwise.bitwise_and(value, 0x7FFFFFFF), tf.int32)
    high = tf.cast(tf.bitwise.right_shift(value, 31), tf.int32)
    first = _mix(seed[0] + _mix(low + _GOLDEN))
    second = _mix(tf.bitwise.bitwise_xor(seed[1], first) + _mix(high - _GOLDEN))
    return tf.stack([first, second], axis=-1)


def normal(seed, shape, dtype=tf.float32):
    """Draw N(0, 1) of the given shape."""
    return tf.random.stateless_normal(shape, seed, dtype=dtype, alg=ALGORITHM)


def uniform(seed, shape, dtype=tf.float32):
    """Draw U[0, 1) of the given shape."""
    return tf.random.stateless_uniform(shape, seed, dtype=dtype, alg=ALGORITHM)


def integers(seed, shape, low, high):
    """Draw integers of {low, ..., high - 1}, int32.

    Taken as floor of a float32 draw: exact for ranges up to 2**24.
    """
    span = tf.cast(high - low, tf.float32)
    steps = tf.cast(tf.floor(uniform(seed, shape) * span), tf.int32)
    return low + tf.minimum(steps, tf.cast(span, tf.int32) - 1)
