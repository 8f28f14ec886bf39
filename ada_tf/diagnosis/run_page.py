"""A diagnosis as one HTML file that asks for nothing else, to be opened and mailed."""

import html

import numpy as np

from ada_tf.diagnosis.diagnosis import Diagnosis
from ada_tf.diagnosis.evidence import Curve, Finding
from ada_tf.diagnosis.run_evidence import SHOWN, Exhibits
from ada_tf.files import command_line, printable
from ada_tf.metrics.summary_page import figure
from ada_tf.settings import differences, leaves_by_path
from ada_tf.training.config import RunConfig
from ada_tf.training.iteration.stats import STATISTIC
from ada_tf.training.presets import preset

_WIDTH, _HEIGHT = 420, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 8, 10, 22  # margins, for the numbers
MOST_POINTS = 400  # points of a line: more than its pixels show nothing


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
    x = _LEFT + kimg / max(float(kimg[-1]), 1e-9) * (_WIDTH - _LEFT - _RIGHT)
    y = lambda v: _HEIGHT - _BOTTOM - (v - low) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)  # noqa: E731
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y(values), strict=True))
    label = html.escape(f"{name}: {values[0]:.3g} to {values[-1]:.3g}")
    dashed = "" if limit is None else _svg_line(y(limit), "limit")
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}">'
        f"{_svg_line(y(low), 'axis')}{dashed}"
        f'<polyline class="curve" points="{points}"/>'
        f"{_svg_text(_LEFT - 4, y(high) + 4, 'end', f'{high:.3g}')}"
        f"{_svg_text(_LEFT - 4, y(low) + 4, 'end', f'{low:.3g}')}"
        f"{_svg_text(_WIDTH - _RIGHT, _HEIGHT - 6, 'end', f'{kimg[-1]:.4g} kimg')}"
        f"{_svg_text(_LEFT, _HEIGHT - 6, 'start', '0')}</svg>"
    )


def _thinned(curve: Curve) -> tuple[np.ndarray, np.ndarray]:
    chosen = np.unique(np.linspace(0, len(curve) - 1, min(len(curve), MOST_POINTS)).astype(int))
    return curve.kimg[chosen], curve.values[chosen]


def _svg_line(y: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"/>'


def _svg_text(x: float, y: float, anchor: str, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(text)}</text>'


def command_of(config: RunConfig) -> str:
    """Write the command that trains the run again, for a shell.

    Args:
        config: of the run, made for one device; of several, batch and gamma stand in it, too.
    """
    usual = preset(config.preset, data=config.data)
    words = {"preset": config.preset, "data": config.data.source}
    if config.data.resolution is not None:
        words["resolution"] = str(config.data.resolution)
    parts = [f"--{name}={value}" for name, value in words.items()]
    settings = leaves_by_path(config)
    for difference in differences(config, usual):
        if difference.path not in settings:  # of the preset's family alone
            continue
        about = settings[difference.path].about
        if about.decided_by is None and about.flag not in words:
            name = f"--{about.flag}" if about.flag else f"--set={difference.path}"
            part = f"{name}={_as_flag(difference.ours)}"
            if part not in parts:  # a flag may be of several settings
                parts.append(part)
    if config.data.mirror:
        parts.append("--mirror")
    return command_line(["ada-train", *parts])


def _as_flag(value) -> str:
    """A value as flags take it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


_MOMENTS = 8  # of the run, at most
# Curves of every page: name in stats.jsonl -> caption.
_CURVES = {
    "Pictures/distance": "distance to the real pictures: falls while it learns",
    "Pictures/coverage": "coverage: real pictures that have a generated one beside them",
    "Pictures/spread": "spread: how far generated pictures are apart, beside real ones",
    STATISTIC: "what moves p: how sure the discriminator is of training pictures (r_t), or r_v",
    "Progress/augment": "p: how often pictures are augmented",
    "Loss/scores/real": "output of the discriminator for real pictures",
    "Loss/scores/fake": "output of the discriminator for generated pictures",
    "Loss/D/loss": "loss of the discriminator",
    "Loss/D/reg": "penalty of the discriminator",
    "Loss/r1_penalty": "squared gradient of its output",
}
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
article {{ border-left: .4rem solid; padding: .1rem 1rem; margin: 1.5rem 0 }}
.alarm {{ border-color: #b3261e }} .warning {{ border-color: #b26a00 }}
.note {{ border-color: #59636e }} .good {{ border-color: #2b7a3d }}
h2 small {{ font-weight: normal; color: #59636e }}
figure {{ margin: 1rem 0 }} img {{ max-width: 100%; image-rendering: pixelated }}
.curves {{ display: flex; flex-wrap: wrap; gap: 1rem }} .curves figure {{ flex: 1 1 22rem; margin: 0 }}
svg {{ width: 100%; height: auto }} article .curves {{ max-width: 30rem }} svg text {{ font: 12px system-ui, sans-serif; fill: #59636e }}
.curve {{ fill: none; stroke: #1f5fa8; stroke-width: 2 }} .axis {{ stroke: #c4cad1 }}
.limit {{ stroke: #b3261e; stroke-dasharray: 5 4 }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; background: #f3f4f6; padding: .7rem }}
</style>
<h1>{title}</h1>
{findings}
<h2>Pictures</h2>
{pictures}
<h2>Curves</h2>
<div class="curves">{curves}</div>
<h2>The command</h2>
<pre>{command}</pre>
{log}
</html>
"""


def run_page(diagnosis: Diagnosis, exhibits: Exhibits) -> str:
    """The HTML of a diagnosis, its pictures and curves inside."""
    found = diagnosis.findings
    text = lambda line: html.escape(printable(line))  # noqa: E731
    return _PAGE.format(
        title=text(diagnosis.headline),
        findings="\n".join(_article(finding, diagnosis) for finding in found)
        or f"<p>{text(diagnosis.nothing)}</p>",
        pictures="\n".join(_pictures(exhibits)) or "<p>No pictures were looked at.</p>",
        curves="\n".join(_curve(name, diagnosis) for name in _CURVES),
        command=text(command_of(diagnosis.evidence.config)),
        log="".join(f"<p>{text(line)}</p>" for line in exhibits.log),
    )


def _article(finding: Finding, diagnosis: Diagnosis) -> str:
    first = next((name for name in finding.curves if name in diagnosis.evidence.curves), None)
    curve = "" if first is None else f'<div class="curves">{_curve(first, diagnosis, finding.limit)}</div>'  # fmt: skip
    return (
        f'<article class="{finding.level.name.lower()}">'
        f"<h2>{html.escape(finding.state)} <small>{finding.level.name.lower()}</small></h2>"
        f"<p>{html.escape(finding.sentence)}</p><p>{html.escape(finding.advice)}</p>{curve}</article>"
    )


def _curve(name: str, diagnosis: Diagnosis, limit: float | None = None) -> str:
    curve = diagnosis.evidence.curves.get(name)
    if curve is None:
        return ""
    caption = html.escape(_CURVES.get(name, name))
    return f"<figure><figcaption>{caption}</figcaption>{svg_of(name, curve, limit)}</figure>"


def _pictures(exhibits: Exhibits):
    """Real pictures, and generated ones of the same latents as time went on."""
    columns, rows = SHOWN
    if exhibits.reals is not None:
        yield figure(exhibits.reals[: columns * rows], columns, "Training pictures")
    grids = exhibits.grids
    chosen = np.unique(np.linspace(0, max(len(grids) - 1, 0), _MOMENTS).round().astype(int))
    for grid in [grids[i] for i in chosen] if grids else []:
        yield figure(grid.images, grid.columns, f"Generated at {grid.kimg:g} kimg")
