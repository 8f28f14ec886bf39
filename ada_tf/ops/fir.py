"""FIR resampling of images: zero-insert, pad, filter, keep every n-th sample.

`upfirdn2d` is the primitive; three resamplers are built from it (arXiv 1912.04958, appendix B, with
the [1, 3, 3, 1] filter). Filters are NumPy constants and are never trained. Filtering is true
convolution unless `flip` is set.
"""

import numpy as np
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.ops import choice
from ada_tf.ops.products import multiply

# A longer 1-D filter stays separable, a shorter one becomes its outer product.
_SEPARABLE_TAPS = 8


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
        separable = f.ndim == 1 and f.size >= _SEPARABLE_TAPS
    # sym6 has 12 taps and stays 1-D; [1, 3, 3, 1] becomes 4 x 4.
    if f.ndim == 1 and not separable:
        f = np.outer(f, f)
    if normalize:
        f = f / np.sum(f)
    if flip:
        f = np.flip(f)
    # A 1-D filter is applied twice, so each pass gets the root of the gain.
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
        implementation: "table", "matrix", "depthwise" (where up is 1), or "auto".

    Returns:
        [N, H', W', C] with H' = floor((H * up + top + bottom - taps) / down) + 1.

    Raises:
        UserError: the implementation is unknown, or cannot insert zeros.
    """
    up, down, padding = _pair(up), _pair(down), four(padding)
    taps = _correlation_taps(f, flip, gain)
    if implementation == "auto":
        implementation = choice.fir_implementation(up)
    able = ("table", "matrix", "depthwise") if up == (1, 1) else ("table", "matrix")
    if implementation not in able:
        raise UserError(
            f"implementation={implementation!r} with up={up} must be 'table', 'matrix', or "
            "'depthwise' where up is 1."
        )
    if taps.shape == (1, 1) and taps[0, 0] == 1 and (*up, *down, *padding) == (1,) * 4 + (0,) * 4:
        return x
    if implementation == "depthwise":
        return _depthwise(x, taps, down, padding)
    # A column and a row take h + w multiplications a value, all taps at once h w.
    through = _through_matrix if implementation == "matrix" else _through_table
    terms = [through(x, *factors, up, down, padding) for factors in _factor(taps)]
    return terms[0] if len(terms) == 1 else tf.add_n(terms)


def filter2d(x, f, *, padding=0, flip=False, gain=1.0):
    """Filter, keeping the size: [N, H, W, C] -> [N, H, W, C] (plus padding)."""
    fx, fy = taps_of(f)
    # An even filter has no middle tap; the odd zero goes in front.
    centred = (fx // 2, (fx - 1) // 2, fy // 2, (fy - 1) // 2)
    return upfirdn2d(x, f, padding=_add(padding, centred), flip=flip, gain=gain)


def upsample2d(x, f, *, up=2, padding=0, flip=False, gain=1.0):
    """Enlarge by an integer factor: [N, H, W, C] -> [N, up * H, up * W, C] (plus padding)."""
    (ux, uy), (fx, fy) = _pair(up), taps_of(f)
    # The zeros come after each sample, so u - 1 more are needed in front of the first one.
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
    # The filter is centred on the middle of the d samples that one output replaces.
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
    """Count the taps along (x, y)."""
    if f is None:
        return 1, 1
    return f.shape[-1], f.shape[0]


def _pair(v) -> tuple[int, int]:
    return (v, v) if isinstance(v, int) else tuple(v)


def four(v) -> tuple[int, int, int, int]:
    """Return padding as (left, right, top, bottom), from a number, (x, y) or all four."""
    x = _pair(v)
    return (x[0], x[0], x[1], x[1]) if len(x) == 2 else x


def _add(padding, centred):
    return tuple(a + b for a, b in zip(four(padding), centred, strict=True))


def _correlation_taps(f, flip, gain) -> np.ndarray:
    """Return the filter with its gain, float32 [h, w], in the order of a correlation."""
    f = make_filter(None) if f is None else np.asarray(f, np.float32)
    # TensorFlow's convolutions are correlations: a true convolution is one with the taps reversed.
    f = f if flip else np.flip(f)
    return (np.outer(f, f) if f.ndim == 1 else f) * np.float32(gain)


def _factor(taps):
    """Write [h, w] taps as a sum of (column, row) products; most filters are a single one."""
    u, s, v = np.linalg.svd(taps.astype(np.float64))
    # 1e-7 is float32's rounding: smaller singular values are noise of the taps themselves.
    rank = max(np.count_nonzero(s > 1e-7 * s[0]), 1)
    # The decomposition leaves the common sign of both vectors open.
    scale = np.sqrt(s) * np.where(v.sum(axis=1) < 0, -1, 1)[: len(s)]
    return [(np.float32(u[:, i] * scale[i]), np.float32(v[i] * scale[i])) for i in range(rank)]


def _depthwise(x, taps, down, padding):
    """Correlate each channel with [h, w] taps."""
    kernel = tf.constant(taps[:, :, np.newaxis, np.newaxis], x.dtype)
    kernel = tf.tile(kernel, [1, 1, x.shape[3], 1])  # [h, w, C, 1]: the same taps for each channel
    if down[0] != down[1]:  # the operation knows equal strides only
        y = tf.nn.depthwise_conv2d(_pad(x, *padding), kernel, [1, 1, 1, 1], "VALID")
        return y[:, :: down[1], :: down[0]]
    left, right, top, bottom = padding
    ends, sizes = ((top, bottom), (left, right)), x.shape[1:3]
    if all(map(_is_same, ends, sizes, taps.shape, down)):  # saves a copy, and one for the gradient
        return tf.nn.depthwise_conv2d(x, kernel, [1, *down, 1], "SAME")
    return tf.nn.depthwise_conv2d(_pad(x, *padding), kernel, [1, *down, 1], "VALID")


def _is_same(ends, size: int, taps: int, stride: int) -> bool:
    """Return True if zeros (before, after) are those that "SAME" adds along an axis."""
    # As TensorFlow documents it: ceil(size / stride) outputs, and an odd zero at the end.
    zeros = max((-(-size // stride) - 1) * stride + taps - size, 0)
    return ends == (zeros // 2, zeros - zeros // 2)


def _pad(x, left, right, top, bottom):
    """Add zeros around images; negative numbers crop."""
    zeros = [[max(end, 0) for end in ends] for ends in ((top, bottom), (left, right))]
    if any(map(any, zeros)):
        x = tf.pad(x, [[0, 0], *zeros, [0, 0]])
    if min(left, right, top, bottom) < 0:
        # Cropped after padding: an image may grow on one side and shrink on the other.
        height, width = x.shape[1] - max(-bottom, 0), x.shape[2] - max(-right, 0)
        x = x[:, max(-top, 0) : height, max(-left, 0) : width]
    return x


def _through_table(x, column, row, up, down, padding):
    """Correlate with the product of two vectors, one axis after the other.

    A table lists the pixel and the weight of each tap of each output, so that zero-insertion, padding
    and decimation cost nothing. Sums of slices of a padded image would compute the same. XLA
    would then test every tap of every value for lying inside and read the values one by one: twice
    the instructions on a GPU.
    """
    left, right, top, bottom = padding
    along_x, along_y = (row, 2, up[0], down[0]), (column, 1, up[1], down[1])

    @tf.custom_gradient
    def resample(x):
        y = _along(_along(x, *along_x, left, right), *along_y, top, bottom)

        def adjoint(dy):
            # y[o] = sum_i taps[i up - o down + before] x[i]: in the gradient x and y, up and down
            # change places, and the taps turn round. Automatic differentiation would scatter.
            def ends(taps, axis, up, down, before):
                return len(taps) - 1 - before, (
                    x.shape[axis] * up - y.shape[axis] * down + before - up + 1
                )

            turned = np.outer(column, row)[::-1, ::-1]
            padding = *ends(*along_x, left), *ends(*along_y, top)
            return upfirdn2d(dy, turned, up=down, down=up, padding=padding, flip=True)

        return y, adjoint

    return resample(x)


def _through_matrix(x, column, row, up, down, padding):
    """Correlate with the product of two vectors: a banded matrix an axis, mostly zeros.

    Without the gathers of a table, which a TPU does one by one.
    """
    left, right, top, bottom = padding
    for axis, *band in (
        (2, row, up[0], down[0], left, right),
        (1, column, up[1], down[1], top, bottom),
    ):
        x = multiply(x, tf.constant(_banded(x.shape[axis], *band), x.dtype), axis)
    return x


def _banded(size, taps, up, down, before, after):
    """Return the table of an axis as a matrix, float32 [out, size]."""
    out = _outputs(size, len(taps), up, down, before, after)
    matrix = np.zeros([out, size], np.float32)
    for source, weight in zip(*_table(size, out, taps, up, down, before), strict=True):
        # += by pairs: no tap reads a pixel twice, but those beyond the border add 0 to it.
        matrix[np.arange(out), source] += weight
    return matrix


def _outputs(size, taps, up, down, before, after):
    return (size * up + before + after - taps) // down + 1


def _along(x, taps, axis, up, down, before, after):
    """Resample along one axis (1: y, 2: x): y[o] = sum_k weight[k, o] x[source[k, o]]."""
    # A loop over a few taps; each is one gather for the whole batch.
    size, y = x.shape[axis], None
    out = _outputs(size, len(taps), up, down, before, after)
    for source, weight in zip(*_table(size, out, taps, up, down, before), strict=True):
        weight = tf.constant(weight.reshape([-1, 1] if axis == 2 else [-1, 1, 1]), x.dtype)
        part = tf.gather(x, source, axis=axis) * weight
        y = part if y is None else y + part
    return y


def _table(size, out, taps, up, down, before):
    """Return pixel and weight of the k-th tap that output o reads, int32 and float32 [k, out].

    Tap a of output o is sample o down + a - before of the zero-inserted image. It is a pixel where
    `up` divides that number, at every `up`-th tap. Taps beyond the border read it with weight 0.
    """
    # Which of the first `up` taps meets a pixel and not an inserted zero.
    first = (before - np.arange(out) * down) % up
    tap = first + up * np.arange(-(-len(taps) // up))[:, np.newaxis]
    pixel = (np.arange(out) * down + tap - before) // up
    # Clipped below: a gather needs a valid index even where the weight is 0.
    inside = (tap < len(taps)) & (pixel >= 0) & (pixel < size)
    weight = np.where(inside, taps[np.minimum(tap, len(taps) - 1)], 0)
    return np.clip(pixel, 0, size - 1).astype(np.int32), weight.astype(np.float32)
