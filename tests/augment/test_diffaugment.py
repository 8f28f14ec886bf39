"""DiffAugment by hand, and as a policy."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import AugmentParams, AugmentPolicy, apply, sample_params
from ada_tf.augment.diffaugment import repaint, shift

PIXELS = tf.constant([[[[0.0, 0.3, 0.6], [-1.0, 0.0, 1.0]]]])  # 1x2


def one(**values):
    return AugmentParams(**{name: tf.constant([v]) for name, v in values.items()})


def test_colours_by_hand():
    np.testing.assert_allclose(repaint(PIXELS, one(shade=0.25)), PIXELS + 0.25)
    grey = [[[[0.3, 0.3, 0.3], [0, 0, 0]]]]
    np.testing.assert_allclose(repaint(PIXELS, one(vivid=0.0)), grey, atol=1e-7)
    twice = [[[[-0.3, 0.3, 0.9], [-2, 0, 2]]]]
    np.testing.assert_allclose(repaint(PIXELS, one(vivid=2.0)), twice, atol=1e-6)
    np.testing.assert_allclose(repaint(PIXELS, one(tone=0.5)), 0.075 + PIXELS / 2, atol=1e-6)


def test_the_order_is_that_of_the_paper():
    """Brightness, saturation, contrast: the last one is about the mean of what came before."""
    found = repaint(PIXELS, one(shade=0.25, vivid=0.0, tone=0.5))
    np.testing.assert_allclose(found[0, 0, :, 0], [0.4 + 0.075, 0.4 - 0.075], atol=1e-6)


@pytest.mark.parametrize("channels", [2, 4])
def test_alpha_is_no_colour(channels):
    images = tf.random.stateless_normal([1, 3, 3, channels], [1, 2])
    found = repaint(images, one(shade=0.25, vivid=0.5, tone=0.5))
    np.testing.assert_array_equal(found[..., -1], images[..., -1])
    np.testing.assert_array_equal(
        found[..., :-1], repaint(images[..., :-1], one(shade=0.25, vivid=0.5, tone=0.5))
    )


def test_shift_by_hand():
    """Two to the right and one up, of five times four."""
    image = np.arange(1.0, 21.0, dtype=np.float32).reshape(1, 4, 5, 1)
    expected = np.zeros_like(image)
    expected[:, :3, 2:] = image[:, 1:, :3]
    found = shift(tf.constant(image), tf.constant([[2 / 5, -1 / 4]]))
    np.testing.assert_array_equal(found, expected)


def test_what_comes_in_is_transparent():
    params = AugmentParams(shift=tf.constant([[0.25, 0.0]]))
    found = apply(tf.ones([1, 4, 4, 4]), params).numpy()
    np.testing.assert_array_equal(found[0, :, 0], [[0, 0, 0, -1]] * 4)
    np.testing.assert_array_equal(found[0, :, 1:], np.ones([4, 3, 4]))


def test_ranges_of_the_policy():
    params = sample_params([1, 2], 20000, 1.0, "diffaugment")
    for name, low, high in (("shade", -0.5, 0.5), ("vivid", 0, 2), ("tone", 0.5, 1.5)):
        value = getattr(params, name).numpy()
        assert low <= value.min() < low + 0.01 * (high - low)
        assert high - 0.01 * (high - low) < value.max() <= high
        assert value.std() == pytest.approx((high - low) / np.sqrt(12), rel=0.02)
    assert np.abs(params.shift).max() == pytest.approx(0.125, abs=1e-4)
    np.testing.assert_array_equal(params.cutout_size, np.full(20000, 0.5))
    assert params.xint is params.brightness is params.noise_seed is None


def test_no_policy_changes_nothing():
    images = tf.random.stateless_normal([2, 3, 3, 3], [1, 2])
    np.testing.assert_array_equal(
        apply(images, sample_params([1, 2], 2, 1.0, AugmentPolicy())), images
    )
