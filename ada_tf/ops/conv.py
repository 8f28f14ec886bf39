"""Convolutions that change resolution, and convolution with per-image modulated weights.

All kernels are [k, k, in, out] and applied as correlations, what TensorFlow calls convolution.
Padding keeps the size (k // 2 zeros), once at the front, never between filter and convolution.
"""

import functools

import numpy as np
import tensorflow as tf

from ada_tf.ops import choice, fir


def conv2d_resample(x, w, f=None, *, up=1, down=1, implementation="auto"):
    """Convolve, and double or halve the resolution with an FIR filter.

    Args:
        x: [N, H, W, I], float16, bfloat16 or float32.
        w: [k, k, I, O], k odd; cast to the dtype of x.
        f: NumPy filter of `fir.make_filter`; needed when resampling.
        up: 1, or 2: the filter follows the convolution.
        down: 1, or 2: the filter precedes the convolution.
        implementation: "folded" (the filter is folded into the kernel), "unfolded" (two steps), or
            "auto". They compute the same sums in another order.

    Returns:
        [N, H * up / down, W * up / down, O].
    """
    if implementation == "auto":
        implementation = choice.conv_implementation()
    if up == 1 and down == 1:
        return _convolve(x, w)
    k = w.shape[0]
    if k == 1 and up == 2:  # the cheap order: channels first, then pixels
        return fir.upsample2d(_convolve(x, w), f)
    if k == 1:
        return _convolve(fir.downsample2d(x, f), w)
    if implementation == "folded" and k == 3 and f.shape == (4, 4):
        return _folded_up(x, w, f) if up == 2 else _folded_down(x, w, f)
    return _unfolded_up(x, w, f) if up == 2 else _unfolded_down(x, w, f)


def modulated_conv2d(
    x, w, styles, f=None, *, demodulate=True, up=1, down=1, noise=None, gain=1.0,
    products=None, implementation="auto",
):  # fmt: skip
    """Convolve each image with its own scaling of the input channels.

    Weight modulation and demodulation (arXiv 1912.04958, equations 1 and 3), with the activations
    scaled in place of the weights: one convolution serves the whole batch, where per-image weights
    would need a grouped one.

    Args:
        x: [N, H, W, I].
        w: [k, k, I, O] float32.
        styles: [N, I] float32.
        f: FIR filter, see `conv2d_resample`.
        demodulate: scale the outputs to unit expected variance.
        up: see `conv2d_resample`.
        down: see `conv2d_resample`.
        noise: added last: broadcastable to [N, H', W', 1].
        gain: factor of the result without the noise, for nothing: it goes into what is smaller.
        products: dtype in which a kernel larger than 1x1 and its filter multiply; None is that of x.
        implementation: see `conv2d_resample`.

    Returns:
        [N, H', W', O] in the dtype of x.
    """
    if not demodulate and gain != 1:
        styles = styles * gain
    if w.shape[0] == 1 and up == down == 1 and not demodulate:
        y = _pointwise(x, styles[:, :, tf.newaxis] * w[0, 0])
        return y if noise is None else y + tf.cast(noise, x.dtype)
    if demodulate and x.dtype == tf.float16:
        w, styles = _normalize_for_half(w, styles)
    y = x * tf.cast(styles, x.dtype)[:, tf.newaxis, tf.newaxis, :]
    if products is not None and w.shape[0] > 1:
        y = tf.cast(y, products)
    y = conv2d_resample(y, w, f, up=up, down=down, implementation=implementation)
    y = tf.cast(y, x.dtype)
    if demodulate:
        # d[n, o] = 1 / sqrt(sum over i, k, k of (s[n, i] w[k, k, i, o])^2 + 1e-8), in float32.
        energy = tf.matmul(tf.square(styles), tf.reduce_sum(tf.square(w), axis=[0, 1]))
        d = tf.math.rsqrt(energy + 1e-8) * gain
        y = y * tf.cast(d, x.dtype)[:, tf.newaxis, tf.newaxis, :]
    return y if noise is None else y + tf.cast(noise, x.dtype)


def conv2d_resample_reference(
    x, w, f=None, *, up=1, down=1, padding=0, flip_weight=True, flip_filter=False
):
    """The definition, for tests: pad and upsample, convolve, downsample, at any factor and kernel size.

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


def at_least_float32(x):
    """Cast low precision to float32; float64 stays."""
    return x if x.dtype == tf.float64 else tf.cast(x, tf.float32)


def _convolve(x, w):
    # Kernels are odd, so that this pads by k // 2 on all sides; but for explicit padding of the same
    # numbers TensorFlow does not choose oneDNN's gradient kernels, which are twice as fast on a CPU.
    return tf.nn.conv2d(x, tf.cast(w, x.dtype), 1, "SAME")


def _pointwise(x, w):
    """Multiply each pixel by its image's matrix: [N, H, W, I] by [N, I, O].

    Here the styles go into the weights, which are few: scaling x, as for larger kernels, takes a
    pass over it, and another one for the gradient of the styles.
    """
    _, height, width, channels = x.shape
    pixels = tf.reshape(x, [-1, height * width, channels])  # [N, H W, I]
    y = tf.matmul(pixels, tf.cast(w, x.dtype))
    return tf.reshape(y, [-1, height, width, w.shape[2]])


def _unfolded_up(x, w, f):
    """Transposed convolution to 2H + 1, then the filter down to 2H. x [N, H, W, I]."""
    k, height, width = w.shape[0], x.shape[1], x.shape[2]
    # conv2d_transpose is the adjoint of correlation: rotate the kernel, and swap its channels. With
    # a slice of negative strides, rotating takes ten times as long on a CPU as with `reverse`.
    w = tf.transpose(tf.reverse(tf.cast(w, x.dtype), [0, 1]), [0, 1, 3, 2])
    shape = [tf.shape(x)[0], 2 * height + k - 2, 2 * width + k - 2, w.shape[2]]
    y = tf.nn.conv2d_transpose(x, w, shape, 2, "VALID")
    fx, fy = fir.taps_of(f)
    # What the filter needs to double the size, less the k // 2 that the convolution added.
    grow, extra = (fx + 1) // 2, (fx - 2) // 2
    grow_y, extra_y = (fy + 1) // 2, (fy - 2) // 2
    padding = (grow - k // 2, extra + 1 - k // 2, grow_y - k // 2, extra_y + 1 - k // 2)
    return fir.upfirdn2d(y, f, padding=padding, gain=4.0)


def _unfolded_down(x, w, f):
    """The filter on an image padded for both steps, then a strided convolution. x [N, H, W, I]."""
    p = w.shape[0] // 2
    fx, fy = fir.taps_of(f)
    padding = (p + (fx - 1) // 2, p + (fx - 2) // 2, p + (fy - 1) // 2, p + (fy - 2) // 2)
    return tf.nn.conv2d(fir.upfirdn2d(x, f, padding=padding), tf.cast(w, x.dtype), 2, "VALID")


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


def _folded_up(x, w, f):
    i, o = w.shape[2:]
    k = tf.transpose(_fold(w, f, up=True), [0, 1, 4, 2, 3, 5])  # [3, 3, I, sy, sx, O]
    return tf.nn.depth_to_space(_convolve(x, tf.reshape(k, [3, 3, i, 4 * o])), 2)


def _folded_down(x, w, f):
    i, o = w.shape[2:]
    k = tf.reshape(_fold(w, f, up=False), [3, 3, 4 * i, o])  # [3, 3, (sy, sx, I), O]
    return _convolve(tf.nn.space_to_depth(x, 2), k)


def _normalize_for_half(w, styles):
    """Bring weights and styles to a range where float16 cannot overflow; demodulation undoes both.

    What comes out of the layer does not depend on the two maxima, so no gradient passes through
    them; left to itself, automatic differentiation finds the zeros the long way, and XLA compiles
    the path length phase for four times as long.
    """
    fan_in = w.shape[0] * w.shape[1] * w.shape[2]
    largest_w = tf.reduce_max(tf.abs(w), axis=[0, 1, 2], keepdims=True)
    largest_style = tf.reduce_max(tf.abs(styles), axis=1, keepdims=True)
    w = w * (fan_in**-0.5 / tf.stop_gradient(largest_w))
    return w, styles / tf.stop_gradient(largest_style)
