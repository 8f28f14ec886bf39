"""Bits of progressive augmentation: which are in use, and what their checksum is."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.models.methods import BITS, checksum_sign, progressive_bits

SEED = tf.constant([3, 4])
MANY = 20000


@pytest.mark.parametrize(
    ("p", "in_use"),
    [
        (0.0, [0] * 16),
        (0.5 / 16, [0] * 16),  # a bit comes into use in the second half of its step
        (0.75 / 16, [0.5] + [0] * 15),
        (1.0 / 16, [1] + [0] * 15),
        (7.9 / 16, [1] * 7 + [0.8] + [0] * 8),
        (1.0, [1] * 16),
        (1.5, [1] * 16),
    ],
)
def test_bits_come_into_use_one_after_the_other(p, in_use):
    bits = progressive_bits(SEED, MANY, p).numpy()
    assert set(np.unique(bits)) <= {0.0, 1.0}
    expected = np.array(in_use) / 2
    np.testing.assert_allclose(bits.mean(axis=0), expected, atol=4 * 0.5 / np.sqrt(MANY))
    np.testing.assert_array_equal(bits[:, expected == 0], 0)


def test_bits_of_an_image_are_drawn_on_their_own():
    bits = progressive_bits(SEED, MANY, 1.0).numpy()
    found = np.corrcoef(bits.T) - np.eye(BITS)
    assert np.abs(found).max() < 5 / np.sqrt(MANY)
    other = progressive_bits(tf.constant([3, 5]), MANY, 1.0).numpy()
    assert 0.4 < (other != bits).mean() < 0.6


def test_the_checksum_by_hand():
    bits = tf.constant([[0.0, 0, 0], [1, 0, 0], [1, 0, 1], [1, 1, 1]])
    np.testing.assert_array_equal(checksum_sign(bits), [[1], [-1], [1], [-1]])
