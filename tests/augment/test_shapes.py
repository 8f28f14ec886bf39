"""Augmentation of images that are no squares: geometry in pixels, not in sides."""

import math

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import AdaptiveAugmentation, AugmentParams, apply, sample_params
from ada_tf.augment.geometry import inverse_matrices
from ada_tf.augment.policy import get_policy

ODD = [(8, 16), (24, 16), (20, 12), (48, 64), (12, 40)]
# All but imgfilter, which wants at least 22 pixels a side.
ALL = {**get_policy("bgcfnc"), "imgfilter": 0.0}


def images(*shape):
    return np.random.RandomState(0).uniform(-1, 1, shape).astype(np.float32)


def one(value):
    return tf.constant([value], tf.float32)


def within(x):
    """What no rotation brings in from outside: the circle that fits into [1, H, W, 1]."""
    height, width = x.shape[1:3]
    y, x_ = np.mgrid[:height, :width]
    radius = np.hypot(x_ - (width - 1) / 2, y - (height - 1) / 2)
    return np.asarray(x)[0, radius < min(height, width) / 2, 0]


def disc(height, width, radius, dx=0.0, dy=0.0):
    """A smooth disc beside the centre: [1, H, W, 1]."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    distance = np.hypot(x - (width - 1) / 2 - dx, y - (height - 1) / 2 - dy)
    return (1 / (1 + np.exp(2 * (distance - radius))))[None, :, :, None].astype(np.float32)


def test_without_augmentation_the_layer_changes_nothing():
    for sides in ODD:
        x = images(4, *sides, 3)
        layer = AdaptiveAugmentation(ALL, p=0.0)
        np.testing.assert_allclose(layer(x, seed=[1, 2], training=True), x, atol=2e-5)
        np.testing.assert_array_equal(layer(x, training=False), x)


@pytest.mark.parametrize("sides", ODD)
def test_flips_and_half_turns_are_exact_places(sides):
    x = disc(*sides, 2.0, 1.0, 1.5)
    flipped = apply(x, AugmentParams(xflip=one(1)))
    np.testing.assert_allclose(flipped, x[:, :, ::-1], atol=0.05)  # sym6 is not quite symmetric
    turned = apply(x, AugmentParams(rotate90=one(2)))
    np.testing.assert_allclose(turned, x[:, ::-1, ::-1], atol=0.05)
    m = inverse_matrices(AugmentParams(rotate90=one(2)), *sides)
    np.testing.assert_allclose(m, [[[-1, 0, 0], [0, -1, 0]]], atol=1e-6)


@pytest.mark.parametrize("sides", ODD)
def test_whole_pixels_are_shifted_by_a_part_of_each_side(sides):
    height, width = sides
    params = AugmentParams(xint=tf.constant([[0.25, -0.25]]))
    m = inverse_matrices(params, height, width)
    np.testing.assert_array_equal(m[0, :, 2], [-round(width / 4), round(height / 4)])
    x = images(1, *sides, 2)
    moved = apply(x, params).numpy()
    right, up = round(width / 4), round(height / 4)
    np.testing.assert_allclose(moved[:, :-up, right:], x[:, up:, :-right], atol=1e-4)


@pytest.mark.parametrize("angle", [0.3, math.pi / 4, math.pi / 2, 2.0])
@pytest.mark.parametrize("sides", ODD)
def test_rotations_keep_distances_in_pixels(sides, angle):
    """No shear and no other scale: the map is a rotation, and a disc stays a disc."""
    for params in (AugmentParams(pre_rotate=one(angle)), AugmentParams(post_rotate=one(angle))):
        linear = inverse_matrices(params, *sides)[0, :, :2].numpy()
        np.testing.assert_allclose(linear @ linear.T, np.eye(2), atol=1e-6)
        x = disc(*sides, 2.0)
        np.testing.assert_allclose(within(apply(x, params)), within(x), atol=0.08)
    # Beside the centre it goes as far as the angle says, counter-clockwise on the screen.
    moved = apply(disc(*sides, 1.5, 1.0, 0.0), AugmentParams(pre_rotate=one(angle)))
    place = disc(*sides, 1.5, math.cos(angle), -math.sin(angle))
    np.testing.assert_allclose(within(moved), within(place), atol=0.08)


@pytest.mark.parametrize("sides", ODD)
def test_only_turns_that_keep_the_sides_are_drawn(sides):
    turns = sample_params([3, 4], 400, 1.0, "blit", size=sides).rotate90.numpy()
    assert set(turns) == {0, 2}
    assert 0.4 < (turns == 2).mean() < 0.6
    squares = sample_params([3, 4], 400, 1.0, "blit", size=(8, 8))
    as_before = sample_params([3, 4], 400, 1.0, "blit")
    np.testing.assert_array_equal(squares.rotate90, as_before.rotate90)
    assert set(squares.rotate90.numpy()) == {0, 1, 2, 3}
    np.testing.assert_array_equal(turns, 2 * (squares.rotate90.numpy() // 2))


def test_the_layer_turns_images_that_are_no_squares_by_halves():
    x = disc(12, 40, 2.0, 10.0, 2.0).repeat(64, axis=0)
    layer = AdaptiveAugmentation({"rotate90": 1.0}, p=1.0)
    out = layer(x, seed=[5, 6], training=True).numpy()
    kept = np.abs(out - x).max(axis=(1, 2, 3)) < 0.05
    turned = np.abs(out - x[:, ::-1, ::-1]).max(axis=(1, 2, 3)) < 0.05
    assert (kept ^ turned).all()
    assert 15 < turned.sum() < 49


def test_cutout_has_the_ratio_of_the_image():
    params = AugmentParams(cutout_size=one(0.5), cutout_center=tf.constant([[0.5, 0.5]]))
    gone = apply(np.ones([1, 12, 40, 1], np.float32), params).numpy()[0, :, :, 0] == 0
    assert gone.sum() == 6 * 20
    assert gone[3:9, 10:30].all()


@pytest.mark.parametrize("sides", [(24, 32), (48, 64)])
def test_bands_of_either_axis_are_filtered_alike(sides):
    """A wave along one axis is damped as the same wave along the other."""
    height, width = sides
    y, x = np.mgrid[:height, :width].astype(np.float32)
    params = AugmentParams(imgfilter=tf.constant([[1.0, 1.0, 1.0, 0.2]]))
    inner = (slice(None), slice(10, 14), slice(10, 14))
    along_y = apply(np.cos(2.8 * y)[None, :, :, None], params)[inner]
    along_x = apply(np.cos(2.8 * x)[None, :, :, None], params)[inner]
    np.testing.assert_allclose(along_y, np.swapaxes(along_x, 1, 2), atol=1e-4)
