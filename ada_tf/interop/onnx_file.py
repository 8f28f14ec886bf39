"""A generator as ONNX files, which ONNX Runtime, browsers and most accelerators run.

    session = onnxruntime.InferenceSession("faces/faces.onnx")
    (images,) = session.run(["images"], {"z": z, "truncation_psi": psi})

A folder of NAME.onnx, NAME.mapping.onnx and NAME.synthesis.onnx: the functions of
`ada_tf.interop.functions`, of any batch, in float32 and in operators of ONNX alone. Weights may be
stored in 16 bits; an operator in front of each brings it back to float32.
"""

import logging
import pathlib

import numpy as np

from ada_tf.interop.export_folders import onnx_file
from ada_tf.interop.functions import NAMES, Function, functions_of
from ada_tf.interop.onnx_names import branches, settle
from ada_tf.interop.optional import package
from ada_tf.models.config import architecture_of
from ada_tf.ops import graph

OPSET = 18  # of 2022: what tf2onnx writes at most
_LARGE = 256  # numbers of what counts as a weight; the rest is sizes, gains and biases


def write(
    generator,
    config,
    path,
    *,
    weights: str = "float32",
    batch: int | None = None,
    truncation: str = "class",
    functions=NAMES,
) -> list[pathlib.Path]:
    """Write functions of a generator into a folder.

    Args:
        generator: a LatentGenerator; whatever it was trained in, this is float32.
        config: RunConfig or Architecture, as `load_generator` gives it.
        path: an existing folder, whose name the files take; what is there is replaced.
        weights: "float32" or "float16", of what is stored.
        batch: the only one that the files take, or None for any.
        truncation: see `functions_of`.
        functions: which of `functions.NAMES`.

    Returns:
        Paths of the files, in the order of `functions`.

    Raises:
        UserError: the packages are missing.
    """
    path = pathlib.Path(path)
    attributes = architecture_of(config).num_attributes > 0
    known = functions_of(generator.in_float32(), truncation, attributes, batch)
    written = []
    for name in functions:
        written.append(onnx_file(path, name))
        written[-1].write_bytes(content_of(known[name], weights))
    return written


def content_of(function: Function, weights: str = "float32") -> bytes:
    """The file of a function; `weights`, "float32" or "float16", are what is stored."""
    model = convert(function)
    if weights == "float16":
        halve(model)
    return model.SerializeToString()


def convert(function: Function):
    """A function as onnx.ModelProto, float32."""
    tf2onnx = package("tf2onnx", "onnx")
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)  # it tells of every step

    def program(*tensors):
        inputs = dict(zip(function.inputs, tensors, strict=True))
        return {function.output: function.call(**inputs)}

    model, _ = tf2onnx.convert.from_function(
        graph(program), input_signature=list(function.inputs.values()), opset=OPSET
    )
    model.graph.name = function.output
    settle(model.graph, (*function.inputs, function.output))
    return model


def halve(model) -> None:
    """Store the weights of an onnx.ModelProto in float16, each with a Cast to float32 behind it."""
    onnx = package("onnx", "onnx")
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT or np.prod(tensor.dims) < _LARGE:
            continue
        name, half = tensor.name, f"{tensor.name}/float16"
        array = onnx.numpy_helper.to_array(tensor)
        with np.errstate(over="ignore"):  # which is seen when the file is compared
            tensor.CopyFrom(onnx.numpy_helper.from_array(array.astype(np.float16), half))
        casts.append(onnx.helper.make_node("Cast", [half], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


class Runner:
    """The files of a folder in ONNX Runtime."""

    def __init__(self, folder, threads: int = 0):
        """Args: folder, of `write`; threads, of which 0 is one for each core."""
        onnxruntime = package("onnxruntime", "onnx")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # Threads that wait by counting take the cores from whoever else works there.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._sessions = {}
        for name in NAMES:
            path = str(onnx_file(pathlib.Path(folder), name))
            self._sessions[name] = onnxruntime.InferenceSession(
                path, options, providers=["CPUExecutionProvider"]
            )

    def __call__(self, function: str, **inputs) -> np.ndarray:
        """The result of a function for arrays by name."""
        session = self._sessions[function]
        taken = {i.name for i in session.get_inputs()}  # without w_avg there is nothing to truncate
        (result,) = session.run(None, {k: v for k, v in inputs.items() if k in taken})
        return result


def operators(folder) -> list[str]:
    """Names of the operators that are used; one that is not ONNX's own has its domain before it."""
    onnx = package("onnx", "onnx")
    models = [onnx.load(str(onnx_file(pathlib.Path(folder), name))) for name in NAMES]
    return sorted({_full(node) for model in models for node in _nodes(model.graph)})


def _full(node) -> str:
    return f"{node.domain}.{node.op_type}" if node.domain else node.op_type


def _nodes(of):
    """Nodes of a graph and of the branches inside of it."""
    for node in of.node:
        yield node
        for branch in branches(node):
            yield from _nodes(branch)
