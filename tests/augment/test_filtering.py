"""The frequency bands."""

import numpy as np
import tensorflow as tf

from ada_tf.augment import AugmentParams, apply
from ada_tf.augment.filtering import band_gains, filter_bank
from tests.sentences import refused


def test_bank_splits_the_spectrum():
    bank = filter_bank().astype(np.float64)
    np.testing.assert_allclose(bank, bank[:, ::-1], atol=1e-8)
    np.testing.assert_allclose(bank.sum(0), np.eye(43)[21], atol=1e-7)
    np.testing.assert_allclose(bank.sum(1), [1, 0, 0, 0], atol=1e-7)
    response = np.abs(np.fft.rfft(bank, 512, axis=1))
    peaks = response.argmax(axis=1)
    assert np.all(np.diff(peaks) > 0)


def test_neutral_is_identity():
    x = np.random.default_rng(0).normal(size=[2, 22, 25, 2]).astype(np.float32)
    out = apply(x, AugmentParams(imgfilter=tf.ones([2, 4])))
    np.testing.assert_allclose(out, x, atol=1e-5)


def test_is_a_correlation_of_the_reflected_image():
    rng = np.random.default_rng(1)
    x = rng.normal(size=[2, 22, 30, 3])
    amplification = tf.constant(2.0 ** rng.normal(size=[2, 4]), tf.float32)
    out = apply(x, AugmentParams(imgfilter=amplification))
    kernels = band_gains(amplification).numpy().astype(np.float64) @ filter_bank()
    padded = np.pad(x, ((0, 0), (21, 21), (21, 21), (0, 0)), mode="reflect")
    for n, kernel in enumerate(kernels):
        y = sum(w * padded[n, k : k + 22] for k, w in enumerate(kernel))
        y = sum(w * y[:, k : k + 30] for k, w in enumerate(kernel))
        np.testing.assert_allclose(out[n], y, atol=1e-6)


def test_gains_keep_the_expected_power():
    """One band at a time: sum of expected power times squared gains is 1."""
    for band in range(4):
        t = np.ones([3, 4], np.float32)
        t[:, band] = [0.25, 2.0, 8.0]
        gains = band_gains(tf.constant(t)).numpy()
        np.testing.assert_allclose(gains**2 @ (np.array([10, 1, 1, 1]) / 13), 1.0, rtol=1e-5)
        np.testing.assert_allclose(gains[:, band] / gains[:, band - 1], t[:, band], rtol=1e-5)


def test_small_images_are_refused():
    with refused("32x21", "22x22"):
        apply(tf.zeros([2, 32, 21, 3]), AugmentParams(imgfilter=tf.ones([2, 4])))
