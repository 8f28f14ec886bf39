"""Image-space filtering: amplify or damp four frequency bands (arXiv:2006.06676, Appendix B)."""

import math

import numpy as np
import tensorflow as tf

from ada_tf.augment.transform_row import NORMAL, Transform, lognormal
from ada_tf.errors import UserError
from ada_tf.ops.products import product

# Low-pass decomposition filter of the wavelet "sym2" (PyWavelets: dec_lo).
_SYM2 = np.array(
    [-0.12940952255092145, 0.22414386804185735, 0.836516303737469, 0.48296291314469025]
)
# Power of natural images by band, falling as 1 / frequency: the gains leave the total as it is.
_EXPECTED_POWER = np.array([10.0, 1.0, 1.0, 1.0], np.float32) / 13.0


def filter_bank():
    """Build the four zero-phase band-pass filters, low to high, that sum to a unit impulse.

    Returns:
        float32 [4, 43].
    """
    # The mirror filter: alternating signs move the pass band from 0 to the highest frequency.
    high_pass = _SYM2 * np.array([1.0, -1.0, 1.0, -1.0])
    # With itself reversed, for zero phase; halved, so that low + high is a unit impulse.
    low = np.convolve(_SYM2, _SYM2[::-1]) / 2.0
    high = np.convolve(high_pass, high_pass[::-1]) / 2.0
    bank = np.eye(4, 1)
    for band in (1, 2, 3):  # halve the frequencies of the bands so far; the new one is above them
        # Zeros between taps: halves the frequencies.
        stretched = np.zeros([4, 2 * bank.shape[1] - 1])
        stretched[:, ::2] = bank
        # The low-pass removes the images of the bands that stretching made.
        bank = np.stack([np.convolve(row, low) for row in stretched])
        start = (bank.shape[1] - len(high)) // 2
        bank[band, start : start + len(high)] += high
    return bank.astype(np.float32)


_BANK = filter_bank()
_REACH = _BANK.shape[1] // 2


def band_gains(amplification):
    """Combine the amplification of the bands, so that natural images keep their power.

    Args:
        amplification: float32 [N, 4].

    Returns:
        float32 [N, 4]: product over the bands of (1, .., amplification, .., 1), each normalised.
    """
    # One band after the other, each normalised by itself (Appendix B), so their order is free.
    gains = 1.0
    for band in range(4):
        one = tf.one_hot(band, 4)
        # [N, 4]: 1, and the amplification in its band
        t = 1.0 + one * (amplification[:, band : band + 1] - 1.0)
        gains *= t * tf.math.rsqrt(tf.reduce_sum(_EXPECTED_POWER * tf.square(t), 1, keepdims=True))
    return gains


def _band_matrices(size: int):
    """Each band with its reflection at the borders as a matrix, float32 [4, size, size]."""
    source = np.pad(np.arange(size), _REACH, mode="reflect")  # pixel that each padded place shows
    matrices = np.zeros([4, size, size], np.float32)
    for k in range(_BANK.shape[1]):
        # add.at, not +=: at a border several taps read the same pixel, and all of them count.
        np.add.at(
            matrices,
            (slice(None), np.arange(size), source[k : k + size]),
            _BANK[:, k : k + 1],
        )
    return matrices


def _filter(x, gains):
    """Filter along axis 1 by one matrix a sample: [N, H, H] @ [N, H, W * C]."""
    _, height, width, channels = x.shape
    bands = tf.constant(_band_matrices(height).reshape(4, -1), x.dtype)
    # [N, H, H]: the filter of each image
    matrix = tf.reshape(product(gains, bands), [-1, height, height])
    # All columns and channels at once.
    y = product(matrix, tf.reshape(x, [-1, height, width * channels]))
    return tf.reshape(y, [-1, height, width, channels])


def _filter_bands(images, amplification):
    """Amplify the frequency bands.

    Args:
        images: float [N, H, W, C], static H and W of at least 22 pixels.
        amplification: float32 [N, 4], low to high.

    Returns:
        [N, H, W, C].

    Raises:
        UserError: if the images are smaller than the reflected filter.
    """
    _, height, width, _ = images.shape
    if min(height, width) <= _REACH:
        raise UserError(
            f"images of {height}x{width} pixels are too small for the imgfilter transform: at "
            f"least {_REACH + 1}x{_REACH + 1} is expected, or a policy without it, such as 'bgc'."
        )
    gains = tf.cast(band_gains(amplification), images.dtype)
    y = _filter(images, gains)
    return tf.transpose(_filter(tf.transpose(y, [0, 2, 1, 3]), gains), [0, 2, 1, 3])


def _by_band(multiplier, p, policy):
    """Probability of each frequency band; no gate is below that of a band of weight 0."""
    bands = tf.constant(policy["imgfilter_bands"], tf.float32)
    return tf.where(bands > 0.0, multiplier * p * bands, -math.inf)


TRANSFORMS = (
    Transform(
        name="imgfilter",
        about="amplifying each frequency band by 2**N(0, `imgfilter_std`); `imgfilter_bands` weighs "
        "the chances of the four bands, low to high",
        strengths={"imgfilter_std": 1.0, "imgfilter_bands": (1.0, 1.0, 1.0, 1.0)},
        distribution=NORMAL,
        formula=lognormal("imgfilter_std"),
        stage=lambda images, params, options: _filter_bands(images, params.imgfilter),
        neutral=1.0,
        values=4,
        gates=4,
        probability=_by_band,
    ),
)
