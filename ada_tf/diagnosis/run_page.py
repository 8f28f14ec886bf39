"""A diagnosis as one HTML file that asks for nothing else, to be opened and mailed."""

import html

import numpy as np

from ada_tf.diagnosis.diagnosis import Diagnosis
from ada_tf.diagnosis.finding import Finding
from ada_tf.diagnosis.run_command import command_of
from ada_tf.diagnosis.run_evidence import SHOWN, Exhibits
from ada_tf.diagnosis.svg_curve import svg_of
from ada_tf.metrics.summary_page import figure

MOMENTS = 8  # of the run, at most
# Curves of every run, whatever was found: name in stats.jsonl -> what it is, for people.
CURVES = {
    "Pictures/distance": "distance to the real pictures: falls while it learns",
    "Pictures/coverage": "coverage: real pictures that have a generated one beside them",
    "Pictures/spread": "spread: how far generated pictures are apart, beside real ones",
    "Loss/signs/real": "r_t: how sure the discriminator is of training pictures",
    "Progress/augment": "p: how often pictures are augmented",
    "Loss/scores/real": "output of the discriminator for real pictures",
    "Loss/scores/fake": "output of the discriminator for generated pictures",
    "Loss/D/loss": "loss of the discriminator",
    "Loss/D/reg": "what its penalty adds",
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
    text = html.escape
    return _PAGE.format(
        title=text(diagnosis.headline),
        findings="\n".join(_article(finding, diagnosis) for finding in found)
        or f"<p>{text(diagnosis.nothing)}</p>",
        pictures="\n".join(_pictures(exhibits)) or "<p>No pictures were looked at.</p>",
        curves="\n".join(_curve(name, diagnosis) for name in CURVES),
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
    caption = html.escape(CURVES.get(name, name))
    return f"<figure><figcaption>{caption}</figcaption>{svg_of(name, curve, limit)}</figure>"


def _pictures(exhibits: Exhibits):
    """Real pictures, and generated ones of the same latents as time went on."""
    columns, rows = SHOWN
    if exhibits.reals is not None:
        yield figure(exhibits.reals[: columns * rows], columns, "Training pictures")
    grids = exhibits.grids
    chosen = np.unique(np.linspace(0, max(len(grids) - 1, 0), MOMENTS).round().astype(int))
    for grid in [grids[i] for i in chosen] if grids else []:
        yield figure(grid.images, grid.columns, f"Generated at {grid.kimg:g} kimg")
