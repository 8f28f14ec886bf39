"""A network of one's own, by a declaration: what it sees, how its metrics are called, what is refused."""

import json
import pathlib
import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.metrics.features import declaration, declared
from ada_tf.metrics.features.feature_network import load_network
from ada_tf.metrics.metric_names import parse_metrics
from tests.sentences import refused

# Keras writes files by a conversion that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SIDE = 8
BASE = {"file": "net.keras", "side": SIDE, "range": [0, 255], "resize": "area"}
ONNX = pathlib.Path(__file__).with_name("mean_colours.onnx")  # [N, 3, 8, 8] -> f, p = softmax(f)
IMAGES = np.random.default_rng(0).integers(0, 256, [3, 16, 16, 3]).astype(np.uint8)


def mean_colours(x):
    return keras.layers.GlobalAveragePooling2D(name="mean")(x)


def keras_model(channels=3):
    image = keras.Input([SIDE, SIDE, channels])
    features = mean_colours(image)
    return keras.Model(image, {"f": features, "p": keras.layers.Softmax()(features)})


def declare(folder, **changes):
    path = folder / "net.json"
    values = {name: value for name, value in {**BASE, **changes}.items() if value is not None}
    path.write_text(json.dumps(values))
    return path


def saved(folder, file, model=None):
    """The same network in a file of a kind."""
    if file.endswith(".onnx"):
        shutil.copy(ONNX, folder / file)
    elif file.endswith(".keras"):
        (model or keras_model()).save(folder / file)
    else:
        (model or keras_model()).export(folder / file, verbose=False)


@pytest.mark.parametrize(
    ("file", "layout"), [("net.keras", "NHWC"), ("net", "NHWC"), ("net.onnx", "NCHW")]
)
def test_a_network_of_ones_own(file, layout, tmp_path):
    saved(tmp_path, file)
    path = declare(tmp_path, file=file, layout=layout, output="f", probabilities="p")
    network = load_network(path)
    found = network(IMAGES)
    np.testing.assert_allclose(found["features"], IMAGES.mean((1, 2)), rtol=1e-4)
    np.testing.assert_allclose(found["probabilities"].sum(1), 1, rtol=1e-5)
    assert network.end == f"_{network.name}" == f"_x{network.weights_hash[:8]}"
    assert network.title == f"{file} of net.json"
    (metric,) = parse_metrics("kid500_full", declaration.chosen(str(path)))
    assert metric.name == f"kid500_full{network.end}"
    assert metric.network == network.name
    assert declaration.meant(metric.network, declaration.chosen(path)).end == network.end


def test_the_hash_is_of_the_declaration_and_of_the_weights(tmp_path):
    model = keras.Sequential([keras.Input([SIDE, SIDE, 3]), keras.layers.Conv2D(2, 1)])
    saved(tmp_path, "net.keras", model)
    first = declaration.read(declare(tmp_path)).sha256
    assert declaration.read(declare(tmp_path, title="Other")).sha256 == first
    assert declaration.read(declare(tmp_path, range=[0, 1])).sha256 != first
    model.layers[0].kernel.assign_add(tf.ones([1, 1, 3, 2]))
    saved(tmp_path, "net.keras", model)
    assert declaration.read(declare(tmp_path)).sha256 != first
    (tmp_path / "moved").mkdir()
    shutil.move(tmp_path / "net.keras", tmp_path / "moved" / "n.keras")
    moved = declaration.read(declare(tmp_path, file="moved/n.keras"))
    assert moved.sha256 != first


def test_a_title_is_a_line(tmp_path):
    saved(tmp_path, "net.keras")
    assert declaration.read(declare(tmp_path, title="x" * 200)).title == "x" * 200
    for title in ("x" * 201, "a\nb", 7):
        with pytest.raises(UserError, match="title"):
            declaration.read(declare(tmp_path, title=title))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"range": [-1, 1]}, lambda x: x / 127.5 - 1),
        ({"range": None, "mean": [0.1, 0.2, 0.3], "std": [2, 4, 8]},
         lambda x: (x / 255 - [0.1, 0.2, 0.3]) / [2, 4, 8]),
        ({"channels": "bgr"}, lambda x: x[..., ::-1]),
        ({"channels": "grey"}, lambda x: x @ [[0.2989], [0.587], [0.114]]),
        ({"layout": "NCHW"}, lambda x: x.transpose(0, 3, 1, 2)),
    ],
)  # fmt: skip
def test_images_are_prepared_as_declared(changes, expected, tmp_path):
    saved(tmp_path, "net.keras")
    given = declaration.read(declare(tmp_path, **changes))
    small = IMAGES.reshape(3, SIDE, 2, SIDE, 2, 3).mean((2, 4))
    found = declared.prepared(IMAGES, given).numpy()
    np.testing.assert_allclose(found, expected(small), rtol=1e-4, atol=1e-3)


def test_antialiasing_is_a_choice(tmp_path):
    saved(tmp_path, "net.keras")
    large = np.random.default_rng(0).integers(0, 256, [1, 64, 64, 3]).astype(np.uint8)
    for resize in ("bilinear", "bicubic"):
        spread = [
            declared.prepared(
                large, declaration.read(declare(tmp_path, resize=resize, antialias=smooth))
            ).numpy().std()
            for smooth in (True, False)
        ]  # fmt: skip
        assert spread[0] < spread[1] / 3


@pytest.mark.parametrize(
    "changes",
    [
        {"side": 0},
        {"side": True},
        {"side": None},
        {"file": None},
        {"file": "none.keras"},
        {"file": "net.h5"},
        {"resize": "lanczos"},
        {"range": [0]},
        {"range": None},
        {"mean": [0], "std": [1]},
        {"range": None, "mean": [0, 0], "std": [1]},
        {"range": None, "mean": [0], "std": [0]},
        {"range": [0, float("nan")]},
        {"channels": "cmyk"},
        {"layout": "HWC"},
        {"sidee": 3},
        {"sha256": "0"},
        {"output": "nothing"},
        {"output": None},
        {"output": 5},
        {"output": 0, "side": 9},
    ],
)
def test_what_a_declaration_may_not_say(changes, tmp_path):
    saved(tmp_path, "net.keras")
    (tmp_path / "net.h5").write_bytes(b"x")
    with refused():
        load_network(declare(tmp_path, **changes))


def test_no_declaration(tmp_path):
    for content in (b"", b"[" * 100_000, b"[]", b"\xff"):
        (tmp_path / "net.json").write_bytes(content)
        with refused("net.json"):
            declaration.read(tmp_path / "net.json")


def test_maps_are_no_features(tmp_path):
    model = keras.Sequential([keras.Input([SIDE, SIDE, 3]), keras.layers.Conv2D(2, 3)])
    saved(tmp_path, "net.keras", model)
    with refused("[1, 6, 6, 2]"):
        load_network(declare(tmp_path))


@pytest.mark.parametrize("file", ["net.keras", "net"])
def test_a_network_that_could_do_more_than_compute_is_not_loaded(file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where a mark would be left
    image = keras.Input([SIDE, SIDE, 3])
    harm = {"net.keras": keras.layers.Lambda(lambda x: x + 1), "net": Writes()}[file]
    saved(tmp_path, file, keras.Model(image, mean_colours(harm(image))))
    with refused("file="):
        load_network(declare(tmp_path, file=file))
    assert not (tmp_path / "owned").exists()


class Writes(keras.layers.Layer):
    """Leaves a mark wherever it runs."""

    def call(self, x):
        if tf.executing_eagerly() or isinstance(x, keras.KerasTensor):
            return x
        with tf.control_dependencies([tf.io.write_file("owned", "owned")]):
            return tf.identity(x)


def test_onnx_files(tmp_path, monkeypatch):
    (tmp_path / "net.onnx").write_bytes(b"nothing")
    path = declare(tmp_path, file="net.onnx")
    with refused("net.onnx"):
        load_network(path)
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with refused("'ada_tf[features]'"):
        load_network(path)
