import socket
import subprocess
import sys

import numpy as np
import pytest
import tensorflow_datasets as tfds

from ada_tf.data import DataConfig, open_dataset
from tests.data import samples
from tests.sentences import refused


class TinyPets(tfds.core.GeneratorBasedBuilder):
    """Six noise images of different sizes in two classes, and one without a class to test."""

    VERSION = tfds.core.Version("1.0.0")
    BUILDER_CONFIGS = [tfds.core.BuilderConfig(name="noisy")]

    def _info(self):
        label = tfds.features.ClassLabel(names=["cat", "dog"])
        features = {"image": tfds.features.Image(), "label": label, "age": np.int64}
        return self.dataset_info_from_configs(features=tfds.features.FeaturesDict(features))

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples(range(6)), "test": self._generate_examples([6])}

    def _generate_examples(self, seeds):
        for seed in seeds:
            pixels = np.asarray(samples.noise(seed, (20 + seed, 18)))
            yield seed, {"image": pixels, "label": seed % 2 if seed < 6 else -1, "age": seed}


class TinyTexts(tfds.core.GeneratorBasedBuilder):
    """A data set without images."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self):
        features = tfds.features.FeaturesDict({"text": tfds.features.Text()})
        return self.dataset_info_from_configs(features=features)

    def _split_generators(self, dl_manager):
        return {"train": iter([(0, {"text": "hello"})])}

    def _generate_examples(self):
        raise NotImplementedError


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError(f"the network was asked for: {args}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="module", params=["tfrecord", "array_record"])
def data_dir(tmp_path_factory, request):
    path = tmp_path_factory.mktemp("tfds")
    for builder in (TinyPets, TinyTexts):
        builder(data_dir=path, file_format=request.param).download_and_prepare()
    return path


def _open(source, data_dir, cache, **wishes):
    config = DataConfig(source, data_dir=str(data_dir), cache_dir=str(cache), **wishes)
    return open_dataset(config, samples.quiet)


@pytest.mark.parametrize("name", ["tiny_pets", "tiny_pets/noisy", "tiny_pets/noisy:1.0.0"])
def test_named_data_set(data_dir, tmp_path, name):
    dataset = _open(f"tfds:{name}", data_dir, tmp_path, cond=True)
    assert dataset.name == name.split(":")[0].replace("/", "-")
    assert (dataset.num_images, str(dataset.shape)) == (6, "16x16x3")
    assert dataset.num_classes == 2
    images = dataset.images(range(6))
    found = {i.tobytes(): label for i, label in zip(images, dataset.labels, strict=True)}
    for seed in range(6):
        expected = samples.reference(samples.noise(seed, (20 + seed, 18)), 16)
        assert found[expected.tobytes()] == seed % 2


def test_split_and_directory(data_dir, tmp_path):
    dataset = _open("tfds:tiny_pets", data_dir, tmp_path, split="test", resolution=16)
    expected = samples.reference(samples.noise(6, (26, 18)), 16)
    np.testing.assert_array_equal(dataset.images([0]), expected[None])
    directory = str(data_dir / "tiny_pets" / "noisy" / "1.0.0")
    same = _open(directory, None, tmp_path, split="test", resolution=16)
    np.testing.assert_array_equal(same.images([0]), expected[None])


def test_unknown_classes_are_no_labels(data_dir, tmp_path):
    with refused("cond=True"):
        _open("tfds:tiny_pets", data_dir, tmp_path, split="test", cond=True)


@pytest.mark.parametrize(
    ("source", "wishes"),
    [
        ("tfds:tiny_texts", {}),
        ("tfds:tiny_pets", {"split": "extra"}),
        ("tfds:no_such_set", {}),
        ("tfds:mnist", {}),
        ("tfds:cats_vs_dogs", {}),
        ("tfds:huggingface:mnist", {}),
        ("tfds:", {}),
        (f"tfds:{'a' * 300}", {}),
        (f"tfds:mnist/{'a' * 300}", {}),
    ],
)
def test_one_sentence_for_what_cannot_be_opened(data_dir, tmp_path, source, wishes):
    with refused() as caught:
        _open(source, data_dir, tmp_path, **wishes)
    assert "\n" not in str(caught.value)


def test_default_place_is_named(tmp_path, monkeypatch):
    config = DataConfig("tfds:mnist", cache_dir=str(tmp_path))
    with refused("data='tfds:mnist'", "tfds.load('mnist'"):
        open_dataset(config, samples.quiet)


def test_tfds_is_imported_only_when_needed():
    code = (
        "import sys, ada_tf.data as data; data.open_dataset(data.DataConfig()); "
        "sys.exit('tensorflow_datasets' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
