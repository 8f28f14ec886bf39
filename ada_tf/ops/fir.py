"""FIR resampling of images: zero-insert, pad, filter, keep every n-th sample.

The primitive `upfirdn2d` and the three resamplers built from it (StyleGAN2, arXiv 1912.04958,
appendix B; the [1, 3, 3, 1] filter of its skip connections). Filters are NumPy constants and are
never trained. Filtering is true convolution unless `flip` is set.

A table says which pixel each tap of each output reads, and with which weight. Two others compute the
same: depthwise convolutions, 2 to 4 times slower on a CPU and 10 to 50 times under XLA; and sums of
slices of a padded image, for which XLA asks of every tap of every value whether it lies inside
(docs/performance.md has the numbers).
"""

import numpy as np
import tensorflow as tf

# A longer 1-D filter stays separable, a shorter one becomes its outer product.
SEPARABLE_TAPS = 8


def make_filter(taps, *, normalize=True, flip=False, gain=1.0, separable=None) -> np.ndarray:
    """Prepare a filter for `upfirdn2d`.

    Args:
        taps: scalar, [n] or [h, w] numbers; None is the identity.
        normalize: divide by the sum, so that the gain at zero frequency is 1.
        flip: reverse the taps.
        gain: gain at zero frequency of the 2-D filter.
        separable: keep a 1-D filter 1-D, to be applied along x, then y; by default from 8 taps on.

    Returns:
        float32 [n] (separable) or [h, w].
    """
    f = np.asarray(1 if taps is None else taps, np.float32)
    if f.ndim == 0:
        f = f[np.newaxis]
    if separable is None:
        separable = f.ndim == 1 and f.size >= SEPARABLE_TAPS
    if f.ndim == 1 and not separable:
        f = np.outer(f, f)
    if normalize:
        f = f / np.sum(f)
    if flip:
        f = np.flip(f)
    return np.asarray(f * gain ** (f.ndim / 2), np.float32)


def upfirdn2d(x, f, *, up=1, down=1, padding=0, flip=False, gain=1.0):
    """Insert zeros, pad, filter and decimate each channel.

    Args:
        x: [N, H, W, C], any float dtype.
        f: NumPy filter of `make_filter`, or None for the identity.
        up: factor of zero-insertion, an integer or (x, y); the zeros come after each sample.
        down: factor of decimation, an integer or (x, y); sample 0 is kept.
        padding: zeros around the zero-inserted image: an integer, (x, y) or (left, right, top,
            bottom). Negative numbers crop.
        flip: correlate instead of convolving.
        gain: factor on the result.

    Returns:
        [N, H', W', C] with H' = floor((H * up + top + bottom - taps) / down) + 1.
    """
    f = make_filter(None) if f is None else np.asarray(f, np.float32)
    up, down, (left, right, top, bottom) = _pair(up), _pair(down), four(padding)
    terms = []
    for column, row in _factor(f, gain):
        # Taps in the order in which a correlation reads them.
        column, row = (column, row) if flip else (column[::-1], row[::-1])
        y = _resample(x, row, 2, up[0], down[0], left, right)
        terms.append(_resample(y, column, 1, up[1], down[1], top, bottom))
    return terms[0] if len(terms) == 1 else tf.add_n(terms)


def filter2d(x, f, *, padding=0, flip=False, gain=1.0):
    """Filter, keeping the size: [N, H, W, C] -> [N, H, W, C] (plus padding)."""
    fx, fy = taps_of(f)
    centred = (fx // 2, (fx - 1) // 2, fy // 2, (fy - 1) // 2)
    return upfirdn2d(x, f, padding=_add(padding, centred), flip=flip, gain=gain)


def upsample2d(x, f, *, up=2, padding=0, flip=False, gain=1.0):
    """Enlarge by an integer factor: [N, H, W, C] -> [N, up * H, up * W, C] (plus padding)."""
    (ux, uy), (fx, fy) = _pair(up), taps_of(f)
    centred = ((fx + ux - 1) // 2, (fx - ux) // 2, (fy + uy - 1) // 2, (fy - uy) // 2)
    # Zero-insertion divides the mean by ux * uy.
    return upfirdn2d(
        x,
        f,
        up=up,
        padding=_add(padding, centred),
        flip=flip,
        gain=gain * ux * uy,
    )


def downsample2d(x, f, *, down=2, padding=0, flip=False, gain=1.0):
    """Shrink by an integer factor: [N, H, W, C] -> [N, H / down, W / down, C] (plus padding)."""
    (dx, dy), (fx, fy) = _pair(down), taps_of(f)
    centred = ((fx - dx + 1) // 2, (fx - dx) // 2, (fy - dy + 1) // 2, (fy - dy) // 2)
    return upfirdn2d(
        x,
        f,
        down=down,
        padding=_add(padding, centred),
        flip=flip,
        gain=gain,
    )


def taps_of(f) -> tuple[int, int]:
    """Number of taps along (x, y)."""
    if f is None:
        return 1, 1
    return f.shape[-1], f.shape[0]


def _pair(v) -> tuple[int, int]:
    return (v, v) if isinstance(v, int) else tuple(v)


def four(v) -> tuple[int, int, int, int]:
    """Padding given as a number, (x, y) or (left, right, top, bottom), as the latter."""
    x = _pair(v)
    return (x[0], x[0], x[1], x[1]) if len(x) == 2 else x


def _add(padding, centred):
    return tuple(a + b for a, b in zip(four(padding), centred, strict=True))


def _factor(f, gain):
    """Write a filter as a sum of (column, row) products; almost every filter is a single one."""
    if f.ndim == 1:
        return [(f * np.float32(gain**0.5),) * 2]
    u, s, v = np.linalg.svd(np.asarray(f, np.float64) * gain)
    rank = max(np.count_nonzero(s > 1e-7 * s[0]), 1)
    # A common sign of both vectors is left open by the decomposition.
    scale = np.sqrt(s) * np.where(v.sum(axis=1) < 0, -1, 1)[: len(s)]
    return [(np.float32(u[:, i] * scale[i]), np.float32(v[i] * scale[i])) for i in range(rank)]


def _resample(x, taps, axis, up, down, before, after):
    """Along one axis (1: y, 2: x), y[o] = sum_k weight[k, o] x[source[k, o]]."""
    if len(taps) == 1 and taps[0] == 1 and (up, down, before, after) == (1, 1, 0, 0):
        return x

    @tf.custom_gradient
    def resample(x):
        size = x.shape[axis]
        out = (size * up + before + after - len(taps)) // down + 1
        y = None
        for source, weight in zip(*_table(size, out, taps, up, down, before), strict=True):
            weight = tf.constant(weight.reshape([-1, 1] if axis == 2 else [-1, 1, 1]), x.dtype)
            part = tf.gather(x, source, axis=axis) * weight
            y = part if y is None else y + part

        def adjoint(dy):
            # y[o] = sum_i taps[i up - o down + before] x[i], so the roles of x and y, up and down
            # change and the taps turn round. Automatic differentiation would scatter instead.
            ends = len(taps) - 1 - before, size * up - out * down + before - up + 1
            return _resample(dy, taps[::-1], axis, down, up, *ends)

        return y, adjoint

    return resample(x)


def _table(size, out, taps, up, down, before):
    """Pixel and weight of the k-th tap that output o reads, int32 and float32 [k, out].

    Tap a of output o is sample o down + a - before of the zero-inserted image, a pixel where `up`
    divides that number: at every `up`-th tap. Beyond the border, the border is read with weight 0.
    """
    first = (before - np.arange(out) * down) % up
    tap = first + up * np.arange(-(-len(taps) // up))[:, np.newaxis]
    pixel = (np.arange(out) * down + tap - before) // up
    inside = (tap < len(taps)) & (pixel >= 0) & (pixel < size)
    weight = np.where(inside, taps[np.minimum(tap, len(taps) - 1)], 0)
    return np.clip(pixel, 0, size - 1).astype(np.int32), weight.astype(np.float32)
