"""The 2x supersampled, reflected image of a warp, along one axis at a time.

Padding by reflection, upsampling with the orthogonal wavelet filter `sym6`, and downsampling with
the matched filter (arXiv:2006.06676, Appendix B), as tables and matrices.

All shapes are static, although the padding (the margins) follows from the transforms, because the padded
image is never stored whole. A reflected image is periodic. So each axis stores one period of the 2x
grid, the few rows at both ends where the filter reaches beyond the padded image, and a row of zeros. A
table maps positions to stored rows.
"""

import functools

import numpy as np
import tensorflow as tf

from ada_tf.ops import choice

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
# Sum 1 instead of sqrt(2): flat areas keep their value.
FILTER = _SYM6 / _SYM6.sum()
_TAPS = len(FILTER)
_REACH = _TAPS // 4  # pixels by which the filter reaches beyond a pixel, on either side
_END = 2 * _REACH  # rows of the 2x grid that the filter makes different next to an end


def margins(matrices, height: int, width: int):
    """Compute the padding that the corners of all images of the batch need.

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
    # Of a parallelogram the farthest point in each direction is a corner.
    corner = linear[:, :, 0] * half[1] + linear[:, :, 1] * half[0]  # [N, (x, y)]
    reach = tf.stack([tf.reduce_max(corner - shift, 0), tf.reduce_max(corner + shift, 0)], axis=1)
    # (x, y) becomes (y, x). REACH for the filter up, and as much for the one down.
    raw = tf.reverse(reach, [0]) + 2.0 * _REACH - half[:, None]
    return tf.clip_by_value(raw, 0.0, size[:, None] - 1.0)


class Axis:
    """One axis of the supersampled image: its stored rows, and the row of each position.

    Positions count on the 2x grid from the first pixel of the image. For one warp, whose ways share
    its tensors.
    """

    def __init__(self, size: int, margin, dtype):
        """Take the image size, the whole-pixel margin, int32 (before, after), and the images' type."""
        self.dtype = dtype
        self.size, self.before, self.after = size, margin[0], margin[1]
        self.period = 4 * (size - 1)  # of the reflected image, on the 2x grid
        self.rows = self.period + 2 * _END + 1
        self.first_position = -2 * self.before
        self.end_position = 2 * (size + self.after)

    def inside(self, pixels):
        """Tell pixels of the padded image from others."""
        return (pixels >= -self.before) & (pixels < self.size + self.after)

    @functools.cached_property
    def matrix(self):
        """The matrix of `_supersample_matrix`, made once."""
        return _supersample_matrix(self)

    def lookup(self, positions):
        """Look up the stored rows of positions and of the next ones: int32 [...] -> two of [...].

        Outside of the padded image it is the row of zeros. Both in one gather, whose time on a CPU
        goes by the number of slices, not by what is in them.
        """
        if not choice.looks_up():
            return self._row(positions), self._row(positions + 1)
        # The table spans the largest possible padding, and two positions more on either side.
        # A static range, whatever the margins of the batch are.
        lowest, highest = -2 * (self.size - 1) - 2, 2 * (2 * self.size - 1)
        table = self._row(tf.range(lowest, highest + 2))
        pairs = tf.stack([table[:-1], table[1:]], axis=1)
        found = tf.gather(pairs, tf.clip_by_value(positions, lowest, highest) - lowest)
        return tf.unstack(found, axis=-1)

    def _row(self, p):
        """Compute the stored rows of positions."""
        # Three cases by position: the periodic middle, then the strips at the end and the
        # beginning.
        row = tf.math.floormod(p, self.period)
        from_first, from_end = p - self.first_position, p - (self.end_position - _END)
        row = tf.where(from_end >= 0, self.period + _END + from_end, row)
        row = tf.where(from_first < _END, self.period + from_first, row)
        outside = (from_first < 0) | (from_end >= _END)
        return tf.where(outside, self.rows - 1, row)


# -- along one axis, as matrices ---------------------------------------------------------------


def _weights(positions, pixels):
    """Weight of each pixel at each position: X2[i] = 2 sum_o X[o] h[i - 2o + 5]; NumPy or not."""
    tap = positions[:, None] - 2 * pixels[None] + _TAPS // 2 - 1  # [positions, pixels]
    taps = np.pad(2.0 * FILTER, 1)  # zeros on either side: there is no such tap
    if isinstance(tap, np.ndarray):
        return taps[np.clip(tap + 1, 0, _TAPS + 1)]
    if not choice.looks_up():
        chosen = tf.one_hot(tap, _TAPS, dtype=tf.float64)  # zeros, if there is no such tap
        return tf.reduce_sum(chosen * taps[1:-1], axis=-1)
    return tf.gather(tf.constant(taps), tf.clip_by_value(tap + 1, 0, _TAPS + 1))


def _supersample_matrix(axis: Axis):
    """The matrix [rows, size] that pads, upsamples and stores."""
    size, last = axis.size, axis.size - 1
    ends = tf.stack([axis.first_position, axis.end_position - _END])
    ends = tf.reshape(ends[:, None] + tf.range(_END), [-1])

    # Where pixel j of the image appears: at j and -j, plus multiples of the reflection's period.
    # The first and the last pixel are their own mirror images and appear once.
    j = np.arange(size)
    turns = [2 * last * turn for turn in (-1, 0, 1)]
    mirrored = ((j > 0) & (j < last)).astype(np.float64)
    appearances = [(j + t, np.ones(size)) for t in turns] + [(t - j, mirrored) for t in turns]

    tile, strips = 0.0, 0.0
    for pixels, once in appearances:
        # The tile follows from the size (NumPy), the strips from the margins of the batch (tensors).
        tile += once * _weights(np.arange(axis.period), pixels)
        strips += once * _weights(ends, pixels) * tf.cast(axis.inside(pixels), tf.float64)
    stored = [tf.constant(tile, axis.dtype), tf.cast(strips, axis.dtype)]
    return tf.concat([*stored, tf.zeros([1, size], axis.dtype)], axis=0)


def downsample_matrix(size: int):
    """The matrix [size, 2 (size + 2 REACH)]: y[o] = sum_k X[2o + k + 1] h[k]."""
    matrix = np.zeros([size, 2 * (size + 2 * _REACH)])
    for o in range(size):
        matrix[o, 2 * o + 1 : 2 * o + 1 + _TAPS] = FILTER
    return matrix


# -- where a warp looks ------------------------------------------------------------------------


def grid(size: int):
    """Sampling points of the output, from its centre: a 2x grid, REACH pixels larger on each side."""
    return tf.range(2 * (size + 2 * _REACH), dtype=tf.float32) / 2.0 - (size - 1) / 2.0 - _REACH


def position(offset, size: int):
    """Convert pixels to the 2x grid, both counted from the first pixel of the image."""
    # Far outside is as good as just outside, and a float beyond int32 has no defined integer.
    return tf.clip_by_value(2.0 * offset, -4.0 * size, 6.0 * size)


def neighbours(axis: Axis, position):
    """Look up rows on either side of positions [N, ...], and their weights; both [N, 2, ...]."""
    before = tf.floor(position)
    weight = tf.cast(position - before, axis.dtype)
    rows = axis.lookup(tf.cast(before, tf.int32))
    return tf.stack(rows, axis=1), tf.stack([1.0 - weight, weight], axis=1)
