"""`tfa.image` as an independent witness of what our warp does to images."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_addons as tfa

from ada_tf.augment import AugmentParams, apply, sample_params
from ada_tf.augment.geometry import inverse_matrices
from ada_tf.ops.warp import warp

HEIGHT, WIDTH = 64, 80


def smooth_images(count):
    """Blobs in the middle, so wide that all ways to interpolate agree; nothing at the border."""
    y, x = np.mgrid[:HEIGHT, :WIDTH] - np.array([HEIGHT / 2, WIDTH / 2])[:, None, None]
    blobs = [np.exp(-(((x - 4) / 10) ** 2) - ((y + 2 * i) / 8) ** 2) for i in range(3)]
    image = np.stack(blobs, -1).astype(np.float32)
    return np.repeat(image[None], count, axis=0)


X = smooth_images(4)
# Bilinear interpolation is off by up to (fxx + fyy) / 8 = (2 / 10**2 + 2 / 8**2) / 8 = 0.006; and
# after a flip or a turn our filter, which is not quite symmetric, by as much again or twice that.
TOLERANCE = 0.02


def values(*numbers):
    return tf.constant(numbers, tf.float32)


def witness(matrices):
    """The same maps for `tfa.image.transform`, which counts pixels from the upper left one."""
    cx, cy = (WIDTH - 1) / 2, (HEIGHT - 1) / 2
    m = np.asarray(matrices)
    tx = m[:, 0, 2] + cx - m[:, 0, 0] * cx - m[:, 0, 1] * cy
    ty = m[:, 1, 2] + cy - m[:, 1, 0] * cx - m[:, 1, 1] * cy
    rows = [m[:, 0, 0], m[:, 0, 1], tx, m[:, 1, 0], m[:, 1, 1], ty, 0 * tx, 0 * tx]
    rows = np.stack(rows, 1).astype(np.float32)
    return lambda images: tfa.image.transform(images, rows, "bilinear")


def assert_alike(ours, theirs):
    """Where the image is seen; ours goes on by reflection, theirs is black."""
    inside = np.asarray(theirs(np.ones_like(X))) > 0.999
    assert inside.mean() > 0.5
    np.testing.assert_allclose(ours * inside, theirs(X) * inside, atol=TOLERANCE)


@pytest.mark.parametrize("seed", range(4))
def test_random_maps(seed):
    """Flips, turns, scales and shifts, such that the blob stays in the image."""
    params = sample_params([seed, 1], 4, 0.8, {"xflip": 1, "rotate": 1, "scale": 1, "aniso": 1})
    params["xfrac"] = tf.clip_by_value(sample_params([seed, 2], 4, 1.0).xfrac, -0.1, 0.1)
    matrices = inverse_matrices(params, HEIGHT, WIDTH)
    assert_alike(warp(X, matrices), witness(matrices))


def test_directions():
    angles = values(0.3, -0.5, 1.0, 2.0)
    assert_alike(
        apply(X, AugmentParams(pre_rotate=angles)),
        lambda images: tfa.image.rotate(images, angles, interpolation="bilinear"),
    )
    shifts = np.array([[3, 0], [0, 4], [-2, 1], [2.5, -1.5]], np.float32)
    assert_alike(
        apply(X, AugmentParams(xfrac=tf.constant(shifts / [WIDTH, HEIGHT], tf.float32))),
        lambda images: tfa.image.translate(images, shifts, interpolation="bilinear"),
    )


def test_our_gradient_is_the_adjoint_and_theirs_is_not():
    matrices = tf.constant([[[0.8, -0.3, 1.5], [0.2, 1.3, -0.7]]])
    u = tf.random.stateless_normal(X[:1].shape, [1, 2])
    x = tf.random.stateless_normal(X[:1].shape, [3, 4])
    m = matrices.numpy()[0]
    row = [m[0, 0], m[0, 1], 4.0, m[1, 0], m[1, 1], -3.0, 0.0, 0.0]

    def mismatch(transform):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(transform(x) * u)
        return abs(float(tf.reduce_sum(tape.gradient(y, x) * x)) - float(y)) / abs(float(y))

    assert mismatch(lambda x: warp(x, matrices)) < 1e-3
    assert mismatch(lambda x: tfa.image.transform(x, row, "bilinear")) > 0.03
