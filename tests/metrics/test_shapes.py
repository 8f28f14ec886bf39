"""Metrics of pictures that are no squares: real ones come in the shape of the generated ones."""

import numpy as np
import pytest
import tensorflow as tf

import ada_tf
from ada_tf.data import DataConfig
from ada_tf.interop import network_folder
from ada_tf.interop.export.saved_model import export_saved_model
from ada_tf.metrics.evaluate import open_subject
from ada_tf.metrics.images.images import shape_of
from ada_tf.metrics.path_length import crop_face, shrink
from tests.inference.runs import run_config, save_run
from tests.interop.networks import make_network
from tests.sentences import refused


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    save_run(folder, resolution="24x16", channels=1)
    return folder


def assert_alike(subject):
    assert subject.reals.whole.shape.hwc == (16, 24, 1)
    assert subject.sets("all").shape == (16, 24, 1)
    (images,) = subject.fakes.batches(3)
    assert images.shape == (3, 16, 24, 1)


def test_a_run(run):
    assert_alike(open_subject(run))


def test_a_network_folder_says_the_size_of_real_images(tmp_path):
    network_folder.write(make_network(resolution="24x16"), tmp_path / "n")
    assert_alike(open_subject(tmp_path / "n", "digits"))


def test_a_saved_model_says_the_size_of_real_images(run, tmp_path):
    generator, _ = ada_tf.load_generator(run)
    export_saved_model(generator, tmp_path / "saved", run_config("24x16", 1))
    assert_alike(open_subject(tmp_path / "saved", "digits"))


def test_what_no_data_set_can_be_opened_in_is_refused(tmp_path):
    class Odd(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32, name="z")])
        def serve(self, z):
            return {"images": tf.zeros([tf.shape(z)[0], 17, 30, 3])}

    odd = Odd()
    tf.saved_model.save(odd, str(tmp_path / "saved"), signatures=odd.serve)
    with refused("data='digits'"):
        open_subject(tmp_path / "saved", "digits")


def test_pictures_beside_real_images_of_their_shape(tmp_path):
    whole = ada_tf.open_dataset(DataConfig("digits", resolution="24x16"))
    (tmp_path / "fakes").mkdir()
    for number, image in enumerate(whole.images(range(5))):
        ada_tf.images.save_png(image, tmp_path / "fakes" / f"{number}.png")
    subject = open_subject(generated=tmp_path / "fakes", data=whole)
    assert subject.fakes.count == 5
    turned = ada_tf.open_dataset(DataConfig("digits", resolution="16x24"))
    with refused("generated=", "24x16"):
        open_subject(generated=tmp_path / "fakes", data=turned)
    assert shape_of(subject.sets("all")) == (16, 24, 1)


def test_faces_are_where_they_are_in_squares():
    x = np.arange(16 * 24).reshape(1, 16, 24, 1)
    np.testing.assert_array_equal(crop_face(x), x[:, 6:14, 6:18])


@pytest.mark.parametrize("sides", [(512, 768), (768, 1024), (896, 512), (1024, 1024), (511, 2000)])
def test_large_pictures_come_down_to_256_to_511_pixels(sides):
    """In whole boxes: the mean of the picture stays."""
    x = tf.random.stateless_uniform([1, *sides, 1], [0, 1])
    found = shrink(x)
    factor = sides[0] / found.shape[1]
    assert factor == sides[1] / found.shape[2] == int(factor)
    assert 256 <= min(found.shape[1:3]) < 512
    np.testing.assert_allclose(tf.reduce_mean(found), tf.reduce_mean(x), rtol=1e-4)
