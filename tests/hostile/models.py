"""Hostile SavedModels that are damaged or claim too much; those that would run something are in
tests/interop/test_foreign_model.py.
"""

import functools
import os
import pathlib
import shutil
import tempfile

import tensorflow as tf

from tests.hostile.checkpoints import content, cut, device, flip, pipe, remove
from tests.interop import foreign


@functools.cache
def honest():
    """The files of an honest SavedModel: name -> bytes."""
    folder = pathlib.Path(tempfile.mkdtemp())
    try:
        path = foreign.save_function(folder / "model", lambda images: None)
        return {f.relative_to(path): f.read_bytes() for f in path.rglob("*") if f.is_file()}
    finally:
        shutil.rmtree(folder)


def copy(folder):
    for name, data in honest().items():
        (folder / "model" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "model" / name).write_bytes(data)
    return folder / "model"


def file_of(name, change):
    """A builder that changes one file of an honest SavedModel."""

    def build(folder):
        path = copy(folder)
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        change(path / name)
        return path

    return build


def serving(function, specs):
    """A builder of a SavedModel with another signature."""

    def build(folder):
        module = tf.Module()
        module.weight = tf.Variable([1.0])
        served = tf.function(function, input_signature=specs, autograph=False)
        tf.saved_model.save(module, str(folder / "model"), signatures=served)
        return folder / "model"

    return build


def z(*shape, dtype=tf.float32):
    return [tf.TensorSpec(shape, dtype, name="z")]


def images(function):
    """A builder of a SavedModel that makes this of z [N, 4]."""
    return serving(lambda z: {"images": function(z)}, z(None, 4))


def refusing(z):
    with tf.control_dependencies([tf.debugging.Assert(False, ["never"])]):
        return {"images": tf.zeros([tf.shape(z)[0], 2, 2, 3])}


def without_signature(folder):
    module = tf.Module()
    module.weight = tf.Variable([1.0])
    tf.saved_model.save(module, str(folder / "model"))
    return folder / "model"


def claiming(folder):
    """The index of its variables says that one is of 4 TB."""
    path = copy(folder)
    tf.raw_ops.SaveV2(
        prefix=str(path / "variables" / "variables"), tensor_names=["x"],
        shape_and_slices=[f"{2**40} 0,4"], tensors=[tf.zeros([4])],
    )  # fmt: skip
    return path


def described(text):
    """A builder of a SavedModel whose variables say this of the objects that they belong to."""

    def build(folder):
        path = copy(folder)
        prefix = str(path / "variables" / "variables")
        reader = tf.train.load_checkpoint(prefix)
        saved = {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}
        saved["_CHECKPOINTABLE_OBJECT_GRAPH"] = tf.constant(text)
        tf.raw_ops.SaveV2(
            prefix=prefix, tensor_names=list(saved), shape_and_slices=[""] * len(saved),
            tensors=list(saved.values()),
        )  # fmt: skip
        return path

    return build


def no_object_graph(meta_graph):
    meta_graph.object_graph_def.nodes[0].children[0].node_id = 10**6


def cycle(meta_graph):
    function = next(f for f in meta_graph.graph_def.library.function)
    node = function.node_def.add(name="x", op="PartitionedCall")
    node.attr["f"].func.name = function.signature.name


def edited(change):
    return lambda folder: foreign.edit(copy(folder), change)


def sparse(path):
    os.truncate(path, 2**27)


VARIABLES = "variables/variables.data-00000-of-00001"
INDEX = "variables/variables.index"

MODELS = {
    "graph is empty": file_of("saved_model.pb", content(b"")),
    "graph is a text": file_of("saved_model.pb", content(b"no graph")),
    "graph is cut": file_of("saved_model.pb", cut(0.5)),
    "graph is a pipe": file_of("saved_model.pb", pipe),
    "graph is a device": file_of("saved_model.pb", device),
    "graph is missing": file_of("saved_model.pb", remove),
    "graph of 128 MB": file_of("saved_model.pb", sparse),
    "graph of 16 MB of empty messages": file_of(
        "saved_model.pb", content(b"\x12\x08\x12\x06\x0a\x04\x2a\x02\x12\x00" * 2**20)
    ),
    "debug information of 16 MB of empty messages": file_of(
        "debug/saved_model_debug_info.pb", content(b"\x12\x02\x12\x00" * 2**22)
    ),
    "fingerprint is damaged": file_of("fingerprint.pb", content(b"\xff\xff")),
    "objects of 8 MB of empty messages": described(b"\x0a\x02\x0a\x00" * 2**21),
    "objects of no message": described(b"\xff"),
    "object that is not there": edited(no_object_graph),
    "function that calls itself": edited(cycle),
    "variables are cut": file_of(VARIABLES, cut(0.5)),
    "variables are missing": file_of(VARIABLES, remove),
    "variables are a pipe": file_of(VARIABLES, pipe),
    "variables have a flipped bit": file_of(VARIABLES, flip),
    "index is cut": file_of(INDEX, cut(0.5)),
    "index is empty": file_of(INDEX, content(b"")),
    "index is a pipe": file_of(INDEX, pipe),
    "index is missing": file_of(INDEX, remove),
    "variable of 4 TB": claiming,
    "debug information is damaged": file_of(
        "debug/saved_model_debug_info.pb", content(b"\xff\xff\xff")
    ),
    "no signature": without_signature,
    "no z": serving(
        lambda a, b: {"images": a + b},
        [tf.TensorSpec([None, 4], tf.float32, name=n) for n in "ab"],
    ),
    "z of whole numbers": serving(
        lambda z: {"images": tf.cast(z, tf.float32)}, z(None, 4, dtype=tf.int32)
    ),
    "z of one side": serving(lambda z: {"images": z}, z(None)),
    "z of unknown width": serving(lambda z: {"images": z}, z(None, None)),
    "z of 2^40": serving(lambda z: {"images": z[:, :4]}, z(None, 2**40)),
    "images of two sides": images(lambda z: z),
    "images of texts": images(lambda z: tf.zeros([tf.shape(z)[0], 2, 2, 3], tf.int32)),
    "images of NaN": images(lambda z: tf.zeros([tf.shape(z)[0], 2, 2, 3]) * float("nan")),
    "images in [0, 1]": images(lambda z: tf.ones([tf.shape(z)[0], 2, 2, 3]) / 2),
    "fewer images": images(lambda z: tf.zeros([1, 2, 2, 3])),
    "images of seven channels": images(lambda z: tf.zeros([tf.shape(z)[0], 2, 2, 7])),
    "nothing": serving(lambda z: {}, z(None, 4)),
    "an error of its own": serving(refusing, z(None, 4)),
}
