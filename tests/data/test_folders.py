import json
import zipfile

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

from ada_tf.data import DataConfig, open_dataset
from tests.data import samples
from tests.sentences import refused


def _open(source, cache, **wishes):
    return open_dataset(DataConfig(str(source), cache_dir=str(cache), **wishes), samples.quiet)


def _zip(folder, path, inside=""):
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, inside + file.relative_to(folder).as_posix())
    return path


def test_flat_folder(tmp_path):
    names = ["a.png", "b.jpg", "c.webp", "d.bmp", "e.tiff"]
    source = samples.folder(tmp_path / "my photos", names, size=(24, 17))
    dataset = _open(source, tmp_path / "cache", resolution=8)
    assert dataset.name == "my photos"
    assert (dataset.num_images, str(dataset.shape)) == (5, "8x8x3")
    for index, name in enumerate(names):
        with Image.open(source / name) as image:
            expected = samples.reference(image, 8)
        np.testing.assert_array_equal(dataset.images([index])[0], expected)


def test_class_folders(tmp_path):
    source = samples.folder(tmp_path / "pets", ["dog/1.png", "cat/1.png", "cat/2.png"])
    dataset = _open(source, tmp_path / "cache", cond=True)
    np.testing.assert_array_equal(dataset.labels, [0, 0, 1])
    assert dataset.num_classes == 2
    np.testing.assert_allclose(dataset.class_frequencies, [2 / 3, 1 / 3], rtol=1e-6)
    (prepared,) = (tmp_path / "cache").glob("pets-20x20x3-*")
    prepared = tfds.builder_from_directory(prepared)
    assert prepared.info.features["label"].names == ["cat", "dog"]


def test_image_folder_layout_of_tfds(tmp_path):
    names = ["train/cat/1.png", "train/dog/2.png", "test/cat/3.png"]
    source = samples.folder(tmp_path / "pets", names, size=(8, 8))
    dataset = _open(source, tmp_path / "cache", cond=True)
    np.testing.assert_array_equal(dataset.labels, [0, 1])
    test = _open(source, tmp_path / "cache", split="test")
    np.testing.assert_array_equal(test.images([0])[0], np.asarray(samples.noise(2, (8, 8))))


@pytest.mark.parametrize("inside", ["", "pets/"])
def test_zip_equals_folder(tmp_path, inside):
    source = samples.folder(tmp_path / "pets", ["cat/1.png", "dog/2.png", "cat/.hidden/3.png"])
    path = _zip(source, tmp_path / "pets.zip", inside)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("__MACOSX/cat/._1.png", b"leftover")
    folder, archive = (_open(s, tmp_path / "cache", cond=True) for s in (source, path))
    assert archive.name == folder.name == "pets"
    np.testing.assert_array_equal(archive.labels, [0, 1])
    np.testing.assert_array_equal(archive.images([0, 1]), folder.images([0, 1]))


def test_labels_of_dataset_json(tmp_path):
    source = samples.folder(tmp_path / "set", ["00/a.png", "00/b.png"])
    (source / "dataset.json").write_text(json.dumps({"labels": [["00/b.png", 0], ["00/a.png", 3]]}))
    dataset = _open(source, tmp_path / "cache", cond=True)
    np.testing.assert_array_equal(dataset.labels, [3, 0])
    assert dataset.num_classes == 4
    np.testing.assert_array_equal(dataset.class_frequencies, [0.5, 0, 0, 0.5])


@pytest.mark.parametrize("text", ["{", "[]", '{"labels": 3}', '{"labels": [["a.png", 0.5]]}'])
def test_unusable_dataset_json(tmp_path, text):
    source = samples.folder(tmp_path / "set", ["a.png"])
    (source / "dataset.json").write_text(text)
    with refused("dataset.json"):
        _open(source, tmp_path / "cache")
