"""Closed paths: they go through their points, and the end of the loop is as any other place."""

import numpy as np
import pytest

from ada_tf.inference import film

POINTS = np.random.RandomState(1).randn(5, 2, 6)
THROUGH = (film.straight, film.spline, film.slerp)


@pytest.mark.parametrize("path", THROUGH)
@pytest.mark.parametrize("count", [1, 2, 5])
def test_points_are_passed_and_the_last_is_the_first(path, count):
    at = path(POINTS[:count])
    times = np.arange(count + 1)
    np.testing.assert_allclose(at(times), POINTS[times % count], atol=1e-9)


@pytest.mark.parametrize("path", THROUGH)
def test_a_loop_may_begin_anywhere(path):
    times = np.linspace(0, 5, 41)[:-1]
    turned = path(np.roll(POINTS, -2, axis=0))
    np.testing.assert_allclose(turned(times), path(POINTS)((times + 2) % 5), atol=1e-9)


def test_straight_lines():
    halfway = film.straight(POINTS)([0.25, 4.5])
    expected = [0.75 * POINTS[0] + 0.25 * POINTS[1], (POINTS[4] + POINTS[0]) / 2]
    np.testing.assert_allclose(halfway, expected)


def test_the_spline_has_no_corner_where_the_loop_closes():
    """Velocity and acceleration by differences, from both sides of the first point and of another."""
    at, step = film.spline(POINTS), 1e-3
    for point in (0.0, 3.0):
        left = at((point + step * np.array([-2, -1, 0])) % 5)
        right = at((point + step * np.array([0, 1, 2])) % 5)
        velocity = (left[2] - left[1]) / step, (right[1] - right[0]) / step
        np.testing.assert_allclose(*velocity, atol=0.05)
        assert np.abs(velocity[0]).max() > 0.5
        bend = (left[0] - 2 * left[1] + left[2]) / step**2, np.diff(right, 2, axis=0)[0] / step**2
        np.testing.assert_allclose(*bend, atol=0.1)


def test_slerp_keeps_the_length_and_the_speed():
    unit = POINTS / np.linalg.norm(POINTS, axis=-1, keepdims=True)
    way = film.slerp(unit)(np.linspace(0, 1, 9))
    np.testing.assert_allclose(np.linalg.norm(way, axis=-1), 1)
    angles = np.arccos(np.sum(way[1:] * way[:-1], axis=-1))
    np.testing.assert_allclose(angles, np.broadcast_to(angles[:1], angles.shape))
    np.testing.assert_allclose(angles.sum(axis=0), np.arccos(np.sum(unit[0] * unit[1], axis=-1)))


@pytest.mark.parametrize("factor", [1.0, -1.0])
def test_slerp_where_there_is_no_plane(factor):
    a = POINTS[:1]
    way = film.slerp(np.concatenate([a, factor * a]))([0, 0.5, 1, 1.5])
    assert np.isfinite(way).all()
    np.testing.assert_allclose(way[1], (1 + factor) / 2 * a[0], atol=1e-9)


def test_a_circle():
    a, b = POINTS[0], POINTS[1]
    times = np.arange(12) / 12
    way = film.circle(a, b)(times)
    np.testing.assert_allclose(way[0], a)
    np.testing.assert_allclose(way[6], -a, atol=1e-12)
    lengths = np.linalg.norm(way, axis=-1)
    np.testing.assert_allclose(lengths, np.broadcast_to(lengths[:1], lengths.shape))
    steps = np.linalg.norm(np.roll(way, -1, axis=0) - way, axis=-1)
    np.testing.assert_allclose(steps, np.broadcast_to(steps[:1], steps.shape))
    plane = np.stack([a, b, way[2]])[:, 0]  # three vectors of one plane
    assert np.linalg.matrix_rank(plane) == 2


def test_a_wave_goes_up_and_back():
    at = film.wave(-1, 0.5)
    np.testing.assert_allclose(at([0, 0.5, 1]), [-1, 0.5, -1])
    steps = np.diff(at(np.linspace(0, 0.5, 9)))
    assert (steps > 0).all()
    np.testing.assert_allclose(at([0.1]), at([0.9]))
