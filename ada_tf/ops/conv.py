"""Convolutions that change resolution, and convolution with per-image modulated weights.

All kernels are [k, k, in, out] and applied as correlations, what TensorFlow calls convolution.
Padding keeps the size (k // 2 zeros), once at the front, never between filter and convolution.
"""

import tensorflow as tf

from ada_tf.ops import choice, fir, folded


def conv2d_resample(x, w, f=None, *, up=1, down=1):
    """Convolve, and double or halve the resolution with an FIR filter.

    In two steps. The filter folded into the kernel is one convolution of 4 times the arithmetic:
    three times as slow on a CPU, and predicted to be slower on a GPU (experiments/performance). It is
    there for cards that refuse the other, see `choice.folded_convolutions`.

    Args:
        x: [N, H, W, I], float16, bfloat16 or float32.
        w: [k, k, I, O], k odd; cast to the dtype of x.
        f: NumPy filter of `fir.make_filter`; needed when resampling.
        up: 1, or 2: the filter follows the convolution.
        down: 1, or 2: the filter precedes the convolution.

    Returns:
        [N, H * up / down, W * up / down, O].
    """
    if up == 1 and down == 1:
        return _convolve(x, w)
    k = w.shape[0]
    if k == 1 and up == 2:  # the cheap order: channels first, then pixels
        return fir.upsample2d(_convolve(x, w), f)
    if k == 1:
        # Filter first: the convolution then reads a quarter of the pixels.
        return _convolve(fir.downsample2d(x, f), w)
    if choice.folds() and folded.folds(w, f):
        return _folded_up(x, w, f) if up == 2 else _folded_down(x, w, f)
    return _up(x, w, f) if up == 2 else _down(x, w, f)


def modulated_conv2d(
    x, w, styles, f=None, *, demodulate=True, up=1, down=1, noise=None, gain=1.0,
    products=None,
):  # fmt: skip
    """Convolve each image with its own scaling of the input channels.

    Weight modulation and demodulation (arXiv 1912.04958, equations 1 and 3). The activations are
    scaled in place of the weights: one convolution serves the whole batch, where weights of each
    image would need a grouped one.

    Args:
        x: [N, H, W, I].
        w: [k, k, I, O] float32.
        styles: [N, I] float32.
        f: FIR filter, see `conv2d_resample`.
        demodulate: scale the outputs to unit expected variance.
        up: see `conv2d_resample`.
        down: see `conv2d_resample`.
        noise: added last, broadcastable to [N, H', W', 1]; None adds nothing.
        gain: factor of the result without the noise; it costs no pass over the activations.
        products: dtype in which a kernel larger than 1x1 and its filter multiply; None is that of x.

    Returns:
        [N, H', W', O] in the dtype of x.
    """
    # Demodulation would divide a gain of the styles out again; without it they are the place where
    # a factor costs least.
    if not demodulate and gain != 1:
        styles = styles * gain
    if w.shape[0] == 1 and up == down == 1 and not demodulate:
        y = _pointwise(x, styles[:, :, tf.newaxis] * w[0, 0])
        return y if noise is None else y + tf.cast(noise, x.dtype)
    if demodulate and x.dtype == tf.float16:
        w, styles = _normalize_for_half(w, styles)
    # [N, 1, 1, I]: conv(x, w s) = conv(x s, w), because s scales whole input channels.
    y = x * tf.cast(styles, x.dtype)[:, tf.newaxis, tf.newaxis, :]
    if products is not None and w.shape[0] > 1:
        y = tf.cast(y, products)
    y = conv2d_resample(y, w, f, up=up, down=down)
    # Back from `products`: the demodulation and the noise belong to the activations.
    y = tf.cast(y, x.dtype)
    if demodulate:
        # d[n, o] = 1 / sqrt(sum over i, k, k of (s[n, i] w[k, k, i, o])^2 + 1e-8), in float32.
        energy = tf.matmul(tf.square(styles), tf.reduce_sum(tf.square(w), axis=[0, 1]))
        # The epsilon keeps the gradient finite where all styles of an image are 0.
        d = tf.math.rsqrt(energy + 1e-8) * gain
        # d depends on image and output channel alone, so it scales after the convolution, too.
        y = y * tf.cast(d, x.dtype)[:, tf.newaxis, tf.newaxis, :]
    return y if noise is None else y + tf.cast(noise, x.dtype)


def grouped_conv2d(x, w):
    """Convolve groups of channels, each with kernels of its own.

    Args:
        x: [N, H, W, I].
        w: [k, k, I / groups, O], k odd; cast to the dtype of x. As many groups as inputs ask for.

    Returns:
        [N, H, W, O]: the first O / groups of the first group, and so on.
    """
    groups = x.shape[3] // w.shape[2]
    if groups == 1 or choice.groups_in_one_kernel():
        return _convolve(x, w)
    parts = zip(tf.split(x, groups, axis=3), tf.split(w, groups, axis=3), strict=True)
    return tf.concat([_convolve(*part) for part in parts], axis=3)


def at_least_float32(x):
    """Cast low precision to float32; float64 stays as it is."""
    return x if x.dtype == tf.float64 else tf.cast(x, tf.float32)


def _convolve(x, w):
    # Kernels are odd, so that this pads by k // 2 on all sides; but for explicit padding of the same
    # numbers TensorFlow does not choose oneDNN's gradient kernels, which are twice as fast on a CPU.
    return tf.nn.conv2d(x, tf.cast(w, x.dtype), 1, "SAME")


def _pointwise(x, w):
    """Multiply each pixel by its image's matrix: [N, H, W, I] by [N, I, O].

    The styles go into the weights, which are few: scaling x, as for larger kernels, takes a pass
    over x and another one for the gradient of the styles.
    """
    _, height, width, channels = x.shape
    pixels = tf.reshape(x, [-1, height * width, channels])  # [N, H W, I]
    y = tf.matmul(pixels, tf.cast(w, x.dtype))
    return tf.reshape(y, [-1, height, width, w.shape[2]])


def _up(x, w, f):
    """Double the size: [N, H, W, I] -> 2 H + 1 by a transposed convolution -> 2 H by the filter."""
    k, height, width = w.shape[0], x.shape[1], x.shape[2]
    # conv2d_transpose is the adjoint of correlation: rotate the kernel, and swap its channels. With
    # a slice of negative strides, rotating takes ten times as long on a CPU as with `reverse`.
    w = tf.transpose(tf.reverse(tf.cast(w, x.dtype), [0, 1]), [0, 1, 3, 2])
    # (H - 1) 2 + k: zeros between the pixels, none behind the last one.
    shape = [tf.shape(x)[0], 2 * height + k - 2, 2 * width + k - 2, w.shape[2]]
    y = tf.nn.conv2d_transpose(x, w, shape, 2, "VALID")
    fx, fy = fir.taps_of(f)
    # What the filter needs to double the size, less the k // 2 that the convolution added.
    grow, extra = (fx + 1) // 2, (fx - 2) // 2
    grow_y, extra_y = (fy + 1) // 2, (fy - 2) // 2
    padding = (grow - k // 2, extra + 1 - k // 2, grow_y - k // 2, extra_y + 1 - k // 2)
    # gain 4: three of four samples were zeros, and the filter sums to 1.
    return fir.upfirdn2d(y, f, padding=padding, gain=4.0)


def _down(x, w, f):
    """Halve the size of [N, H, W, I]: filter an image padded for both steps, convolve in strides."""
    p = w.shape[0] // 2
    fx, fy = fir.taps_of(f)
    # p for the kernel; the filter shares the rest, one zero more in front if that is odd.
    padding = (p + (fx - 1) // 2, p + (fx - 2) // 2, p + (fy - 1) // 2, p + (fy - 2) // 2)
    return tf.nn.conv2d(fir.upfirdn2d(x, f, padding=padding), tf.cast(w, x.dtype), 2, "VALID")


def _folded_up(x, w, f):
    return tf.nn.depth_to_space(_convolve(x, folded.up_kernel(at_least_float32(w), f)), 2)


def _folded_down(x, w, f):
    return _convolve(tf.nn.space_to_depth(x, 2), folded.down_kernel(at_least_float32(w), f))


def _normalize_for_half(w, styles):
    """Bring weights and styles to a range where float16 cannot overflow; demodulation undoes both.

    The result of the layer does not depend on the two maxima, so no gradient passes through them.
    Without `stop_gradient`, differentiation finds these zeros the long way, and XLA compiles the
    path length phase for four times as long.
    """
    # |w| <= 1 / sqrt(fan_in) and |s| <= 1: by Cauchy and Schwarz no sum exceeds the norm of its
    # input, 256 sqrt(9 * 512) = 17,377 under a clamp of 256. float16 ends at 65,504.
    fan_in = w.shape[0] * w.shape[1] * w.shape[2]
    largest_w = tf.reduce_max(tf.abs(w), axis=[0, 1, 2], keepdims=True)  # [1, 1, 1, O]
    largest_style = tf.reduce_max(tf.abs(styles), axis=1, keepdims=True)  # [N, 1]
    w = w * (fan_in**-0.5 / tf.stop_gradient(largest_w))
    return w, styles / tf.stop_gradient(largest_style)
