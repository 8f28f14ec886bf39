"""Feature networks, ready to use."""

import keras
import numpy as np
import pytest

from ada_tf.errors import UserError
from ada_tf.metrics.features.registry import FeatureNetwork, hash_of


def test_batches_of_any_size_give_the_same_features():
    image = keras.Input([None, None, 3])
    model = keras.Model(image, {"features": keras.layers.GlobalAveragePooling2D()(image)})
    network = FeatureNetwork("mine", model, "0", batch=4)
    x = np.random.default_rng(0).integers(0, 256, [10, 5, 5, 3]).astype(np.uint8)
    np.testing.assert_allclose(network(x)["features"], x.mean(axis=(1, 2)), rtol=1e-5)
    grey = network(x[..., :1])["features"]
    np.testing.assert_allclose(grey, np.repeat(x[..., :1].mean(axis=(1, 2)), 3, 1), rtol=1e-5)
    with pytest.raises(UserError, match=r"shape \[10, 5, 5, 2\] must be uint8"):
        network(x[..., :2])


def test_hash_is_of_names_and_values():
    a = {"x": np.zeros(3), "y": np.ones(2)}
    assert hash_of(a) == hash_of(dict(reversed(a.items())))
    assert hash_of(a) != hash_of({"x": np.zeros(3), "z": np.ones(2)})
    assert hash_of(a) != hash_of({"x": np.zeros(3), "y": np.zeros(2)})
    assert hash_of(a, revision=2) != hash_of(a)  # other features of the same weights
