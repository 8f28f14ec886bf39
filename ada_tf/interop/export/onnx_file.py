"""Export of a generator as ONNX files, which ONNX Runtime, browsers and most accelerators run.

    session = onnxruntime.InferenceSession("faces/faces.onnx")
    (images,) = session.run(["images"], {"z": z, "truncation_psi": psi})

A folder of NAME.onnx, NAME.mapping.onnx and NAME.synthesis.onnx: the functions of
`ada_tf.interop.export.functions`, of any batch, in float32 and in operators of ONNX alone. Weights may be
stored in 16 bits; an operator in front of each brings it back to float32.
"""

import logging
import pathlib
from collections.abc import Collection

import numpy as np

from ada_tf.errors import UserError
from ada_tf.interop.export.export_formats import onnx_file, optional_package
from ada_tf.interop.export.functions import NAMES, Function, functions_of
from ada_tf.models.config import architecture_of
from ada_tf.ops import graph

# Order and names of an ONNX graph, from what it computes alone: the same call writes the same bytes.
#
# The converter counts on from what it has converted before, and iterates over sets, whose order
# differs between processes.


def settle(graph, kept: Collection[str]) -> None:
    """Order and name the inside of an onnx.GraphProto; what nothing reads is left out.

    Args:
        graph: changed in place; what it computes stays.
        kept: names of its inputs and outputs, which stay.
    """
    _settle(graph, {name: name for name in ("", *kept)})


def branches(node) -> list:
    """Graphs inside of a node; they read what is around them, too."""
    return [attribute.g for attribute in node.attribute if attribute.HasField("g")]


def _settle(graph, names: dict[str, str]) -> None:
    """`names`, of values, old -> new, grows by those that are met; graphs share no name."""

    def named(old: str) -> str:
        return names.setdefault(old, f"t{len(names)}")

    nodes = _ordered(graph)
    for number, node in enumerate(nodes):
        node.name, node.doc_string = f"node{number}", ""
        node.input[:] = map(named, node.input)
        for branch in branches(node):
            _settle(branch, names)
            branch.name = "branch"
        node.output[:] = map(named, node.output)
    for value in (*graph.input, *graph.output):
        value.name = named(value.name)
        for size in value.type.tensor_type.shape.dim:
            if size.dim_param:
                size.dim_param = "N"  # all that is left open is the batch
    order = {old: place for place, old in enumerate(names)}
    weights = sorted((w for w in graph.initializer if w.name in order), key=lambda w: order[w.name])
    for weight in weights:
        weight.name = names[weight.name]
    _replace(graph.node, nodes)
    _replace(graph.initializer, weights)
    del graph.value_info[:]
    graph.doc_string = ""


def _ordered(graph) -> list:
    """Nodes, each after those whose results it reads, along what the outputs read first."""
    makers = {name: node for node in graph.node for name in node.output}
    order, placed = [], set()
    waiting = [value.name for value in reversed(graph.output)]
    while waiting:
        name = waiting[-1]
        if name in placed or name not in makers:
            waiting.pop()
            continue
        before = [n for n in _read(makers[name]) if n in makers and n not in placed]
        waiting += reversed(before)
        if not before:
            order.append(makers[name])
            placed.update(makers[name].output)
    return order


def _read(node) -> list[str]:
    """Names of what a node and its branches read, and some that only exist inside of these."""
    inside = [
        name
        for branch in branches(node)
        for name in (
            *(name for inner in _ordered(branch) for name in _read(inner)),
            *(value.name for value in branch.output),
        )
    ]
    return [*node.input, *inside]


def _replace(field, messages) -> None:
    """The content of a repeated field by some of its messages, in another order."""
    messages = list(messages)
    del field[:]
    field.extend(messages)


_OPSET = 18  # of 2022: what tf2onnx writes at most
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
    """Return the file of a function; its weights are stored in "float32" or "float16".

    Raises:
        UserError: the packages are missing, or the function needs an operator that ONNX lacks.
    """
    model = convert(function)
    _check_operators(model)
    if weights == "float16":
        _halve(model)
    return model.SerializeToString()


def convert(function: Function):
    """A function as onnx.ModelProto, float32."""
    tf2onnx = optional_package("tf2onnx", "onnx")
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)  # it tells of every step

    def program(*tensors):
        inputs = dict(zip(function.inputs, tensors, strict=True))
        return {function.output: function.call(**inputs)}

    model, _ = tf2onnx.convert.from_function(
        graph(program), input_signature=list(function.inputs.values()), opset=_OPSET
    )
    model.graph.name = function.output
    settle(model.graph, (*function.inputs, function.output))
    return model


def _check_operators(model) -> None:
    """Refuse a model that no runtime could load: tf2onnx leaves what it cannot convert as it is.

    A grouped convolution of Keras, for one, is a function compiled by XLA, which stays a call.
    """
    onnx = optional_package("onnx", "onnx")
    foreign = sorted(
        {
            _full(node)
            for node in _nodes(model.graph)
            if node.domain or not onnx.defs.has(node.op_type, _OPSET)
        }
    )
    if foreign:
        raise UserError(
            f"The network cannot leave as ONNX: it needs {', '.join(foreign)}, which no operator of"
            " ONNX is; use format='savedmodel', or layers without grouped convolutions."
        )


def _halve(model) -> None:
    """Store the weights of an onnx.ModelProto in float16, each with a Cast to float32 behind it."""
    onnx = optional_package("onnx", "onnx")
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
        onnxruntime = optional_package("onnxruntime", "onnx")
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
    onnx = optional_package("onnx", "onnx")
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
