"""Resampling convolutions as others would write them: oracles for `ada_tf.ops.conv`."""

import functools

import numpy as np
import tensorflow as tf

from ada_tf.ops import at_least_float32, conv2d_resample, fir


def reference(x, w, f=None, *, up=1, down=1, padding=0, flip_weight=True, flip_filter=False):
    """The definition: pad and upsample, convolve, downsample, at any factor and kernel size.

    Args:
        x: [N, H, W, I].
        w: [k, k, I / groups, O]; groups follow from the shapes.
        f: FIR filter or None.
        up: factor.
        down: factor.
        padding: around the upsampled image, on top of what the filter needs.
        flip_weight: correlate with w; False is true convolution.
        flip_filter: correlate with f.

    Returns:
        [N, H', W', O].
    """
    fx, fy = fir.taps_of(f)
    px0, px1, py0, py1 = fir.four(padding)
    if up > 1:
        px0, px1 = px0 + (fx + up - 1) // 2, px1 + (fx - up) // 2
        py0, py1 = py0 + (fy + up - 1) // 2, py1 + (fy - up) // 2
    if down > 1:
        px0, px1 = px0 + (fx - down + 1) // 2, px1 + (fx - down) // 2
        py0, py1 = py0 + (fy - down + 1) // 2, py1 + (fy - down) // 2
    x = fir.upfirdn2d(
        x, f if up > 1 else None, up=up, padding=(px0, px1, py0, py1), gain=up**2, flip=flip_filter
    )
    x = tf.nn.conv2d(x, tf.cast(w if flip_weight else w[::-1, ::-1], x.dtype), 1, "VALID")
    return fir.upfirdn2d(x, f, down=down, flip=flip_filter) if down > 1 else x


def folded(x, w, f=None, *, up=1, down=1):
    """`conv2d_resample` as one plain convolution with the filter folded into a 3x3 kernel."""
    if w.shape[0] != 3 or up == down == 1 or f.shape != (4, 4):
        return conv2d_resample(x, w, f, up=up, down=down)
    return _up(x, w, f) if up == 2 else _down(x, w, f)


def _convolve(x, w):
    return tf.nn.conv2d(x, tf.cast(w, x.dtype), 1, "SAME")


# The [1, 3, 3, 1] filter folded into a 3x3 kernel is a 6x6 kernel k6 = w (*) f. At stride 2 its taps
# split by parity into four 3x3 kernels: a plain 3x3 convolution between the low resolution and four
# times the channels, with depth_to_space or space_to_depth on the side of the high resolution.
#   up:   y[2r + s] reads x[r + b - 1] with tap k6[2b + 1 - s]
#   down: y[r] reads x[2(r + b - 1) + s] with tap k6[2b + s]


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
    return matrix * 4 if up else matrix


def _fold(w, f, up):
    """[3, 3, I, O] -> [3, 3, 2, 2, I, O], in float32 at least."""
    w = at_least_float32(w)
    matrix = tf.constant(
        _folding_matrix(np.ascontiguousarray(f, np.float32).tobytes(), up), w.dtype
    )
    taps = tf.reshape(w, [9, w.shape[2] * w.shape[3]])
    folded = tf.matmul(tf.reshape(matrix, [36, 9]), taps)
    return tf.reshape(folded, [3, 3, 2, 2, w.shape[2], w.shape[3]])


def _up(x, w, f):
    i, o = w.shape[2:]
    k = tf.transpose(_fold(w, f, up=True), [0, 1, 4, 2, 3, 5])  # [3, 3, I, sy, sx, O]
    return tf.nn.depth_to_space(_convolve(x, tf.reshape(k, [3, 3, i, 4 * o])), 2)


def _down(x, w, f):
    i, o = w.shape[2:]
    k = tf.reshape(_fold(w, f, up=False), [3, 3, 4 * i, o])  # [3, 3, (sy, sx, I), O]
    return _convolve(tf.nn.space_to_depth(x, 2), k)
