"""Pickles of published networks, against what the reference makes of them, by the code that users run."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

import ada_tf
from ada_tf.images import to_uint8
from ada_tf.interop import network_folder
from ada_tf.interop.published import published_file
from ada_tf.models.build import make_discriminator, make_generator
from tests.golden.golden import FOLDER, Golden, nchw, nhwc
from tools.slim_golden import digest

PICKLES = sorted(path.stem for path in FOLDER.glob("tiny-*.pkl"))
TOLERANCE = 1e-5  # of the largest value


class Case:
    """A pickle, what is expected of it, and the folder that ada-import writes of it."""

    def __init__(self, name, folder):
        self.path = FOLDER / f"{name}.pkl"
        self.expected = Golden(f"{name}-expected")
        self.network = published_file.read(self.path)
        self.folder = network_folder.write(self.network, folder / name)
        self.z = self.expected["z"]
        self.c = self.expected["c"] if "c" in self.expected else None

    def hashes(self) -> dict:
        """Of all weights that the reference reads; of StyleGAN2 before ADA it recorded pictures alone."""
        found = self.expected.under("")
        found = {name: digest(array) for name, array in found.items() if "/param/" in name}
        return found or self.expected.meta.get("hashes", {})

    def built(self, group):
        """A network of ours with these weights, in float32 as what is expected."""
        of = self.network.architecture
        make = make_discriminator if group == "discriminator" else make_generator
        network = make(
            dataclasses.replace(of.network, num_low_precision=0),
            of.shape,
            of.num_classes,
        )
        self.network.restore(**{group: network})
        return network


PICTURES_ALONE = "tiny-tf1-stylegan2"


@pytest.fixture(scope="module", params=PICKLES)
def case(request, tmp_path_factory):
    return Case(request.param, tmp_path_factory.mktemp("networks"))


def assert_close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE * np.abs(expected).max())


def images_of(generator, case, psi):
    ws = generator.map(case.z, case.c, psi)
    return nchw(generator.synthesis(ws, noise_mode="const"))


def test_there_are_some():
    assert len(PICKLES) >= 2


def test_weights(case):
    groups = {"generator_ema": "G_ema", "discriminator": "D"}
    found = {
        f"{prefix}/param/{name}": digest(array)
        for group, prefix in groups.items()
        for name, array in case.network.weights[group].items()
    }
    # Filters are constants of ours; TensorFlow 1 does not store them.
    expected = {n: h for n, h in case.hashes().items() if not n.endswith("resample_filter")}
    if case.path.stem == PICTURES_ALONE:
        assert not expected
        return
    assert {n: h for n, h in found.items() if not n.endswith("resample_filter")} == expected


@pytest.mark.parametrize("source", ["path", "folder"])
def test_images_of_the_average(case, source):
    generator, _ = ada_tf.load_generator(getattr(case, source))
    images = images_of(generator, case, 0.7)
    assert_close(images, case.expected["img_ema"])
    assert_close(images_of(generator, case, 1.0), case.expected["img_ema_psi1"])
    expected = case.expected["img_ema_uint8"]
    expected = nhwc(expected) if case.path.stem == PICTURES_ALONE else expected
    difference = to_uint8(nhwc(images)).astype(int) - expected
    assert np.abs(difference).max() <= 1


def test_images_of_the_generator_and_logits(case):
    assert_close(images_of(case.built("generator"), case, 0.7), case.expected["img"])
    logits = case.built("discriminator")(nhwc(case.expected["img_ema"]), case.c)
    assert_close(logits, case.expected["logits"])


def test_saved_model(case, tmp_path):
    generator, config = ada_tf.load_generator(case.path)
    exported = ada_tf.export_saved_model(
        generator, tmp_path / "exported", config, truncation="global"
    )
    model = tf.saved_model.load(str(exported))
    inputs = {"z": case.z, "truncation_psi": np.float32(0.7)}
    labels = np.arange(len(case.z), dtype=np.int32) % max(generator.c_dim, 1)
    one_hot = None
    if generator.c_dim:
        inputs["label"], one_hot = labels, np.eye(generator.c_dim, dtype=np.float32)[labels]
    images = model.signatures["serving_default"](**{n: tf.constant(v) for n, v in inputs.items()})
    expected = generator.synthesis(generator.map(case.z, one_hot, 0.7), noise_mode="const")
    assert_close(images["images"], expected)
    if one_hot is None:
        assert_close(nchw(images["images"]), case.expected["img_ema"])
