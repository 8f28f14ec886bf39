"""A summary as one HTML file that needs nothing else, to be opened and mailed."""

import base64
import html
import io

from PIL import Image

from ada_tf.images import png_text, tile
from ada_tf.marking import COMPOSITE, Mark
from ada_tf.metrics.copies.copies import describe_copies
from ada_tf.metrics.measures.estimate import Estimate, in_words
from ada_tf.metrics.summary import Sheet, Summary

_SMALLEST = 64  # pixels of the side that images are shown in, by whole multiples

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
table {{ border-collapse: collapse }}
td, th {{ padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top }}
td.number {{ text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }}
figure {{ margin: 1.5rem 0 }}
img {{ max-width: 100%; image-rendering: pixelated }}
pre {{ white-space: pre-wrap }}
.verdict li:first-child {{ font-weight: 600 }}
</style>
<h1>{title}</h1>
<ul class="verdict">
{verdict}
</ul>
<h2>Scores</h2>
<p>{why}</p>
<table>
<tr><th>metric</th><th>value ± standard error</th><th>what was compared</th></tr>
{scores}
</table>
<h2>Copies</h2>
<pre>{copies}</pre>
{sheets}
</html>
"""


def page(summary: Summary) -> str:
    """The HTML of a summary, its images inside."""
    text = html.escape
    rows = [
        _row(name, in_words(Estimate(value, score.errors.get(name))), "" if i else score.protocol)
        for score in summary.scores
        for i, (name, value) in enumerate(score.results.items())
    ]
    rows += [
        _row(name, in_words(gap), "held-out minus training") for name, gap in summary.gaps.items()
    ]
    return _PAGE.format(
        title=text(f"What {summary.subject} makes"),
        verdict="\n".join(f"<li>{text(sentence)}</li>" for sentence in summary.sentences),
        why=text(summary.why),
        scores="\n".join(rows),
        copies=text(describe_copies(summary.copies)),
        sheets="\n".join(map(_of_sheet, summary.sheets)),
    )


def _row(name: str, value: str, protocol: str) -> str:
    cells = [html.escape(cell) for cell in (name, value, protocol)]
    return f'<tr><td>{cells[0]}</td><td class="number">{cells[1]}</td><td>{cells[2]}</td></tr>'


def figure(images, columns: int, title: str) -> str:
    """Images in rows, as PNG inside of a page.

    Args:
        images: uint8 [N, H, W, 1 or 3]; small ones are shown larger.
        columns: images in a row.
        title: shown above.
    """
    height, width, channels = (tiled := tile(images, columns)).shape
    image = Image.fromarray(tiled[..., 0] if channels == 1 else tiled)
    factor = max(1, -(-_SMALLEST // images.shape[2]))
    image = image.resize([width * factor, height * factor], Image.Resampling.NEAREST)
    data = io.BytesIO()
    image.save(data, "png", optimize=True, pnginfo=png_text(Mark(source=COMPOSITE)))
    encoded = base64.b64encode(data.getvalue()).decode()
    caption = html.escape(title)
    return (
        f"<figure><figcaption>{caption}</figcaption>"
        f'<img alt="{caption}" src="data:image/png;base64,{encoded}"></figure>'
    )


def _of_sheet(sheet: Sheet) -> str:
    return figure(sheet.images, sheet.columns, sheet.title)
