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


def _keras(folder, z_dim, space):
    """Of a generator alone, which ada_tf reads, and from which it makes the other formats."""
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
    """Of a folder."""
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
