"""Noise, cutout and the noise of a diffusion."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import AdaptiveAugmentation, AugmentParams, apply, sample_params
from ada_tf.augment.noise import chain_length, kept, priority
from ada_tf.ops import random

# Noise and cutout.


def test_noise_has_its_deviation_and_follows_its_seed():
    x = tf.zeros([2, 32, 32, 3])
    params = AugmentParams(noise=tf.constant([0.0, 0.3]), noise_seed=tf.constant([1, 2]))
    out, again = apply(x, params).numpy(), apply(x, params).numpy()
    np.testing.assert_array_equal(out, again)
    assert not out[0].any()
    np.testing.assert_allclose(out[1].std(), 0.3, rtol=0.05)
    other = apply(x, {**params, "noise_seed": tf.constant([1, 3])}).numpy()
    assert np.abs(other[1] - out[1]).max() > 0.1


def test_given_noise_is_used():
    noise = np.random.default_rng(0).normal(size=[2, 4, 4, 1]).astype(np.float32)
    params = AugmentParams(noise=tf.constant([1.0, 2.0]), noise_seed=tf.constant([1, 2]))
    out = apply(tf.ones([2, 4, 4, 1]), params, noise)
    np.testing.assert_allclose(out, 1 + noise * np.reshape([1, 2], [2, 1, 1, 1]), atol=1e-6)


def test_cutout_rectangle():
    params = AugmentParams(
        cutout_size=tf.constant([0.5, 0.5, 0.0]),
        cutout_center=tf.constant([[0.5, 0.25], [0.0, 1.0], [0.5, 0.5]]),
    )
    out = apply(tf.ones([3, 8, 16, 3]), params).numpy()
    expected = np.ones([3, 8, 16, 3])
    expected[0, :4, 4:12] = 0.0
    expected[1, 6:, :4] = 0.0  # hangs over the border
    np.testing.assert_array_equal(out, expected)


# Adaptive noise: its chain by hand, what p does to it, and its place in the pipeline.

MANY = 20000


def test_the_chain_grows_with_p():
    lengths = [float(chain_length(p)) for p in (0.0, 0.1, 0.5, 1.0, 1.4)]
    assert lengths == [10, 109, 505, 1000, 1000]


@pytest.mark.parametrize("length", [10, 1000])
def test_what_is_kept_is_the_product_of_the_chain(length):
    beta = np.linspace(1e-4, 2e-2, length)
    t = np.array([1, 2, length // 2, length])
    expected = np.cumprod(1 - beta)[t - 1]
    np.testing.assert_allclose(kept(tf.constant(t), float(length)), expected, rtol=1e-4)


def test_later_steps_are_the_more_likely():
    """P(t) = 2 t / (T (T + 1)): t / 55 for T = 10."""
    u = (tf.range(MANY, dtype=tf.float32) + 0.5) / MANY
    t = priority(u, 10.0).numpy()
    counts = np.bincount(t.astype(int), minlength=11)
    assert counts[0] == 0
    np.testing.assert_allclose(counts[1:] / MANY, np.arange(1, 11) / 55, atol=2 / MANY)


@pytest.mark.parametrize("p", [0.0, 0.5])
def test_half_of_the_images_stay_at_any_p(p):
    share = sample_params([4, 5], MANY, p, "diffusion").diffusion.numpy()
    assert np.mean(share == 1) == pytest.approx(0.5, abs=0.02)
    length = float(chain_length(p))
    weakest = float(kept(tf.constant([length]), length)[0])
    assert share.min() == pytest.approx(weakest, rel=1e-4)


def test_the_noise_is_that_of_the_share():
    images = tf.random.stateless_normal([200, 8, 8, 3], [1, 2])
    params = sample_params([4, 5], 200, 1.0, "diffusion")
    found = apply(images, params).numpy()
    share = params.diffusion.numpy()[:, None, None, None]
    noise = random.normal(random.fold_in(params.noise_seed, "diffusion"), [200, 8, 8, 3]).numpy()
    expected = np.sqrt(share) * images + 0.05 * np.sqrt(1 - share) * noise
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_array_equal(found[share[:, 0, 0, 0] == 1], images[params.diffusion == 1])
    assert noise.std() == pytest.approx(1, abs=0.02)


def test_the_layer_adds_noise_at_p_0_too():
    layer = AdaptiveAugmentation("diffusion")
    found = tf.function(layer)(tf.zeros([16, 4, 4, 3]), seed=tf.constant([1, 2]))
    assert 0 < np.std(found) < 0.05
