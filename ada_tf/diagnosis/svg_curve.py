"""A curve as SVG, drawn by hand: a line, its ends in numbers, a limit."""

import html

import numpy as np

from ada_tf.diagnosis.evidence import Curve

WIDTH, HEIGHT = 420, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 8, 10, 22  # margins, for the numbers
MOST = 400  # points of a line: more than its pixels show nothing


def svg_of(name: str, curve: Curve, limit: float | None = None) -> str:
    """An SVG element.

    Args:
        name: of the curve, for those who cannot see it.
        curve: to be drawn.
        limit: drawn as a dashed line, if it is not far off; None for none.
    """
    kimg, values = _thinned(curve)
    low, high = float(values.min()), float(values.max())
    if limit is not None and abs(limit - np.clip(limit, low, high)) <= 2 * max(high - low, 1e-9):
        low, high = min(low, limit), max(high, limit)
    else:
        limit = None
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    x = _LEFT + kimg / max(float(kimg[-1]), 1e-9) * (WIDTH - _LEFT - _RIGHT)
    y = lambda v: HEIGHT - _BOTTOM - (v - low) / (high - low) * (HEIGHT - _TOP - _BOTTOM)  # noqa: E731
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y(values), strict=True))
    label = html.escape(f"{name}: {values[0]:.3g} to {values[-1]:.3g}")
    dashed = "" if limit is None else _line(y(limit), "limit")
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">'
        f"{_line(y(low), 'axis')}{dashed}"
        f'<polyline class="curve" points="{points}"/>'
        f"{_text(_LEFT - 4, y(high) + 4, 'end', f'{high:.3g}')}"
        f"{_text(_LEFT - 4, y(low) + 4, 'end', f'{low:.3g}')}"
        f"{_text(WIDTH - _RIGHT, HEIGHT - 6, 'end', f'{kimg[-1]:.4g} kimg')}"
        f"{_text(_LEFT, HEIGHT - 6, 'start', '0')}</svg>"
    )


def _thinned(curve: Curve) -> tuple[np.ndarray, np.ndarray]:
    chosen = np.unique(np.linspace(0, len(curve) - 1, min(len(curve), MOST)).astype(int))
    return curve.kimg[chosen], curve.values[chosen]


def _line(y: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{_LEFT}" y1="{y:.1f}" x2="{WIDTH - _RIGHT}" y2="{y:.1f}"/>'


def _text(x: float, y: float, anchor: str, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(text)}</text>'
