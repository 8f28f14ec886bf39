"""Kernels that resample by convolutions of stride 1: the filter is folded into the kernel.

The [1, 3, 3, 1] filter folded into a 3x3 kernel is a 6x6 kernel k6 = w (*) f. At stride 2 its taps
split by parity into four 3x3 kernels: a plain convolution between the low resolution and four times the
channels, with depth_to_space or space_to_depth on the side of the high resolution.

    up:   y[2r + s] reads x[r + b - 1] with tap k6[2b + 1 - s]
    down: y[r] reads x[2(r + b - 1) + s] with tap k6[2b + s]
"""

import functools

import numpy as np
import tensorflow as tf

from ada_tf.ops.products import product


def folds(w, f) -> bool:
    """Return True for a kernel and a filter of these sizes, those of all our networks."""
    return w.shape[0] == 3 and f.shape == (4, 4)


def up_kernel(w, f):
    """[3, 3, I, O] -> [3, 3, I, 4 O], whose result goes through depth_to_space."""
    i, o = w.shape[2:]
    k = tf.transpose(_fold(w, f, up=True), [0, 1, 4, 2, 3, 5])  # [3, 3, I, sy, sx, O]
    return tf.reshape(k, [3, 3, i, 4 * o])


def down_kernel(w, f):
    """[3, 3, I, O] -> [3, 3, 4 I, O], whose input comes from space_to_depth."""
    i, o = w.shape[2:]
    return tf.reshape(_fold(w, f, up=False), [3, 3, 4 * i, o])  # [3, 3, (sy, sx, I), O]


@functools.lru_cache(maxsize=64)
def _folding_matrix(f_bytes: bytes, up: bool) -> np.ndarray:
    """The linear map from kernel taps to the four kernels: [3, 3, 2, 2, 9] = [by, bx, sy, sx, tap].

    Cached by the filter's bytes: a pure function of the taps, needed once per layer.
    """
    f = np.frombuffer(f_bytes, np.float32).reshape(4, 4)
    flipped = np.flip(f).astype(np.float64)  # convolving with f correlates with its mirror image
    folded = np.zeros([6, 6, 3, 3])
    for i in range(3):
        for j in range(3):
            folded[i : i + 4, j : j + 4, i, j] = flipped
    matrix = np.zeros([3, 3, 2, 2, 9], np.float32)
    for b in np.ndindex(3, 3):
        for s in np.ndindex(2, 2):
            tap = [2 * b[d] + (1 - s[d] if up else s[d]) for d in range(2)]
            matrix[b + s] = folded[tap[0], tap[1]].reshape(9)
    # gain 4: three of four samples were zeros, and the filter sums to 1.
    return matrix * 4 if up else matrix


def _fold(w, f, up):
    """[3, 3, I, O] -> [3, 3, 2, 2, I, O], of the dtype of w."""
    matrix = _folding_matrix(np.ascontiguousarray(f, np.float32).tobytes(), up)
    taps = tf.reshape(w, [9, w.shape[2] * w.shape[3]])
    folded = product(tf.constant(matrix.reshape(36, 9), w.dtype), taps)
    return tf.reshape(folded, [3, 3, 2, 2, w.shape[2], w.shape[3]])
