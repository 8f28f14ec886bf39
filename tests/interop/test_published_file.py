"""Networks written as others write them come back as they were."""

import hashlib

import numpy as np
import pytest

from ada_tf.interop.published import published_file
from tests.interop import published_networks, published_writer
from tests.interop.published_writer import to_pickle

# What networks can be in both code bases.
ARCHITECTURES = {
    "plain": {},
    "resnet and orig": {"generator_architecture": "resnet", "discriminator_architecture": "orig"},
    "orig and skip": {"generator_architecture": "orig", "discriminator_architecture": "skip"},
    "classes": {"classes": 4, "discriminator_mapping_layers": 2},
    "classes without layers": {
        "classes": 3, "discriminator_mapping_layers": 0, "discriminator_mapping_lr": 0.1,
    },
    "float16 at 64 pixels": {"resolution": 64, "precision": "float16", "num_low_precision": 3},
    "grey without clamp": {"channels": 1, "conv_clamp": None},
    "whole batch": {"mbstd_group": None},
    "a wide discriminator": {"discriminator_channel_base": 192, "discriminator_channel_max": 14},
}  # fmt: skip


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize("kind", ["pytorch", "tf1"])
def test_images_and_logits(name, kind, tmp_path):
    of = published_networks.architecture(**ARCHITECTURES[name])
    networks = published_networks.build(of)
    path = tmp_path / "n.pkl"
    path.write_bytes(to_pickle(getattr(published_writer, kind)(of, networks)))
    found = published_file.read(path)
    assert found.architecture == of
    read = published_networks.restored(found)
    for group in ("generator", "generator_ema"):
        expected = published_networks.images(networks[group], of)
        images = published_networks.images(read[group], of)
        assert np.abs(images - expected).max() <= 1e-6 * np.abs(expected).max()
    expected = networks["discriminator"](expected, published_networks.labels(of, 3)).numpy()
    logits = read["discriminator"](images, published_networks.labels(of, 3)).numpy()
    np.testing.assert_allclose(logits, expected, rtol=1e-5, atol=1e-5)


@pytest.fixture(scope="module")
def plain():
    of = published_networks.architecture()
    return of, published_networks.build(of)


def assert_weights_come_back(path, content, of, networks, **options):
    path.write_bytes(to_pickle(content, **options))
    found = published_file.read(path)
    assert found.architecture == of
    for group, network in networks.items():
        expected = published_writer.arrays_of(network)
        assert {n for n in found.weights[group] if "resample_filter" not in n} == expected.keys()
        for name, array in expected.items():
            # TensorFlow 1 keeps the bias of a style without the 1 that it begins with.
            atol = 1e-6 if name.endswith("affine.bias") and isinstance(content, tuple) else 0
            np.testing.assert_allclose(found.weights[group][name], array, rtol=0, atol=atol)


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("kind", ["pytorch", "tf1"])
def test_protocols_and_versions_of_numpy(kind, protocol, old, plain, tmp_path):
    content = getattr(published_writer, kind)(*plain)
    assert_weights_come_back(tmp_path / "n.pkl", content, *plain, protocol=protocol, old=old)


@pytest.mark.parametrize(
    "option",
    [{"frozen": True}, {"channels_last": True}, {"zipped": True}, {"later": True}],
    ids=lambda option: next(iter(option)),
)
def test_ways_of_pytorch(option, plain, tmp_path):
    content = published_writer.pytorch(*plain, **option)
    assert_weights_come_back(tmp_path / "n.pkl", content, *plain)


def test_version_4_of_tensorflow_1(plain, tmp_path):
    content = published_writer.tf1(*plain, version=4)
    assert_weights_come_back(tmp_path / "n.pkl", content, *plain)


def test_a_generator_alone(plain, tmp_path):
    of, networks = plain
    content = published_writer.pytorch(of, networks)
    (tmp_path / "n.pkl").write_bytes(to_pickle({"G_ema": content["G_ema"]}))
    found = published_file.read(tmp_path / "n.pkl")
    assert found.weights.keys() == {"generator_ema"}
    images = published_networks.images(published_networks.restored(found)["generator_ema"], of)
    expected = published_networks.images(networks["generator_ema"], of)
    assert np.abs(images - expected).max() <= 1e-6 * np.abs(expected).max()


def test_one_network_in_two_places(plain, tmp_path):
    content = published_writer.pytorch(*plain)
    both = {**content, "G": content["G_ema"]}
    (tmp_path / "n.pkl").write_bytes(to_pickle(both))
    weights = published_file.read(tmp_path / "n.pkl").weights
    for name, array in weights["generator"].items():
        np.testing.assert_array_equal(array, weights["generator_ema"][name])


def test_where_it_comes_from(plain, tmp_path):
    content = to_pickle(published_writer.tf1(*plain))
    (tmp_path / "faces.pkl").write_bytes(content)
    about = published_file.read(tmp_path / "faces.pkl").about
    assert about.name == about.origin == "faces.pkl"
    assert about.sha256 == hashlib.sha256(content).hexdigest()
    assert about.licence == published_file.NVIDIA


def test_weights_that_look_like_the_end_of_an_archive(plain, tmp_path):
    of, networks = plain
    arrays = published_writer.arrays_of(networks["generator_ema"])
    end = b"PK\x05\x06" + bytes(18 + 2 + 4 * 99)
    arrays["mapping.w_avg"] = np.frombuffer(end, np.float32)[: arrays["mapping.w_avg"].size]
    settings, _ = published_writer.pytorch_settings(of)
    content = {"G_ema": published_writer.to_module("Generator", settings, arrays)}
    (tmp_path / "n.pkl").write_bytes(to_pickle(content))
    weights = published_file.read(tmp_path / "n.pkl").weights["generator_ema"]
    np.testing.assert_array_equal(weights["mapping.w_avg"], arrays["mapping.w_avg"])
