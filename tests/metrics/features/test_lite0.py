"""EfficientNet-Lite0 is the public one, on drawn weights; and its file."""

import numpy as np
import pytest

from ada_tf.metrics.features import lite0
from ada_tf.metrics.features.feature_network import load_network
from experiments.feature_peers import drawn
from tests.interop.torch_writer import write_zip
from tests.metrics.features.peers import peer
from tests.sentences import refused


def theirs(shapes: dict) -> dict:
    """PyTorch's names and shapes of Keras' weights."""
    found = {}
    for name, shape in shapes.items():
        layer, variable = name.split("/")
        if len(shape) == 4:
            depthwise = layer.endswith("_depthwise_conv")
            shape = tuple(shape[i] for i in ((2, 3, 0, 1) if depthwise else (3, 2, 0, 1)))
        found[f"{layer}.{lite0._THEIRS[variable]}"] = shape[::-1] if len(shape) == 2 else shape
    return found


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("lite0") / "lite0.pth"
    write_zip(path, drawn.state(theirs(lite0._variables(lite0.build_lite0())[1])))
    return path


def test_it_sees_what_the_public_one_sees(file):
    network = load_network("lite0", {"lite0": file})
    found, expected = network(drawn.images(2, 224)), peer("lite0")
    for name in ("features", "probabilities"):
        np.testing.assert_allclose(found[name][:, ::8], expected[name], rtol=1e-3, atol=1e-5)
    assert found["features"].shape == (2, lite0.WIDTH)
    np.testing.assert_allclose(found["probabilities"].sum(axis=1), 1, rtol=1e-5)
    assert network.title == "EfficientNet-Lite0 of ImageNet (not the published file)"
    assert (network.end, network.outputs) == ("_lite0", ("features", "probabilities"))


def test_another_file_is_refused(tmp_path):
    write_zip(tmp_path / "other.pth", {"_conv_stem.weight": np.zeros([32, 3, 5, 5], np.float32)})
    with refused("EfficientNet-Lite0", "_conv_stem/kernel"):
        load_network("lite0", {"lite0": tmp_path / "other.pth"})
