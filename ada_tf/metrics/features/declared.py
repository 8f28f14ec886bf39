"""Networks of declarations: loaded from .keras, SavedModel or .onnx, with images prepared for them."""

import functools
import importlib
import pathlib

import numpy as np
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.files import cause, open_regular, printable, quoted, reading
from ada_tf.interop.foreign.foreign_model import load_saved_model
from ada_tf.interop.foreign.keras_file import read_keras_file
from ada_tf.metrics.features import resizing
from ada_tf.metrics.features.declaration import Declaration
from ada_tf.metrics.features.networks import FEATURES, PROBABILITIES

_MAX_ONNX = 2**31  # bytes; ONNX itself allows no more in one file


def load(declaration: Declaration):
    """Load the network of a declaration: (model, whether it is TensorFlow's).

    Returns:
        A function ([N, H, W, 3] of 0 to 255, training=) -> {output: [N, D]}, and whether it can be
        compiled.

    Raises:
        UserError: it is refused, cannot be read, or its outputs are others.
    """
    path = pathlib.Path(declaration.file)
    if path.is_dir():
        network = _saved_model(path)
    elif path.suffix.lower() == ".onnx":
        network = _onnx(path)
    else:
        network = read_keras_file(path, "file")
    wanted = {FEATURES: declaration.output, PROBABILITIES: declaration.probabilities}
    wanted = {name: wanted[name] for name in declaration.outputs}

    def model(images, training=False):
        outputs = network(prepared(images, declaration))
        return {name: _pick(outputs, which, path) for name, which in wanted.items()}

    try:
        tried = model(np.zeros([1, declaration.side, declaration.side, 3], np.uint8))
    except UserError:
        raise
    except Exception as error:  # whatever a network says to images of the wrong shape
        raise UserError(
            f"{printable(path)} cannot look at images as declared ({cause(error)})."
        ) from error
    for name, found in tried.items():
        if len(found.shape) != 2 or len(found) != 1:
            raise UserError(
                f"{printable(path)} gives {name} of shape {list(found.shape)} for one image; must be"
                " [1, D], name another output."
            )
    return model, path.suffix.lower() != ".onnx"


def prepared(images, declaration: Declaration):
    """Prepare images as declared: [N, H, W, 3] of 0 to 255 -> float32."""
    x = tf.cast(images, tf.float32)
    if declaration.channels == "grey":
        x = tf.image.rgb_to_grayscale(x)
    if declaration.channels == "bgr":
        x = tf.reverse(x, [3])
    x = _resize(declaration)(x, declaration.side)
    if declaration.range:
        low, high = declaration.range
        x = low + x * ((high - low) / 255)
    else:
        x = (x / 255 - tf.constant(declaration.mean, tf.float32)) / tf.constant(
            declaration.std, tf.float32
        )
    return tf.transpose(x, [0, 3, 1, 2]) if declaration.layout == "NCHW" else x


def _resize(declaration: Declaration):
    ways = {
        "tf1": resizing.tf1_bilinear,
        "area": resizing.area,
        "bilinear": functools.partial(resizing.bilinear, antialias=declaration.antialias),
        "bicubic": functools.partial(resizing.bicubic, antialias=declaration.antialias),
    }
    return ways[declaration.resize]


def _pick(outputs, which, path):
    """Pick an output by name, by number, or because it is the only one."""
    named = dict(outputs) if isinstance(outputs, dict) else {}
    values = list(outputs.values()) if named else outputs
    values = list(values) if isinstance(values, (list, tuple)) else [values]
    if which is None and len(values) == 1:
        return values[0]
    if isinstance(which, str) and which in named:
        return named[which]
    if isinstance(which, int) and 0 <= which < len(values):
        return values[which]
    known = ", ".join(map(printable, named)) or f"0 to {len(values) - 1}"
    raise UserError(f"{printable(path)} has no output={quoted(which)}; it has {known[:200]}.")


def _saved_model(path):
    model = load_saved_model(path, "file")
    with reading(path, "a SavedModel with a signature serving_default"):
        signature = model.signatures["serving_default"]
        (name,) = signature.structured_input_signature[1]

    def run(x):
        return signature(**{name: x})

    run.model = model  # the signature uses its weights, which would be gone with it
    return run


def _onnx(path):
    """Run an .onnx file on the CPU; operators of onnxruntime compute, and do nothing else."""
    try:
        onnxruntime = importlib.import_module("onnxruntime")
    except ImportError as error:
        raise UserError(
            f"{printable(path)} needs onnxruntime; pip install 'ada_tf[features]'."
        ) from error
    with reading(path, "an .onnx file"), open_regular(path, _MAX_ONNX) as file:
        content = file.read()  # given as bytes, it cannot name other files
    try:
        session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors have no common kind
        raise UserError(
            f"{printable(path)} cannot be read as an .onnx file ({cause(error)})."
        ) from error
    if len(session.get_inputs()) != 1:
        raise UserError(
            f"{printable(path)} takes {len(session.get_inputs())} inputs; must take one."
        )
    (given,), names = session.get_inputs(), [output.name for output in session.get_outputs()]

    def run(x):
        return dict(zip(names, session.run(names, {given.name: x.numpy()}), strict=True))

    return run
