"""SavedModels of strangers: looked through before TensorFlow loads them.

A SavedModel is a program. It is loaded only if every function in it consists of `graph_ops.PURE`,
nothing runs while it is loaded, and its tensors are no larger than its files. It can then only compute,
for as long and in as much memory as it likes.

Its functions for saving and restoring need operations that write and read any file. They may lie in
it, because only its outer graph calls them, and of a SavedModel of TensorFlow 2 that never runs.

`tensorflow.core` are the compiled .proto files, which define this file format; no other part of
TensorFlow's public interface reads it without loading it.
"""

import math
import os
import pathlib
import stat
from collections.abc import Iterator

import tensorflow as tf
from tensorflow.core.framework.graph_debug_info_pb2 import GraphDebugInfo
from tensorflow.core.protobuf.fingerprint_pb2 import FingerprintDef
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

from ada_tf import wire
from ada_tf.errors import UserError
from ada_tf.files import cause, check_tensorflow_path, open_regular, printable, reading
from ada_tf.interop.graph_ops import GRAPH, PURE, SAVER
from ada_tf.tf_checkpoint import check_objects_of, open_checkpoint

# Other files that TensorFlow parses of a SavedModel, if they are there.
_BESIDE = {"debug/saved_model_debug_info.pb": GraphDebugInfo, "fingerprint.pb": FingerprintDef}
# Ours have half a megabyte and 2,000 nodes at 16 pixels, 700 more for each doubling.
_MAX_BYTES, _MAX_NODES, _MAX_CONSTANTS = 2**26, 2**16, 2**28
_MAX_FILES = 1000
# Other forms of the graph, of which some versions of TensorFlow would load one instead.
_OTHER_GRAPHS = ("saved_model.pbtxt", "saved_model.cpb")
# Kinds of objects that come to be without running anything, and what these may be.
_KINDS = (
    "user_object", "function", "bare_concrete_function", "variable", "constant", "captured_tensor",
)  # fmt: skip
_REGISTERED = ("", "tf.TrackableConstant")
_CLASSES = ("_generic_user_object", "signature_map", "trackable_", "_tf_keras_")  # beginnings


class _Refused(Exception):
    """The SavedModel asks for something that no generator needs; the message says what."""


def load_saved_model(path, name: str = "network"):
    """Load a SavedModel, unless it could do more than compute.

    Args:
        path: of the folder.
        name: of the argument, for messages.

    Raises:
        UserError: naming the first thing that is refused, or why it cannot be read.
    """
    check_tensorflow_path(name, path)
    path = pathlib.Path(path)
    with reading(path, "a SavedModel"):
        try:
            _check_folder(path)
            _check_meta_graph(read_meta_graph(path / GRAPH))
            for file, kind in _BESIDE.items():
                if (path / file).exists():
                    _read_message(path / file, kind)
        except _Refused as refused:
            raise UserError(
                f"{name}={printable(path)!r} asks for {printable(str(refused))}, which no generator"
                " needs; it was not loaded."
            ) from refused
        check_objects_of(open_checkpoint(str(path / "variables" / "variables")))
    try:
        return tf.saved_model.load(str(path))
    except Exception as error:  # of a damaged file; nobody says which there are
        raise UserError(
            f"{name}={printable(path)!r} cannot be loaded as a SavedModel ({cause(error)})."
        ) from error


def _check_folder(path: pathlib.Path) -> None:
    """Refuse what is no file, which a reader would wait for, and other graphs than the one looked at.

    Raises:
        Refused: naming it.
        OSError: a file cannot be read, or is too large.
    """
    open_regular(path / GRAPH, _MAX_BYTES).close()
    count = 0
    for folder, folders, names in os.walk(path, followlinks=True):
        count += len(folders) + len(names)
        if count > _MAX_FILES:
            raise _Refused(f"more than {_MAX_FILES} files")
        for name in names:
            if not stat.S_ISREG(os.stat(os.path.join(folder, name)).st_mode):
                raise _Refused(f"{name}, which is no file")
            if name in _OTHER_GRAPHS:
                raise _Refused(f"{name}, another form of the graph")


def _read_message(path, kind):
    """The protocol buffer of a file.

    Raises:
        OSError, ValueError, IndexError: it cannot be read, or is larger than any should be.
    """
    with open_regular(path, _MAX_BYTES) as file:
        return wire.parse(kind(), file.read())


def read_meta_graph(path):
    """The one graph of a SavedModel of TensorFlow 2.

    Raises:
        Refused: it was written by TensorFlow 1, whose graphs run while they are loaded.
        OSError, ValueError: it cannot be read.
    """
    model = _read_message(path, SavedModel)
    if not model.meta_graphs:
        raise ValueError("it holds no graph")
    if len(model.meta_graphs) > 1 or not model.meta_graphs[0].HasField("object_graph_def"):
        raise _Refused("the rules of TensorFlow 1, by which graphs run while they are loaded")
    return model.meta_graphs[0]


def _check_meta_graph(meta_graph) -> None:
    """Refuse whatever could do more than compute.

    Raises:
        Refused: naming the first such thing.
    """
    graph, library = meta_graph.graph_def, meta_graph.graph_def.library
    count = len(graph.node) + sum(len(function.node_def) for function in library.function)
    if count + len(meta_graph.object_graph_def.nodes) > _MAX_NODES:
        raise _Refused(f"more than {_MAX_NODES} nodes")
    if meta_graph.asset_file_def:
        raise _Refused(f"the file {meta_graph.asset_file_def[0].filename[:60]}")
    _check_operations(graph)
    _check_objects(meta_graph.object_graph_def)
    _check_calls(meta_graph)
    _check_constants(meta_graph)


def _check_operations(graph) -> None:
    """Refuse operations that are not listed."""
    for nodes in (graph.node, *(function.node_def for function in graph.library.function)):
        for node in nodes:
            if node.op not in PURE and node.op not in SAVER:
                raise _Refused(f"the operation {node.op[:60]}")


def _check_objects(objects) -> None:
    """Refuse objects that run something as they are made, are files, or import a package."""
    for node in objects.nodes:
        kind = node.WhichOneof("kind")
        if kind not in _KINDS or node.registered_name not in _REGISTERED:
            raise _Refused(f"an object of the kind {node.registered_name[:60] or kind}")
        if kind == "user_object" and not node.user_object.identifier.startswith(_CLASSES):
            raise _Refused(f"an object of the class {node.user_object.identifier[:60]}")
        if node.saveable_objects or node.registered_saver:
            raise _Refused("an object that restores itself")


def _check_calls(meta_graph) -> None:
    """Refuse calls of functions that save and restore, and of functions that are not there."""
    library, objects = meta_graph.graph_def.library, meta_graph.object_graph_def
    savers = {}  # name -> one of its operations
    for function in library.function:
        if function.signature.name in PURE or function.signature.name in SAVER:
            raise _Refused(f"a function by the name of the operation {function.signature.name}")
        for node in function.node_def:
            if node.op in SAVER:
                savers.setdefault(function.signature.name, node.op)
        # TensorFlow may replace a function by another that claims to do the same.
        if function.signature.name in savers and "api_implements" in function.attr:
            raise _Refused("a saver that stands in for something else")
    called = set(objects.concrete_functions)
    for function in library.function:
        for node in function.node_def:
            called.update(_calls(node.attr))
    called.update(gradient.gradient_func for gradient in library.gradient)
    called.update(gradient.gradient_func for gradient in library.registered_gradients)
    for node in objects.nodes:
        called.update(node.function.concrete_functions)
        if node.HasField("bare_concrete_function"):
            called.add(node.bare_concrete_function.concrete_function_name)
        if node.HasField("captured_tensor"):
            called.add(node.captured_tensor.concrete_function)
    for name in sorted(called):
        if name in savers:
            raise _Refused(f"the operation {savers[name]}")
    missing = called - {function.signature.name for function in library.function}
    if missing:
        raise _Refused(f"the function {min(missing)[:60]}, which it does not hold")


def _calls(attributes) -> Iterator[str]:
    """Names of the functions among the attributes of a node."""
    for value in attributes.values():
        kind = value.WhichOneof("value")
        functions = [value.func] if kind == "func" else value.list.func if kind == "list" else ()
        for function in functions:
            yield function.name
            yield from _calls(function.attr)


def _check_constants(meta_graph) -> None:
    """Refuse constants that claim to be larger than they can be, and handles for constants."""
    total = 0
    for tensor in _tensors(meta_graph):
        dtype = tf.as_dtype(tensor.dtype)
        sides = [side.size for side in tensor.tensor_shape.dim]
        if (
            dtype in (tf.resource, tf.variant)
            or tensor.tensor_shape.unknown_rank
            or min(sides, default=0) < 0
        ):
            raise _Refused(f"a constant of type {dtype.name} and shape {sides[:9]}")
        total += math.prod(sides) * dtype.size
        if total > _MAX_CONSTANTS:
            raise _Refused(f"constants of more than {_MAX_CONSTANTS} bytes")


def _tensors(message) -> Iterator:
    """All constants inside of a message, wherever they are."""
    for field, value in message.ListFields():
        kind = field.message_type
        if kind is None:
            continue
        if kind.GetOptions().map_entry:
            values = value.values() if kind.fields_by_name["value"].message_type else ()
        else:
            values = value if field.is_repeated else (value,)
        for part in values:
            if part.DESCRIPTOR.full_name == "tensorflow.TensorProto":
                yield part
            else:
                yield from _tensors(part)
