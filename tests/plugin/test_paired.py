"""An image and its condition: the same geometry for both, through the pure functions."""

import numpy as np
import tensorflow as tf

import ada_tf

X = np.random.default_rng(0).uniform(-1, 1, [4, 8, 12, 3]).astype(np.float32)


def test_one_draw_serves_both():
    ada = ada_tf.AdaptiveAugmentation(p=0.9)
    seed = tf.constant([5, 6])
    everything = ada_tf.sample_params(seed, 4, ada.p, "bgc")
    geometry = ada_tf.sample_params(seed, 4, ada.p, "bg")
    colours = {name: value for name, value in everything.items() if name not in geometry}
    labels, photos = ada_tf.apply(X, geometry), ada_tf.apply(X, everything)
    assert np.abs(photos - labels).max() > 0.1
    np.testing.assert_allclose(ada_tf.apply(labels, colours), photos, atol=1e-6)


def test_a_map_of_classes_beside_an_image():
    """The parameters do not depend on the channels."""
    params = ada_tf.sample_params([5, 6], 4, 0.9, "bg")
    classes = np.concatenate([X, X[..., :2]], axis=-1)
    np.testing.assert_allclose(
        ada_tf.apply(classes, params)[..., :3], ada_tf.apply(X, params), atol=1e-6
    )
