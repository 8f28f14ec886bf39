"""Model card: the README.md of an export, for model hubs and people."""

import dataclasses
import html
import json
import pathlib
import re
import shlex

from ada_tf.channels import in_words
from ada_tf.files import listed, printable
from ada_tf.images import save_grid
from ada_tf.interop.export.export_formats import FORMATS
from ada_tf.interop.export.folders import GRID, README
from ada_tf.label_space import LabelSpace
from ada_tf.models.config import Architecture
from ada_tf.models.families import DEFAULT

# Code that loads an export, in each format: Markdown for its README.md.

_FEW = 8  # numbers of a label that are written out


def loading(format: str, folder: str, z_dim: int, space: LabelSpace) -> list[str]:
    """Lines of Markdown.

    Args:
        format: of `export_formats.FORMATS`.
        folder: where it lies; its files have the name of the innermost one.
        z_dim: width of the latents.
        space: what labels mean.
    """
    lines = _FORMATS.get(format, FORMATS[format].loading)
    return lines(printable(folder), z_dim, space) if lines else []


def _keras(folder, z_dim, space):
    """Section on ada_tf itself, which reads the folder and makes the other formats of it."""
    return _weights(folder, space, " --resume_partial")


def _network(folder, z_dim, space):
    return _weights(folder, space, "")


def _weights(folder, space, partial):
    imports = "import ada_tf\n"
    labels = ", labels=0" if space.are_classes else ""
    if space.attributes:
        imports += "import numpy as np\n"
        labels = f", labels=np.float32({_vector(space)})"
    python = f"""\
{imports}
generator, _ = ada_tf.load_generator({folder!r})  # a keras.Model; nothing in the folder is executed
images = ada_tf.generate(generator, seeds=[0, 1], truncation_psi=0.7{labels})"""
    shell = shlex.quote(folder)
    programs = f"""\
ada-generate {shell}{_example(space)} --seeds=0-15 --grid --outdir=out
ada-train --resume={shell}{partial} --data=photos/
ada-export {shell} --format=savedmodel --out=exported  # or onnx, litert, web"""
    return [*_code("python", python), "", *_code("sh", programs)]


def _saved_model(folder, z_dim, space):
    python = f"""\
{_inputs("import tensorflow as tf", z_dim, space)}
model = tf.saved_model.load({folder!r})  # keep it: its functions use its weights
inputs = {{name: tf.constant(value) for name, value in inputs.items()}}
images = model.signatures["images"](**inputs)["images"]"""
    row = {"seeds": 1, "truncation_psi": 0.7} | ({"label": 0} if space.are_classes else {})
    labels = ", with `labels`," if space.attributes else ""
    return [
        *_code("python", python),
        "",
        "TensorFlow Serving takes it as it is, as version 1 in a folder of its name: of the signature"
        f" `generate_png` a row is `{json.dumps(row)}`{labels} and the answer a PNG file in base64.",
    ]


def _onnx(folder, z_dim, space):
    python = f"""\
{_inputs("import onnxruntime", z_dim, space)}
session = onnxruntime.InferenceSession({_file(folder, "onnx")!r})
(images,) = session.run(["images"], inputs)"""
    return _code("python", python)


def _litert(folder, z_dim, space):
    python = f"""\
{_inputs("from ai_edge_litert.interpreter import Interpreter", z_dim, space)}
run = Interpreter({_file(folder, "tflite")!r}).get_signature_runner("images")
images = run(**inputs)["images"]"""
    return _code("python", python)


_FORMATS = {
    "keras": _keras,
    "network": _network,
    "savedmodel": _saved_model,
    "onnx": _onnx,
    "litert": _litert,
}


def _inputs(imports: str, z_dim: int, space: LabelSpace) -> str:
    """Python that makes what all formats take."""
    label = ', "label": np.int32([0])' if space.are_classes else ""
    if space.attributes:
        label = f', "labels": np.float32([{_vector(space)}])'
    return f"""\
import numpy as np
{imports}

z = np.random.RandomState(0).randn(1, {z_dim}).astype("float32")  # seed 0 of ada-generate
inputs = {{"z": z, "truncation_psi": np.float32([0.7]){label}}}"""


def _vector(space: LabelSpace) -> str:
    """Python of a label of the first class and usual attributes."""
    vector = space.vector({0: 1.0} if space.num_classes else {}, {})
    return str(list(vector)) if len(vector) <= _FEW else f"np.zeros({len(vector)})"


def _file(folder: str, suffix: str) -> str:
    """Return the line of code that names a file of the folder."""
    return f"{folder}/{folder.rpartition('/')[2]}.{suffix}"


def _example(space: LabelSpace) -> str:
    """Flags of a label."""
    flags = ""
    if space.num_classes:
        name = printable(space.class_names[0]) if space.class_names else "0"
        flags = f" --class={shlex.quote(name)}"
    if space.attributes:
        flags += f" --label={shlex.quote(f'{printable(space.attributes[0])}:1')}"
    return flags


def _code(language: str, text: str) -> list[str]:
    return [f"```{language}", *text.splitlines(), "```"]


# The card: front matter for model hubs at its top, text for people below.
#
# Everything in it is a fact of the run that trained the generator, or was given by whoever exports it;
# unknown facts are said to be unknown.

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
_SHORT = {
    "cc0": "cc0-1.0",
    "apache-2": "apache-2.0",
    "cc-by": "cc-by-4.0",
    "cc-by-sa": "cc-by-sa-4.0",
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Facts:
    """Facts of a generator for its card; "" and None where unknown.

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
    lines = loading(format, folder, facts.architecture.network.z_dim, facts.space)
    parts = [
        *_front_matter(facts, format),
        "",
        f"# {_plain(facts.name)}",
        "",
        f"{_sentence(facts)}",
        "",
        *(["![Images of sixteen seeds, truncation 0.7](grid.png)", ""] if grid else []),
        *(["## How to load it", "", *lines, ""] if lines else []),
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
    tag = FORMATS[format].tag
    family = facts.architecture.network.generator
    kind = "stylegan2-ada" if family == DEFAULT else family
    tags = [kind, "gan", "image-generation", *([tag] if tag else [])]
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
    shape, family = of.shape, of.network.generator
    what = "A StyleGAN2 of" if family == DEFAULT else f"A generator of the family {family} for"
    return (
        f"{what} {shape.width}x{shape.height} {in_words(shape.channels)} images{labels}, for ada_tf:"
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
