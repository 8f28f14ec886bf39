"""Affine warps that neither blur nor alias much: on a 2x supersampled, reflected image.

arXiv:2006.06676, Appendix B: pad by reflection, upsample twofold with the orthogonal wavelet filter
`sym6`, resample bilinearly, downsample with the matched filter. Without a transform, upsampling and
downsampling cancel to within rounding.

All shapes are static, although the padding (the margins) follows from the transforms: the padded
image is never stored whole. A reflected image is periodic, so along each axis are stored, of the
2x grid: one period, then the few rows next to both ends of the padded image, where the filter
reaches beyond it, and a row of zeros. A table says which stored row stands for which position.
"""

import numpy as np
import tensorflow as tf

from ada_tf.errors import UserError

# Low-pass decomposition filter of Daubechies' wavelet "sym6" (PyWavelets: dec_lo), 12 taps.
_SYM6 = np.array(
    [
        0.015404109327027373,
        0.0034907120842174702,
        -0.11799011114819057,
        -0.048311742585633,
        0.4910559419267466,
        0.787641141030194,
        0.3379294217276218,
        -0.07263752278646252,
        -0.021060292512300564,
        0.04472490177066578,
        0.0017677118642428036,
        -0.007800708325034148,
    ]
)
FILTER = _SYM6 / _SYM6.sum()
TAPS = len(FILTER)
REACH = TAPS // 4  # pixels by which the filter reaches beyond a pixel, on either side
END = 2 * REACH  # rows of the 2x grid that the filter makes different next to an end


def margins(matrices, height: int, width: int):
    """Padding that the corners of all images of the batch need.

    Args:
        matrices: float32 [N, 2, 3], output -> input, centred pixel coordinates.
        height: of the images, pixels.
        width: of the images, pixels.

    Returns:
        float32 [2, 2]: (before, after) along y, then along x, pixels; at most the image size - 1,
        which is how far a reflection reaches.
    """
    size = tf.constant([height, width], tf.float32)
    half = (size - 1.0) / 2.0
    linear, shift = tf.abs(matrices[:, :, :2]), matrices[:, :, 2]
    corner = linear[:, :, 0] * half[1] + linear[:, :, 1] * half[0]  # [N, (x, y)]
    reach = tf.stack([tf.reduce_max(corner - shift, 0), tf.reduce_max(corner + shift, 0)], axis=1)
    raw = tf.reverse(reach, [0]) + 2.0 * REACH - half[:, None]
    return tf.clip_by_value(raw, 0.0, size[:, None] - 1.0)


class _Axis:
    """One axis of the supersampled image: what is stored, and where each position is found.

    Positions count on the 2x grid from the first pixel of the image.
    """

    def __init__(self, size: int, margin):
        """Take the image size and the whole-pixel margin, int32 (before, after)."""
        self.size, self.before, self.after = size, margin[0], margin[1]
        self.period = 4 * (size - 1)  # of the reflected image, on the 2x grid
        self.rows = self.period + 2 * END + 1
        self.first_position = -2 * self.before
        self.end_position = 2 * (size + self.after)

    def inside(self, pixels):
        """Whether pixels belong to the padded image."""
        return (pixels >= -self.before) & (pixels < self.size + self.after)

    def reflect(self, pixels):
        """Image pixel shown at a pixel of the padded image."""
        last = self.size - 1
        return last - tf.abs(tf.math.floormod(pixels, 2 * last) - last)

    def lookup(self, positions):
        """Stored row of each position, int32; the row of zeros outside the padded image."""
        # The table spans the largest possible padding, and one position more on either side.
        lowest, highest = -2 * (self.size - 1) - 1, 2 * (2 * self.size - 1)
        p = tf.range(lowest, highest + 1)
        row = tf.math.floormod(p, self.period)
        from_first, from_end = p - self.first_position, p - (self.end_position - END)
        row = tf.where(from_end >= 0, self.period + END + from_end, row)
        row = tf.where(from_first < END, self.period + from_first, row)
        outside = (from_first < 0) | (from_end >= END)
        table = tf.where(outside, self.rows - 1, row)
        return tf.gather(table, tf.clip_by_value(positions, lowest, highest) - lowest)


# -- along one axis, as matrices ---------------------------------------------------------------


def _multiply(x, matrix, axis):
    """[N, H, W, C] -> the same with `matrix` [R, size] multiplied along an axis, 1 or 2."""
    if axis == 2:
        return tf.transpose(_multiply(tf.transpose(x, [0, 2, 1, 3]), matrix, 1), [0, 2, 1, 3])
    _, _, width, channels = x.shape
    y = tf.matmul(matrix, tf.reshape(x, [-1, x.shape[1], width * channels]))  # [N, R, W * C]
    return tf.reshape(y, [-1, matrix.shape[-2], width, channels])


def _weights(positions, pixels):
    """Weight of each pixel at each position: X2[i] = 2 sum_o X[o] h[i - 2o + 5]; NumPy or not."""
    tap = positions[:, None] - 2 * pixels[None] + TAPS // 2 - 1
    taps = np.pad(2.0 * FILTER, 1)  # zeros on either side: there is no such tap
    if isinstance(tap, np.ndarray):
        return taps[np.clip(tap + 1, 0, TAPS + 1)]
    return tf.gather(tf.constant(taps), tf.clip_by_value(tap + 1, 0, TAPS + 1))


def _supersample_matrix(axis: _Axis, dtype):
    """The matrix [rows, size] that pads, upsamples and stores."""
    size, last = axis.size, axis.size - 1
    ends = tf.stack([axis.first_position, axis.end_position - END])
    ends = tf.reshape(ends[:, None] + tf.range(END), [-1])

    # Where pixel j of the image appears: at j and -j, plus multiples of the reflection's period.
    # The first and the last pixel are their own mirror images and appear once.
    j = np.arange(size)
    turns = [2 * last * turn for turn in (-1, 0, 1)]
    mirrored = ((j > 0) & (j < last)).astype(np.float64)
    appearances = [(j + t, np.ones(size)) for t in turns] + [(t - j, mirrored) for t in turns]

    tile, strips = 0.0, 0.0
    for pixels, once in appearances:
        tile += once * _weights(np.arange(axis.period), pixels)
        strips += once * _weights(ends, pixels) * tf.cast(axis.inside(pixels), tf.float64)
    zeros = tf.zeros([1, size], dtype)
    return tf.concat([tf.constant(tile, dtype), tf.cast(strips, dtype), zeros], axis=0)


def _downsample_matrix(size: int):
    """The matrix [size, 2 (size + 2 REACH)]: y[o] = sum_k X[2o + k + 1] h[k]."""
    matrix = np.zeros([size, 2 * (size + 2 * REACH)])
    for o in range(size):
        matrix[o, 2 * o + 1 : 2 * o + 1 + TAPS] = FILTER
    return matrix


# -- along one axis, as shifted multiply-adds --------------------------------------------------


def _window(x, axis, start, length, step=1):
    """x[start : start + step * length : step] along an axis, 1 or 2."""
    part = slice(start, start + step * (length - 1) + 1, step)
    return x[:, part] if axis == 1 else x[:, :, part]


def _pad(x, axis, before, after, mode):
    widths = [[0, 0]] * 4
    widths[axis] = [before, after]
    return tf.pad(x, widths, mode)


def _upsample_shifts(x, axis):
    """Upsample twofold by the two phases of the filter; the REACH outer pixels only contribute."""
    length = x.shape[axis] - 2 * REACH
    phases = []
    for phase in (0, 1):  # X2[2j + phase] = 2 sum_s X[j + s] h[phase + 5 - 2s]
        terms = [
            2.0 * FILTER[phase + TAPS // 2 - 1 - 2 * s] * _window(x, axis, s + REACH, length)
            for s in range(-REACH, REACH + 1)
            if 0 <= phase + TAPS // 2 - 1 - 2 * s < TAPS
        ]
        phases.append(tf.add_n(terms))
    shape = [-1, *x.shape[1:]]
    shape[axis] = 2 * length
    return tf.reshape(tf.stack(phases, axis=axis + 1), shape)


def _supersample_shifts(x, axis_number, axis: _Axis):
    """Pad, upsample and store, as `_supersample_matrix` does."""

    def strip(first_pixel):
        pixels = first_pixel + tf.range(3 * REACH)
        shape = [1, 1, 1, 1]
        shape[axis_number] = 3 * REACH
        mask = tf.reshape(tf.cast(axis.inside(pixels), x.dtype), shape)
        return _upsample_shifts(
            tf.gather(x, axis.reflect(pixels), axis=axis_number) * mask, axis_number
        )

    tile = _pad(x, axis_number, 0, axis.size - 2, "REFLECT")  # one period
    tile = tf.concat(
        [
            _window(tile, axis_number, tile.shape[axis_number] - REACH, REACH),
            tile,
            _window(tile, axis_number, 0, REACH),
        ],
        axis=axis_number,
    )
    parts = [
        _upsample_shifts(tile, axis_number),
        strip(-axis.before - REACH),
        strip(axis.size + axis.after - 2 * REACH),
    ]
    return _pad(tf.concat(parts, axis=axis_number), axis_number, 0, 1, "CONSTANT")


def _downsample_shifts(x, axis):
    length = x.shape[axis] // 2 - 2 * REACH
    return tf.add_n([FILTER[k] * _window(x, axis, k + 1, length, 2) for k in range(TAPS)])


# -- the warp ----------------------------------------------------------------------------------


def _bilinear(image, rows, columns, y_fraction, x_fraction):
    """Interpolate between four stored pixels.

    Args:
        image: [N, R, S, C].
        rows: pair of int32 [N, P, Q]: above and below.
        columns: pair of int32 [N, P, Q]: left and right.
        y_fraction: [N, P, Q], weight of below.
        x_fraction: [N, P, Q], weight of right.

    Returns:
        [N, P, Q, C].
    """
    stride, channels = image.shape[2], image.shape[3]
    pixels = tf.reshape(image, [-1, image.shape[1] * stride, channels])

    def at(row, column):
        return tf.gather(pixels, row * stride + column, batch_dims=1)

    x, y = x_fraction[..., None], y_fraction[..., None]
    above = at(rows[0], columns[0]) * (1.0 - x) + at(rows[0], columns[1]) * x
    below = at(rows[1], columns[0]) * (1.0 - x) + at(rows[1], columns[1]) * x
    return above * (1.0 - y) + below * y


def resolve_implementation(implementation: str) -> str:
    """Choose between "matmul" and "shifts", the two ways to filter along an axis.

    "matmul" is the faster one on a CPU. "shifts" is fused by XLA, and on a GPU it is not rounded to
    TF32.
    """
    if implementation == "auto":
        return "shifts" if tf.config.list_physical_devices("GPU") else "matmul"
    if implementation not in ("matmul", "shifts"):
        raise UserError(
            f"implementation={implementation!r} is not known: give 'auto', 'matmul' or 'shifts'."
        )
    return implementation


def warp(images, matrices, implementation: str = "auto"):
    """Transform each image by its affine map. Linear in the images, with an exact adjoint.

    Args:
        images: float [N, H, W, C] with static H, W and C; H and W of at least 4 pixels.
        matrices: float32 [N, 2, 3], output (x, y, 1) -> input (x, y), with the origin at the centre
            of the image, x to the right and y downwards, in pixels.
        implementation: "auto", "matmul" or "shifts"; they agree to within rounding.

    Returns:
        [N, H, W, C]; outside of the reflected image is 0.

    Raises:
        UserError: if the implementation is not known or the images are too small.
    """
    implementation = resolve_implementation(implementation)
    _, height, width, _ = images.shape
    if min(height, width) < 4:
        raise UserError(
            f"images of {height}x{width} pixels are too small to be warped: "
            "at least 4x4 is expected."
        )
    margin = tf.cast(tf.math.ceil(margins(matrices, height, width)), tf.int32)
    y_axis, x_axis = _Axis(height, margin[0]), _Axis(width, margin[1])

    # [N, H, W, C] -> [N, rows of y, rows of x, C]
    if implementation == "matmul":
        stored = _multiply(images, _supersample_matrix(x_axis, images.dtype), 2)
        stored = _multiply(stored, _supersample_matrix(y_axis, images.dtype), 1)
    else:
        stored = _supersample_shifts(images, 2, x_axis)
        stored = _supersample_shifts(stored, 1, y_axis)

    # The output is sampled on a 2x grid that is REACH pixels larger on every side.
    def grid(size):
        return tf.range(2 * (size + 2 * REACH), dtype=tf.float32) / 2.0 - (size - 1) / 2.0 - REACH

    m = matrices[:, :, :, None, None]
    u, v = grid(width)[None, None, :], grid(height)[None, :, None]
    x = 2.0 * (m[:, 0, 0] * u + m[:, 0, 1] * v + (m[:, 0, 2] + (width - 1) / 2.0))
    y = 2.0 * (m[:, 1, 0] * u + m[:, 1, 1] * v + (m[:, 1, 2] + (height - 1) / 2.0))
    # Far outside is as good as just outside, and a float beyond int32 has no defined integer.
    x = tf.clip_by_value(x, -4.0 * width, 6.0 * width)
    y = tf.clip_by_value(y, -4.0 * height, 6.0 * height)
    x_floor, y_floor = tf.floor(x), tf.floor(y)
    left, top = tf.cast(x_floor, tf.int32), tf.cast(y_floor, tf.int32)
    sampled = _bilinear(
        stored,
        (y_axis.lookup(top), y_axis.lookup(top + 1)),
        (x_axis.lookup(left), x_axis.lookup(left + 1)),
        tf.cast(y - y_floor, images.dtype),
        tf.cast(x - x_floor, images.dtype),
    )  # [N, 2 (H + 6), 2 (W + 6), C]

    if implementation == "matmul":
        down_y = tf.constant(_downsample_matrix(height), images.dtype)
        down_x = tf.constant(_downsample_matrix(width), images.dtype)
        return _multiply(_multiply(sampled, down_y, 1), down_x, 2)
    return _downsample_shifts(_downsample_shifts(sampled, 1), 2)
