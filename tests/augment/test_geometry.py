"""Directions of the geometric transforms, seen on images."""

import math

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import AugmentParams, apply
from ada_tf.augment.geometry import inverse_matrices


def smooth_image(size=24):
    """[1, size, size, 1] without any symmetry."""
    y, x = np.mgrid[:size, :size] / size
    return (np.sin(5 * x + 2 * y) + 0.5 * np.cos(7 * y - 2 * x * y))[None, :, :, None]


def one(value):
    return tf.constant([value], tf.float32)


def same(a, b, atol=0.06):  # sym6 is not quite symmetric
    np.testing.assert_allclose(a, b, atol=atol)


def test_xflip_mirrors():
    x = smooth_image()
    same(apply(x, AugmentParams(xflip=one(1))), x[:, :, ::-1])
    same(apply(x, AugmentParams(xflip=one(0))), x, atol=1e-5)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_rotate90_is_counter_clockwise(turns):
    x = smooth_image()
    same(apply(x, AugmentParams(rotate90=one(turns))), np.rot90(x, turns, axes=(1, 2)))


@pytest.mark.parametrize("name", ["pre_rotate", "post_rotate"])
def test_rotation_is_counter_clockwise(name):
    x = smooth_image()
    same(apply(x, AugmentParams(**{name: one(math.pi / 2)})), np.rot90(x, axes=(1, 2)))


def test_shifts_go_right_and_down():
    x = smooth_image()
    moved = apply(x, AugmentParams(xint=tf.constant([[3 / 24, 2 / 24]])))
    np.testing.assert_allclose(moved[:, 2:, 3:], x[:, :-2, :-3], atol=1e-5)
    moved = apply(x, AugmentParams(xfrac=tf.constant([[1 / 24, 4 / 24]])))
    np.testing.assert_allclose(moved[:, 4:, 1:], x[:, :-4, :-1], atol=1e-4)


def test_whole_pixel_shifts_round_to_even():
    params = AugmentParams(xint=tf.constant([[0.05, -0.05], [0.15, 0.149]]))
    np.testing.assert_array_equal(inverse_matrices(params, 10, 10)[:, :, 2], [[0, 0], [-2, -1]])


def test_scale_enlarges():
    m = inverse_matrices(AugmentParams(scale=one(2.0)), 8, 8)
    np.testing.assert_allclose(m, [[[0.5, 0, 0], [0, 0.5, 0]]])
    m = inverse_matrices(AugmentParams(aniso=one(2.0)), 8, 8)
    np.testing.assert_allclose(m, [[[0.5, 0, 0], [0, 2.0, 0]]])


def test_order_of_composition():
    """Output -> input: the fractional shift, which happens last, is undone first."""
    params = AugmentParams(
        xflip=one(1), rotate90=one(1), xint=tf.constant([[0.1, 0.3]]), scale=one(2.0),
        pre_rotate=one(0.3), aniso=one(1.5), post_rotate=one(-0.8),
        xfrac=tf.constant([[0.2, -0.1]]),
    )  # fmt: skip

    def turn(a):
        return np.array([[math.cos(a), -math.sin(a), 0], [math.sin(a), math.cos(a), 0], [0, 0, 1]])

    def shift(x, y):
        return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])

    expected = (
        np.diag([-1, 1, 1]) @ turn(math.pi / 2) @ shift(-2, -3) @ np.diag([0.5, 0.5, 1])
        @ turn(0.3) @ np.diag([1 / 1.5, 1.5, 1]) @ turn(-0.8) @ shift(-4, 1)
    )  # fmt: skip
    np.testing.assert_allclose(inverse_matrices(params, 10, 20), expected[None, :2], atol=1e-5)
