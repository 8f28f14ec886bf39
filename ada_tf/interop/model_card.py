"""README.md of what is exported: what model hubs read at its top, and people below.

Everything in it is a fact of the run that trained the generator, or was told by who exports it; what is
not known is said not to be.
"""

import dataclasses
import html
import json
import pathlib
import re

from ada_tf.channels import in_words
from ada_tf.files import listed, printable
from ada_tf.images import save_grid
from ada_tf.interop.card_loading import loading
from ada_tf.interop.export_record import GRID, README
from ada_tf.label_space import LabelSpace
from ada_tf.models.config import Architecture

COLUMNS = 4  # of the grid
# What hubs call licences; whatever else somebody gives is called `other`, and by its name.
LICENCES = frozenset(
    [
        "apache-2.0",
        "mit",
        "bsd-3-clause",
        "cc0-1.0",
        "cc-by-3.0",
        "cc-by-4.0",
        "cc-by-sa-3.0",
        "cc-by-sa-4.0",
        "cc-by-nc-2.0",
        "cc-by-nc-3.0",
        "cc-by-nc-4.0",
        "cc-by-nc-sa-4.0",
        "cc-by-nc-nd-4.0",
        "cc-by-nd-4.0",
        "gpl-3.0",
        "lgpl-3.0",
        "agpl-3.0",
        "mpl-2.0",
        "unlicense",
        "openrail",
        "unknown",
    ]
)
_TAGS = {"keras": "keras", "network": "keras", "savedmodel": "tensorflow", "onnx": "onnx",
         "litert": "tflite"}  # fmt: skip
_SHORT = {
    "cc0": "cc0-1.0",
    "apache-2": "apache-2.0",
    "cc-by": "cc-by-4.0",
    "cc-by-sa": "cc-by-sa-4.0",
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of a generator; "" and None of what is not.

    Attributes:
        name: what it is called.
        architecture: of its networks.
        space: what its labels mean.
        origin: the file or the command that it comes from.
        sha256: of that file.
        licence: under which it may be used.
        data_licence: of the pictures that it learnt from.
        images: how many there were.
        kimg: thousands of images that it was trained with.
        started_from: what it was trained from.
        p: the probability of augmentation where training ended.
        scores: (name, value with its standard error in words, protocol) of each.
        copies: what was found of copies, in words.
        holds: groups of weights, in words.
    """

    name: str
    architecture: Architecture
    space: LabelSpace
    origin: str = ""
    sha256: str = ""
    licence: str = ""
    data_licence: str = ""
    images: int | None = None
    kimg: float | None = None
    started_from: str = ""
    p: float | None = None
    scores: tuple[tuple[str, str, str], ...] = ()
    copies: str = ""
    holds: str = ""


def write(folder: pathlib.Path, facts: Facts, format: str, grid=None) -> None:
    """Write the card into an existing folder.

    Args:
        folder: whose name the files of the format have.
        facts: what is known.
        format: of `export_formats.FORMATS`.
        grid: images [N, H, W, C] to show, as `save_grid` takes them; None shows none.
    """
    text = card(facts, format, folder.name, grid is not None)
    (folder / README).write_text(text, encoding="utf-8")
    if grid is not None:
        save_grid(grid, folder / GRID, COLUMNS)


def card(facts: Facts, format: str, stem: str, grid: bool = False) -> str:
    """The text, for a folder of the name `stem`; see `write`."""
    folder = (
        f"{facts.name}/{stem}" if stem.isdecimal() else stem
    )  # of versions, which are in one of a name
    parts = [
        *_front_matter(facts, format),
        "",
        f"# {_plain(facts.name)}",
        "",
        f"{_sentence(facts)}",
        "",
        *(["![Images of sixteen seeds, truncation 0.7](grid.png)", ""] if grid else []),
        "## How to load it",
        "",
        *loading(format, folder, facts.architecture.network.z_dim, facts.space),
        "",
        "## Where it comes from",
        "",
        *_origin(facts),
        "",
        "## Scores",
        "",
        *_scores(facts),
        "",
        "## What not to use it for",
        "",
        *_limits(facts),
    ]
    return "".join(printable(line) + "\n" for line in parts)


def _front_matter(facts: Facts, format: str) -> list[str]:
    """YAML, of which texts in JSON are a part."""
    tags = ["stylegan2-ada", "gan", "image-generation", _TAGS[format]]
    lines = ["---", "library_name: ada_tf"]
    lines += _licence(facts.licence)
    lines += ["pipeline_tag: unconditional-image-generation", "tags:"]
    lines += [f"- {tag}" for tag in tags]
    return [*lines, "---"]


def _licence(licence: str) -> list[str]:
    if not licence:
        return []  # hubs take that for what it is: nobody said
    short = re.sub(r"[\s_]+", "-", licence.strip().lower())
    short = _SHORT.get(short, short)
    if short in LICENCES:
        return [f"license: {short}"]
    return ["license: other", f"license_name: {json.dumps(licence, ensure_ascii=False)}"]


def _sentence(facts: Facts) -> str:
    of, space = facts.architecture, facts.space
    labels = f", {space.in_words()}" if space.label_dim else ""
    shape = of.shape
    return (
        f"A StyleGAN2 of {shape.width}x{shape.height} {in_words(shape.channels)} images{labels}, for ada_tf:"
        " adaptive discriminator augmentation, for few pictures."
    )


def _origin(facts: Facts) -> list[str]:
    ask = "not said; ask whoever published it"
    names = facts.space.class_names
    about = {
        "Pictures": "not known how many" if facts.images is None else f"{facts.images:,}",
        "Licence of the pictures": facts.data_licence or ask,
        "Licence": facts.licence or ask,
        "Origin": facts.origin,
        "SHA-256 of the origin": facts.sha256,
        "Started from": facts.started_from,
        "Trained": "" if facts.kimg is None else f"{facts.kimg:g} kimg",
        "Augmentation at the end": "" if facts.p is None else f"p = {facts.p:.2f}",
        "Classes": listed(names),
        "Attributes": listed(facts.space.attributes),
        "Holds": facts.holds,
    }
    return [f"- {what}: {_plain(fact)}" for what, fact in about.items() if fact]


def _scores(facts: Facts) -> list[str]:
    lines = ["None are known of this state of the generator."]
    if facts.scores:
        lines = ["| score | value ± standard error | protocol |", "|---|---|---|"]
        lines += [f"| {' | '.join(_plain(cell) for cell in row)} |" for row in facts.scores]
    return [*lines, "", _plain(facts.copies) or "Copies of training pictures were not looked for."]


def _limits(facts: Facts) -> list[str]:
    return [
        "- To show what was photographed, or to deceive: no picture of it is a record of anything.",
        "- As a measure of the world, or as data for decisions on people, health or safety: it knows the"
        " pictures that it learnt from, and shows the frequent ones the more often, the stronger the truncation.",
        "- As a source that is free of others' rights: a generator of few pictures can come close to one of"
        " them. `ada-evaluate` looks for copies; the licence of the pictures still counts.",
    ]


def _plain(text: str) -> str:
    """A text of somebody, without the means to be anything but text in Markdown."""
    return html.escape(text, quote=False).replace("|", "&#124;")
