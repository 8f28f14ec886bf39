import keras
import numpy as np
import pytest
import tensorflow as tf

from ada_tf.cli import project
from ada_tf.inference.picture_distance import pixel_pyramid
from ada_tf.metrics import perceptual as module
from ada_tf.metrics.features import lite0, vgg16
from ada_tf.metrics.perceptual import perceptual
from ada_tf.shape import Shape
from tests.sentences import refused


def pictures(shape, seed=0):
    return tf.constant(np.random.RandomState(seed).uniform(-1, 1, [2, *shape]), tf.float32)


def test_the_flag_names_what_there_is():
    assert project.DISTANCES == module.DISTANCES


def test_small_pictures_are_compared_by_their_pixels(monkeypatch):
    monkeypatch.setattr(module.weight_files, "is_here", lambda *_: True)
    found = perceptual("auto", Shape(32, 64, 3))
    assert found.name == "pixels"
    assert found.embed is pixel_pyramid


@pytest.mark.parametrize(
    ("here", "chosen"),
    [(("vgg16", "lpips", "lite0"), "lpips"), (("vgg16", "lite0"), "lite0"), (("vgg16",), "pixels")],
)
def test_large_ones_by_the_first_network_that_is_here(monkeypatch, here, chosen):
    monkeypatch.setattr(module.weight_files, "is_here", lambda weights, *_: weights in here)
    assert module._chosen(Shape(64, 64, 3), {}, None) == chosen


def test_who_gives_the_weights_means_them():
    assert module._chosen(Shape(16, 16, 3), {"lpips": "a.pth"}, None) == "lpips"
    assert module._chosen(Shape(16, 16, 3), {"vgg16": None, "lite0": "a.pth"}, None) == "lite0"


@pytest.fixture
def random_lite0(monkeypatch):
    found = type("Found", (), {"path": "weights"})
    monkeypatch.setattr(module.weight_files, "find_weights", lambda *_: found)
    monkeypatch.setattr(module.lite0, "load", lambda path: (lite0.build_lite0(), {}))


def test_activations_of_unit_length_beside_pixels(random_lite0):
    images = pictures([8, 8, 3])
    found = perceptual("lite0", Shape(8, 8, 3)).embed(images).numpy()
    pixels = pixel_pyramid(images).numpy()
    np.testing.assert_array_equal(found[:, -pixels.shape[1] :], pixels)
    activations = found[:, : -pixels.shape[1]]
    assert np.all(np.sum(activations**2, axis=1) <= 4.001)  # each of four blocks 1 at most
    np.testing.assert_allclose(np.sum(module._unit(images) ** 2, axis=1), 1, rtol=1e-5)


def test_lite0_sees_bytes_of_a_picture(monkeypatch):
    model, found = lite0.build_lite0(), type("Found", (), {"path": "weights"})
    monkeypatch.setattr(module.weight_files, "find_weights", lambda *_: found)
    monkeypatch.setattr(module.lite0, "load", lambda path: (model, {}))
    images = pictures([8, 8, 3])
    first = model.get_layer(f"_blocks-{module._BLOCKS[0]}-_bn2").output
    expected = module._unit(keras.Model(model.input, first)((images + 1) * 127.5, training=False))
    activations = perceptual("lite0", Shape(8, 8, 3)).embed(images)[:, : expected.shape[1]]
    np.testing.assert_allclose(activations, expected, rtol=1e-4, atol=1e-6)


def test_lpips_is_that_of_the_embedding(monkeypatch):
    model = vgg16.build_lpips()
    monkeypatch.setattr(module.feature_network, "load_perceptual", lambda **_: model)
    images = pictures([16, 16, 1])
    found = perceptual("lpips", Shape(16, 16, 1)).embed(images)
    expected = model((tf.repeat(images, 3, axis=-1) + 1) * 127.5)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    with refused("distance='lpips'", "16"):
        perceptual("lpips", Shape(8, 8, 3))


def test_another_name_is_refused():
    with refused("distance='x'"):
        perceptual("x", Shape(8, 8, 3))
