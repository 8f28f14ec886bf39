"""A SavedModel is loaded if it can do nothing but compute, and refused before it is loaded if not."""

import inspect
import os

import keras
import numpy as np
import pytest
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.interop.foreign.foreign_model import load_saved_model
from ada_tf.interop.graph_ops import PURE, SAVER
from ada_tf.metrics.images.generated import images_of_saved_model
from tests.interop import foreign
from tests.interop.foreign_changes import CHANGED
from tests.metrics.sets import dataset
from tests.sentences import refused


@pytest.mark.parametrize("kind", ["export", "save", "save_keras"])
@pytest.mark.parametrize("build", [foreign.dcgan, foreign.upsampling, foreign.conditional])
def test_generators_of_keras_are_accepted(tmp_path, build, kind):
    model = build()
    if kind == "export":
        model.export(tmp_path / "model", verbose=False)
    elif kind == "save":
        tf.saved_model.save(model, str(tmp_path / "model"))
    else:  # trained: with an optimizer and its moments
        model.compile(keras.optimizers.Adam(), "mse")
        tf.saved_model.save(model, str(tmp_path / "model"))
    data = dataset(count=10, labels=np.arange(10) % 10, num_classes=10)
    if kind != "export" and build is foreign.conditional:  # which of its inputs is z, nobody says
        load_saved_model(tmp_path / "model")
        return
    (batch,) = images_of_saved_model(tmp_path / "model", data, batch=4).batches(4)
    assert batch.shape[:3] == (4, 8, 8)


def test_generators_without_keras_are_accepted(tmp_path):
    module = foreign.Module()
    tf.saved_model.save(module, str(tmp_path / "model"), signatures=module.serve)
    (batch,) = images_of_saved_model(tmp_path / "model", batch=4).batches(4)
    assert batch.shape == (4, 8, 8, 3)


def write(path):
    return tf.raw_ops.WriteFile(filename=str(path), contents="executed")


def nested(path):
    def one(x):
        return tf.cond(tf.reduce_sum(x) < 1e9, lambda: both(x), lambda: x)

    def both(x):
        with tf.control_dependencies([write(path)]):
            return tf.identity(x)

    return lambda images: tf.map_fn(one, images)


def print_to(path):
    return tf.print("executed", output_stream=f"file://{path}")


def save(path):
    return tf.raw_ops.SaveV2(
        prefix=str(path), tensor_names=["executed"], shape_and_slices=[""], tensors=[tf.ones([])]
    )


def cache(path):
    return tf.data.Dataset.range(3).cache(str(path)).reduce(np.int64(0), lambda a, b: a + b)


def python(path, call):
    return call(lambda: np.float32(path.write_text("executed")), [], tf.float32)


def summary(path):
    handle = tf.raw_ops.SummaryWriter()
    create = tf.raw_ops.CreateSummaryFileWriter(
        writer=handle, logdir=str(path), max_queue=1, flush_millis=1, filename_suffix=""
    )
    with tf.control_dependencies([create]):
        return tf.raw_ops.FlushSummaryWriter(writer=handle)


# What writes a file `path`, if it is run; which operation is named.
WRITING = {
    "WriteFile": lambda path: lambda images: write(path),
    "WriteFile in a branch of a loop": nested,
    "PrintV2": lambda path: lambda images: print_to(path),
    "SaveV2": lambda path: lambda images: save(path),
    "CacheDatasetV2": lambda path: lambda images: cache(path),
    "PyFunc": lambda path: lambda images: python(path, tf.numpy_function),
    "EagerPyFunc": lambda path: lambda images: python(path, tf.py_function),
    "SummaryWriter": lambda path: lambda images: summary(path),
}
NAMED = {
    "WriteFile in a branch of a loop": "WriteFile", "CacheDatasetV2": r"\w*Dataset\w*",
    "SummaryWriter": r"\w*SummaryWriter", "PrintV2": "StringFormat",
}  # fmt: skip


def call(model):
    return model.signatures["serving_default"](z=tf.ones([2, 4]))


@pytest.mark.parametrize("attack", WRITING)
def test_what_writes_is_refused(tmp_path, attack):
    canary = tmp_path / "executed"
    path = foreign.save_function(tmp_path / "model", WRITING[attack](canary))
    call(tf.saved_model.load(str(path)))  # the attack works
    left = [p for p in tmp_path.iterdir() if p.name.startswith("executed")]
    assert left
    for file in left:
        file.rename(tmp_path / f"was-{file.name}")
    name = NAMED.get(attack, attack)
    with pytest.raises(
        UserError, match=rf"asks for the operation {name}, which no generator needs"
    ):
        load_saved_model(path)
    assert not any(p.name.startswith("executed") for p in tmp_path.iterdir())


def lookup_file(path):
    path.write_text("a\n")
    table = tf.lookup.StaticVocabularyTable(
        tf.lookup.TextFileInitializer(
            str(path), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64,
            tf.lookup.TextFileIndex.LINE_NUMBER,
        ),
        1,
    )  # fmt: skip
    return {"function": lambda images: table.lookup(tf.constant(["a"])), "table": table}


def lookup(path):
    table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer([1], [2]), 0)
    return {"function": lambda images: table.lookup(tf.constant([1])), "table": table}


def asset(path):
    path.write_text("a")
    file = tf.saved_model.Asset(str(path))
    return {"function": lambda images: tf.strings.length(file.asset_path), "file": file}


def only(function):
    return lambda path: {"function": lambda images: function(str(path))}


# What reads files, reaches elsewhere or runs while it is loaded.
OTHERS = {
    "ReadFile": only(tf.io.read_file),
    "MatchingFiles": only(tf.io.matching_files),
    "RestoreV2": only(lambda path: tf.raw_ops.RestoreV2(
        prefix=path, tensor_names=["x"], shape_and_slices=[""], dtypes=[tf.float32])[0]),
    r"(TFRecord|\w*)Dataset": only(lambda path: tf.data.TFRecordDataset(path).reduce(0, lambda n, _: n)),
    r"(TextLine|\w*)Dataset": only(lambda path: tf.data.TextLineDataset(path).reduce(0, lambda n, _: n)),
    "WholeFileReaderV2": only(lambda path: tf.raw_ops.WholeFileReaderV2()),
    "TFRecordReaderV2": only(lambda path: tf.raw_ops.TFRecordReaderV2()),
    "LoadAndRemapMatrix": only(lambda path: tf.raw_ops.LoadAndRemapMatrix(
        ckpt_path=path, old_tensor_name="x", row_remapping=[0], col_remapping=[0],
        initializing_values=[], num_rows=1, num_cols=1)),
    "DecodePng": only(lambda path: tf.io.decode_png(tf.constant(b""))),
    "DebugIdentity": only(lambda path: tf.raw_ops.DebugIdentity(
        input=tf.ones([3]), debug_urls=[f"file://{path}"])),
    "DebugIdentityV2": only(lambda path: tf.raw_ops.DebugIdentityV2(
        input=tf.ones([3]), debug_urls=[f"file://{path}"])),
    "Timestamp": only(lambda path: tf.timestamp()),
    "HashTableV2|the file|an object of the kind": lookup_file,
    "HashTableV2|LookupTableFindV2|an object of the kind": lookup,
    "the file executed": asset,
}  # fmt: skip


@pytest.mark.parametrize("named", OTHERS)
def test_what_reaches_further_is_refused(tmp_path, named):
    path = foreign.save_function(tmp_path / "model", **OTHERS[named](tmp_path / "executed"))
    with pytest.raises(UserError, match=rf"asks for .*({named}).*, which no generator needs"):
        load_saved_model(path)


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    """The bytes of an honest SavedModel: name -> content."""
    path = foreign.save_function(tmp_path_factory.mktemp("honest") / "model", lambda images: None)
    return {file.relative_to(path): file.read_bytes() for file in path.rglob("*") if file.is_file()}


@pytest.fixture
def model(honest, tmp_path):
    """A copy to change."""
    for name, content in honest.items():
        (tmp_path / "model" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "model" / name).write_bytes(content)
    return tmp_path / "model"


def test_the_honest_one_is_accepted(model):
    assert call(load_saved_model(model))["images"].shape == (2, 2, 2, 3)


@pytest.mark.parametrize("named", CHANGED)
def test_changed_graphs_are_refused(model, named):
    foreign.edit(model, CHANGED[named])
    with pytest.raises(
        UserError, match=rf"asks for ({named.split(' (')[0]}).*, which no generator"
    ):
        load_saved_model(model)


@pytest.mark.parametrize("name", ["saved_model.pbtxt", "saved_model.cpb"])
def test_other_forms_of_the_graph_are_refused(model, name):
    (model / name).write_bytes(b"")
    with refused(name):
        load_saved_model(model)
    (model / "saved_model.pb").unlink()
    with refused("SavedModel"):
        load_saved_model(model)


@pytest.mark.parametrize("name", ["fingerprint.pb", "debug/saved_model_debug_info.pb", "x"])
def test_pipes_are_refused_where_a_reader_would_wait(model, name):
    (model / name).parent.mkdir(exist_ok=True)
    (model / name).unlink(missing_ok=True)
    os.mkfifo(model / name)
    with refused("network="):
        load_saved_model(model)


def test_graphs_of_tensorflow_1_are_refused_because_they_run_at_once(tmp_path):
    canary = tmp_path / "executed"
    with tf.Graph().as_default() as graph, tf.compat.v1.Session(graph=graph) as session:
        builder = tf.compat.v1.saved_model.Builder(str(tmp_path / "model"))
        builder.add_meta_graph_and_variables(session, ["serve"], main_op=write(canary))
        builder.save()
    tf.saved_model.load(str(tmp_path / "model"))
    assert canary.exists()  # the attack works
    canary.unlink()
    with refused("network=", "TensorFlow"):
        load_saved_model(tmp_path / "model")
    assert not canary.exists()


def test_metadata_of_keras_2_is_not_looked_at(model):
    """Keras 2 writes it beside every model; its own loader would run the code in it."""
    (model / "keras_metadata.pb").write_bytes(b"\x0a\xff nonsense")
    assert call(load_saved_model(model))["images"].shape == (2, 2, 2, 3)


def test_listed_operations_are_known_and_take_no_name_of_a_file():
    suspicious = (
        "file",
        "path",
        "dir",
        "url",
        "addr",
        "pattern",
        "token",
        "target",
        "stream",
        "ptr",
    )
    for name in PURE - {"StaticRegexFullMatch"}:  # its pattern is for texts
        for argument in inspect.signature(getattr(tf.raw_ops, name)).parameters:
            assert not any(word in argument for word in suspicious), (name, argument)
    assert not PURE & SAVER
