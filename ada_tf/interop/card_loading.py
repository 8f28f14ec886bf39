"""How to load what was exported, in each format: Markdown for its README.md."""

import json
import shlex

from ada_tf.files import printable
from ada_tf.label_space import LabelSpace

_FEW = 8  # numbers of a label that are written out


def loading(format: str, folder: str, z_dim: int, space: LabelSpace) -> list[str]:
    """Lines of Markdown.

    Args:
        format: of `export_formats.FORMATS`.
        folder: where it lies; its files have the name of the innermost one.
        z_dim: width of the latents.
        space: what labels mean.
    """
    return _FORMATS[format](printable(folder), z_dim, space)


def _folder(name, z_dim, space):
    """Of weights that ada_tf reads, and from which it makes the other formats."""
    labels = ", labels=0" if space.are_classes else ""
    if space.attributes:
        labels = f", labels=np.float32({_vector(space)})"
    python = f"""\
{_NUMPY if space.attributes else ""}import ada_tf

generator, _ = ada_tf.load_generator({name!r})  # a keras.Model; nothing in the folder is executed
images = ada_tf.generate(generator, seeds=[0, 1], truncation_psi=0.7{labels})"""
    shell = shlex.quote(name)
    programs = f"""\
ada-generate {shell}{_example(space)} --seeds=0-15 --grid --outdir=out
ada-train --resume={shell} --data=photos/
ada-export {shell} --format=savedmodel --out=exported  # or onnx, litert, web"""
    return [*_code("python", python), "", *_code("sh", programs)]


def _saved_model(name, z_dim, space):
    python = f"""\
import tensorflow as tf

model = tf.saved_model.load({name!r})  # keep it: its functions use its weights
inputs = {{key: tf.constant(value) for key, value in inputs.items()}}
images = model.signatures["images"](**inputs)["images"]"""
    row = {"seeds": 1, "truncation_psi": 0.7}
    if space.are_classes:
        row["label"] = 0
    return [
        *_code("python", f"{_inputs(z_dim, space)}\n{python}"),
        "",
        "TensorFlow Serving takes it as it is, as version 1 in a folder of its name: of the signature"
        f" `generate_png` a row is `{json.dumps(row)}`"
        f"{', with `labels`' if space.attributes else ''}, and the answer a PNG file in base64.",
    ]


def _onnx(name, z_dim, space):
    python = f"""\
import onnxruntime

session = onnxruntime.InferenceSession({_file(name, "onnx")!r})
(images,) = session.run(["images"], inputs)"""
    return _code("python", f"{_inputs(z_dim, space)}\n{python}")


def _litert(name, z_dim, space):
    python = f"""\
from ai_edge_litert.interpreter import Interpreter

run = Interpreter({_file(name, "tflite")!r}).get_signature_runner("images")
images = run(**inputs)["images"]"""
    return _code("python", f"{_inputs(z_dim, space)}\n{python}")


_FORMATS = {
    "keras": _folder,
    "network": _folder,
    "savedmodel": _saved_model,
    "onnx": _onnx,
    "litert": _litert,
}
_NUMPY = "import numpy as np\n"


def _inputs(z_dim: int, space: LabelSpace) -> str:
    """Python that makes what all formats take."""
    label = ', "label": np.int32([0])' if space.are_classes else ""
    if space.attributes:
        label = f', "labels": np.float32([{_vector(space)}])'
    return f"""\
{_NUMPY}
z = np.random.RandomState(0).randn(1, {z_dim}).astype("float32")  # of seed 0 in ada-generate
inputs = {{"z": z, "truncation_psi": np.float32([0.7]){label}}}
"""


def _file(folder: str, suffix: str) -> str:
    """Of a folder."""
    return f"{folder}/{folder.rpartition('/')[2]}.{suffix}"


def _vector(space: LabelSpace) -> str:
    """Python of a label of the first class and usual attributes."""
    vector = space.vector({0: 1.0} if space.num_classes else {}, {})
    return str(list(vector)) if len(vector) <= _FEW else f"np.zeros({len(vector)})"


def _example(space: LabelSpace) -> str:
    """Flags of a label."""
    flags = ""
    if space.num_classes:
        flags = (
            f" --class={shlex.quote(printable(space.class_names[0]) if space.class_names else '0')}"
        )
    if space.attributes:
        flags += f" --label={shlex.quote(f'{printable(space.attributes[0])}:1')}"
    return flags


def _code(language: str, text: str) -> list[str]:
    return [f"```{language}", *text.splitlines(), "```"]
