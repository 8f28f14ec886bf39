"""Feature networks, ready to use."""

import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from ada_tf.metrics.features.feature_network import FeatureNetwork, _function, hash_of, load_network
from ada_tf.metrics.features.networks import NETWORKS, RESERVED, WEIGHT_FILES
from tests.sentences import refused


def test_batches_of_any_size_give_the_same_features():
    image = keras.Input([None, None, 3])
    model = keras.Model(image, {"features": keras.layers.GlobalAveragePooling2D()(image)})
    network = FeatureNetwork("mine", model, "0", batch=4)
    x = np.random.default_rng(0).integers(0, 256, [10, 5, 5, 3]).astype(np.uint8)
    np.testing.assert_allclose(network(x)["features"], x.mean(axis=(1, 2)), rtol=1e-5)
    grey = network(x[..., :1])["features"]
    np.testing.assert_allclose(grey, np.repeat(x[..., :1].mean(axis=(1, 2)), 3, 1), rtol=1e-5)
    with refused("[10, 5, 5, 2]", "uint8"):
        network(x[..., :2])


def test_hash_is_of_names_and_values():
    a = {"x": np.zeros(3), "y": np.ones(2)}
    assert hash_of(a) == hash_of(dict(reversed(a.items())))
    assert hash_of(a) != hash_of({"x": np.zeros(3), "z": np.ones(2)})
    assert hash_of(a) != hash_of({"x": np.zeros(3), "y": np.zeros(2)})
    assert hash_of(a, revision=2) != hash_of(a)  # other features of the same weights


def test_a_network_of_ones_own():
    image = keras.Input([None, None, 3])
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(2, 1)(image))
    model = keras.Model(image, {"features": x})
    mine = FeatureNetwork("mine", model)
    assert (mine.end, mine.outputs, mine.title) == ("_mine", ("features",), "mine")
    assert load_network(mine) is mine
    before = mine.weights_hash
    model.layers[1].kernel.assign_add(tf.ones_like(model.layers[1].kernel))
    assert FeatureNetwork("mine", model).weights_hash != before
    for name in ("inception", "lite0", "clean", "full", "held", "My net", "7"):
        with refused(f"name='{name}'"):
            FeatureNetwork(name, model)


@pytest.mark.parametrize("name", NETWORKS)
def test_rows_are_complete(name):
    row = NETWORKS[name]
    assert re.fullmatch(r"_[a-z]\w*", row.end)
    assert row.end not in RESERVED
    assert [r.name for r in NETWORKS.values() if r.end == row.end] == [name]
    assert set(row.outputs) <= {"features", "probabilities"}
    assert row.weights in WEIGHT_FILES
    assert callable(_function(row.load))
    file = WEIGHT_FILES[row.weights]
    assert file.licence
    assert file.url or (file.package and file.member)
