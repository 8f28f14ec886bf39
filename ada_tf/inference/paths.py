"""Closed paths through points: where a film is at a time.

Of K points, time t goes from 0, which is the first, to K, which is the first again. A path is a
function of times, float [n] -> float64 [n, ...], and what it returns has the shape of the points.
"""

import numpy as np
from scipy.interpolate import CubicSpline

_PARALLEL = 1e-6  # sine below which two directions span no plane


def straight(points):
    """Along straight lines, (1 - s) a + s b.

    Args:
        points: [K, ...].
    """
    points = np.asarray(points, np.float64)

    def at(t):
        before, share = _leg(t, points)
        a, b = points[before], points[(before + 1) % len(points)]
        return a + share * (b - a)

    return at


def spline(points):
    """Along the periodic cubic spline, which goes through the points without a corner or a jolt.

    Position, velocity and acceleration are continuous everywhere, at the end of the loop, too.

    Args:
        points: [K, ...].
    """
    points = np.asarray(points, np.float64)
    closed = np.concatenate([points, points[:1]])
    return CubicSpline(np.arange(len(closed)), closed, bc_type="periodic")


def slerp(points):
    """Along great circles at constant speed, a sin((1 - s) u) / sin u + b sin(s u) / sin u.

    u is the angle between a and b (Shoemake, Animating Rotation with Quaternion Curves, 1985, 3.3).
    Latents of N(0, I) lie near a sphere; halfway along a straight line they would be too short.

    Args:
        points: [K, ..., D], of which the last axis are vectors.
    """
    points = np.asarray(points, np.float64)
    line = straight(points)

    def at(t):
        before, share = _leg(t, points)
        a, b = points[before], points[(before + 1) % len(points)]
        cosine = _dot(a, b) / np.sqrt(_dot(a, a) * _dot(b, b))
        angle = np.arccos(np.clip(cosine, -1, 1))
        sine = np.sin(angle)
        spans = sine > _PARALLEL
        arc = a * np.sin((1 - share) * angle) + b * np.sin(share * angle)
        return np.where(spans, arc / np.where(spans, sine, 1), line(t))

    return at


def circle(point, other):
    """Once round the origin while t goes from 0 to 1, a cos v + b sin v with v = 2 pi t.

    b is what is at right angles to a of the other vector, made as long as a: all points of the circle
    are as likely under N(0, I).

    Args:
        point: a, where it begins, [..., D], D at least 2.
        other: [..., D], which with it spans the plane.
    """
    a, b = np.asarray(point, np.float64), np.asarray(other, np.float64)
    b = b - a * (_dot(a, b) / _dot(a, a))
    b = b * np.sqrt(_dot(a, a) / _dot(b, b))

    def at(t):
        angle = 2 * np.pi * np.reshape(t, [-1, *[1] * a.ndim])
        return a * np.cos(angle) + b * np.sin(angle)

    return at


def wave(low: float, high: float):
    """From `low` to `high` and back while t goes from 0 to 1, without a jolt: [n] -> [n]."""
    return lambda t: (low + high) / 2 - (high - low) / 2 * np.cos(2 * np.pi * np.asarray(t))


def _leg(t, points):
    """Number of the point before each time, and the share of the way to the next: [n], [n, 1, ...]."""
    t = np.asarray(t, np.float64)
    before = np.floor(t)
    share = np.reshape(t - before, [-1, *[1] * (points.ndim - 1)])
    return before.astype(int) % len(points), share


def _dot(a, b):
    return np.sum(a * b, axis=-1, keepdims=True)
