"""Outlines: closed curves as points, float [n, 2] of (x, y), y down, about the origin."""

import numpy as np

POINTS = 48  # of a round outline


def ellipse(width: float, height: float | None = None, exponent: float = 2.0) -> np.ndarray:
    """|x / width|^e + |y / height|^e = 1: an ellipse for 2, nearly a rectangle for 4 and more."""
    x, y = _circle()
    power = 2 / exponent
    return np.stack(
        [
            width * np.sign(x) * np.abs(x) ** power,
            (width if height is None else height) * np.sign(y) * np.abs(y) ** power,
        ],
        axis=1,
    )


def body(kind: str) -> np.ndarray:
    """The outline of a body, within [-1, 1]."""
    return _BODIES[kind]()


def cone(width: float, height: float, lean: float = 0.0) -> np.ndarray:
    """A horn that stands on the origin, bent towards `lean`."""
    t = np.linspace(0, 1, POINTS // 4)[:, None]  # [n, 1], from the foot to the tip
    middle = np.concatenate([lean * t**2, -height * t], axis=1)
    half = np.concatenate([width * (1 - t), 0 * t], axis=1)
    return np.concatenate([middle - half, (middle + half)[::-1]])


def tube(points: np.ndarray, width: float) -> np.ndarray:
    """A line of some width, round at its ends; the points must not turn back."""
    along = np.gradient(points, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    side = width * np.stack([-along[:, 1], along[:, 0]], axis=1)
    angles = np.linspace(0, np.pi, POINTS // 4)[1:-1, None]
    last = points[-1] + np.cos(angles) * side[-1] + np.sin(angles) * width * along[-1]
    first = points[0] - np.cos(angles) * side[0] - np.sin(angles) * width * along[0]
    return np.concatenate([points + side, last, (points - side)[::-1], first])


def arc(width: float, height: float) -> np.ndarray:
    """The lower half of an ellipse as a line from left to right; the upper half if height < 0."""
    angles = np.linspace(np.pi, 0, POINTS // 2)
    return np.stack([width * np.cos(angles), height * np.sin(angles)], axis=1)


def moved(points: np.ndarray, x: float, y: float, angle: float = 0.0) -> np.ndarray:
    """Turned clockwise about the origin by radians, then moved."""
    cos, sin = np.cos(angle), np.sin(angle)
    return points @ np.array([[cos, sin], [-sin, cos]]) + (x, y)


def _circle() -> tuple[np.ndarray, np.ndarray]:
    angles = np.linspace(0, 2 * np.pi, POINTS, endpoint=False)
    return np.cos(angles), np.sin(angles)


def _egg() -> np.ndarray:
    x, y = _circle()
    return np.stack([0.88 * x * (1 + 0.16 * y), y], axis=1)


def _pear() -> np.ndarray:
    x, y = _circle()
    return np.stack([x * (0.76 + 0.28 * y + 0.08 * y**2), y], axis=1)


def _ghost() -> np.ndarray:
    """A dome on straight sides, its hem in three waves."""
    dome = 0.86 * arc(1, -1) + (0, -0.14)
    x = np.linspace(0.86, -0.86, POINTS)
    hem = np.stack([x, 0.9 + 0.1 * np.cos(x / 0.86 * 3 * np.pi)], axis=1)
    return np.concatenate([dome, hem])


def _cloud() -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, 2 * POINTS, endpoint=False) + np.pi / 2
    radius = 0.84 + 0.12 * np.abs(np.sin(3.5 * angles))
    return np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1)


_BODIES = {
    "ball": lambda: ellipse(0.95),
    "egg": _egg,
    "pear": _pear,
    "block": lambda: ellipse(0.84, 0.92, exponent=4.5),
    "ghost": _ghost,
    "cloud": _cloud,
}
