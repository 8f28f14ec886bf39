"""FIR resampling of images: zero-insert, pad, filter, keep every n-th sample.

The primitive `upfirdn2d` and the three resamplers built from it (StyleGAN2, arXiv 1912.04958,
appendix B; the [1, 3, 3, 1] filter of its skip connections). Filters are NumPy constants and are
never trained. Filtering is true convolution unless `flip` is set.
"""

import numpy as np
import tensorflow as tf

from ada_tf.ops import choice

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


def upfirdn2d(x, f, *, up=1, down=1, padding=0, flip=False, gain=1.0, implementation="auto"):
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
        implementation: "depthwise" convolution, "shifts" (shifted additions, what XLA fuses), or
            "auto".

    Returns:
        [N, H', W', C] with H' = floor((H * up + top + bottom - taps) / down) + 1.
    """
    if implementation == "auto":
        implementation = choice.fir_implementation()
    f = make_filter(None) if f is None else np.asarray(f, np.float32)
    up, down, (left, right, top, bottom) = _pair(up), _pair(down), four(padding)
    if f.ndim == 1:
        rows, columns = [f * gain**0.5] * 2
    else:
        rows, columns = _factor(f * gain)
    if rows is None:
        x = _pad(_insert_zeros(x, up), left, right, top, bottom)
        return _filter(x, _correlation(f * gain, flip), down, implementation)
    columns, rows = _correlation(columns, flip), _correlation(rows, flip)
    x = _axis(x, columns, 2, up[0], down[0], left, right, implementation)
    return _axis(x, rows, 1, up[1], down[1], top, bottom, implementation)


def filter2d(x, f, *, padding=0, flip=False, gain=1.0, implementation="auto"):
    """Filter, keeping the size: [N, H, W, C] -> [N, H, W, C] (plus padding)."""
    fx, fy = taps_of(f)
    centred = (fx // 2, (fx - 1) // 2, fy // 2, (fy - 1) // 2)
    return upfirdn2d(
        x, f, padding=_add(padding, centred), flip=flip, gain=gain, implementation=implementation
    )


def upsample2d(x, f, *, up=2, padding=0, flip=False, gain=1.0, implementation="auto"):
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
        implementation=implementation,
    )


def downsample2d(x, f, *, down=2, padding=0, flip=False, gain=1.0, implementation="auto"):
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
        implementation=implementation,
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


def _factor(f):
    """Split a 2-D filter into (column, row) vectors, or (None, None) if its rank is not 1."""
    u, s, v = np.linalg.svd(np.asarray(f, np.float64))
    if len(s) > 1 and s[1] > 1e-7 * s[0]:
        return None, None
    scale = np.sqrt(s[0])
    return np.asarray(u[:, 0] * scale, np.float32), np.asarray(v[0] * scale, np.float32)


def _correlation(f, flip):
    """Taps in the order in which a correlation reads them."""
    return f if flip else np.flip(f)


def _pad(x, left, right, top, bottom):
    """Pad with zeros; negative entries crop."""
    if max(left, right, top, bottom) > 0:
        x = tf.pad(
            x, [[0, 0], [max(top, 0), max(bottom, 0)], [max(left, 0), max(right, 0)], [0, 0]]
        )
    height, width = x.shape[1], x.shape[2]
    return x[:, max(-top, 0) : height - max(-bottom, 0), max(-left, 0) : width - max(-right, 0), :]


def _insert_zeros(x, up):
    """[N, H, W, C] -> [N, H * uy, W * ux, C], each sample followed by zeros."""
    if up == (1, 1):
        return x
    height, width, channels = x.shape[1:]
    x = tf.reshape(x, [-1, height, 1, width, 1, channels])
    x = tf.pad(x, [[0, 0], [0, 0], [0, up[1] - 1], [0, 0], [0, up[0] - 1], [0, 0]])
    return tf.reshape(x, [-1, height * up[1], width * up[0], channels])


def _axis(x, taps, axis, up, down, before, after, implementation):
    """Resample along one axis (1: y, 2: x) with taps in the order in which a correlation reads them."""
    if len(taps) == 1 and (up, down, before, after) == (1, 1, 0, 0):
        return x if taps[0] == 1 else x * tf.cast(taps[0], x.dtype)
    if implementation == "depthwise":
        return _axis_forward(x, taps, axis, up, down, before, after, implementation)

    @tf.custom_gradient
    def resample(x):
        y = _axis_forward(x, taps, axis, up, down, before, after, implementation)
        size, out = x.shape[axis], y.shape[axis]

        def adjoint(dy):
            # y[o] = sum_i taps[i up - o down + before] x[i], so the roles of x and y, up and down
            # change and the taps turn round. Left to itself, automatic differentiation pads the
            # gradient anew for each tap, which costs a GPU several times as much.
            ends = len(taps) - 1 - before, size * up - out * down + before - up + 1
            return _axis(dy, taps[::-1], axis, down, up, *ends, implementation)

        return y, adjoint

    return resample(x)


def _axis_forward(x, taps, axis, up, down, before, after, implementation):
    if up > 1 and down == 1 and min(before, after) >= 0:
        return _axis_up(x, taps, axis, up, before, after, implementation)
    vertical = axis == 1
    x = _insert_zeros(x, (1, up) if vertical else (up, 1))
    x = _pad(x, *((0, 0, before, after) if vertical else (before, after, 0, 0)))
    f = taps[:, np.newaxis] if vertical else taps[np.newaxis]
    return _filter(x, f, (1, down) if vertical else (down, 1), implementation)


def _axis_up(x, taps, axis, up, before, after, implementation):
    """Polyphase form of zero-insertion and filtering: no arithmetic on the inserted zeros.

    Output o reads inserted sample o + a - before for tap a, which is a real sample only when that
    number is a multiple of `up`. So phase s = o mod `up` is a short filter over the original image.
    """
    size = x.shape[axis]
    out = size * up + before + after - len(taps) + 1
    phases, length = [], -(-out // up)
    # Original index read by tap a of phase s at position r: r + (s + a - before) / up.
    offsets = [
        (s + a - before) // up
        for s in range(up)
        for a in range(len(taps))
        if (s + a - before) % up == 0
    ]
    lead, tail = max(0, -min(offsets)), max(0, length + max(offsets) - size)
    vertical = axis == 1
    x = _pad(x, *((0, 0, lead, tail) if vertical else (lead, tail, 0, 0)))
    for s in range(up):
        chosen = [a for a in range(len(taps)) if (s + a - before) % up == 0]
        start = lead + (s + chosen[0] - before) // up
        window = slice(start, start + length + len(chosen) - 1)
        part = x[:, window] if vertical else x[:, :, window]
        f = taps[chosen]
        phases.append(
            _filter(part, f[:, np.newaxis] if vertical else f[np.newaxis], (1, 1), implementation)
        )
    y = tf.stack(phases, axis=axis + 1)  # [N, length, up, W, C] or [N, H, length, up, C]
    shape = list(y.shape)
    y = tf.reshape(y, [-1, *shape[1:axis], length * up, *shape[axis + 2 :]])
    return y[:, :out] if vertical else y[:, :, :out]


def _filter(x, f, down, implementation):
    """Correlate with f [fh, fw], valid positions only, keeping every (x, y)-th of `down`."""
    fh, fw = f.shape
    dx, dy = down
    if implementation == "depthwise":
        channels = x.shape[3]
        kernel = tf.tile(tf.constant(f.reshape(fh, fw, 1, 1), x.dtype), [1, 1, channels, 1])
        if dx == dy:
            return tf.nn.depthwise_conv2d(x, kernel, [1, dy, dx, 1], "VALID")
        return tf.nn.depthwise_conv2d(x, kernel, [1, 1, 1, 1], "VALID")[:, ::dy, ::dx]
    height = (x.shape[1] - fh) // dy + 1
    width = (x.shape[2] - fw) // dx + 1
    y = None
    for i in range(fh):
        for j in range(fw):
            if f[i, j] == 0:
                continue
            part = x[:, i : i + (height - 1) * dy + 1 : dy, j : j + (width - 1) * dx + 1 : dx]
            part = part * tf.cast(f[i, j], x.dtype)
            y = part if y is None else y + part
    return y
