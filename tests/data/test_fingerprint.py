"""The fingerprint is that of the pixels: of nothing else, and of all of them."""

import os
import shutil
import zipfile
import zlib

import numpy as np
import pytest

from ada_tf import png
from ada_tf.data import DataConfig, ImageDataset, open_dataset
from ada_tf.data.dataset import select
from ada_tf.data.stores import ResidentImages
from ada_tf.label_space import NO_LABELS, LabelSpace
from tests.data import samples

NAMES = ["cat/1.png", "cat/2.png", "dog/3.png"]


@pytest.fixture
def source(tmp_path):
    return samples.folder(tmp_path / "pets", NAMES)


def _open(source, **wishes) -> ImageDataset:
    config = DataConfig(str(source), cache_dir=str(source.parent / "cache"), **wishes)
    return open_dataset(config, samples.quiet)


def _of(source, **wishes) -> str:
    found = _open(source, **wishes).fingerprint
    assert len(found) == 16
    assert int(found, 16)
    return found


def test_of_a_folder_is_that_of_its_pixels(source):
    dataset = _open(source)
    images = dataset.images(range(3))
    again = select("other", ResidentImages.from_array(images), None, NO_LABELS, DataConfig())
    assert again.fingerprint == dataset.fingerprint
    images[2, 0, 0, 0] ^= 1
    other = select("other", ResidentImages.from_array(images), None, NO_LABELS, DataConfig())
    assert other.fingerprint != dataset.fingerprint


@pytest.mark.parametrize(
    "wishes",
    [{"subset": 2}, {"mirror": True}, {"seed": 5}, {"validation": 1}, {"resolution": 20}],
)
def test_settings_are_no_part_of_it(source, wishes):
    assert _of(source, **wishes) == _of(source)


def test_held_out_images_share_it(source):
    dataset = _open(source, validation=1)
    assert dataset.validation.fingerprint == dataset.fingerprint


def test_disk_and_memory_have_the_same(source):
    config = DataConfig(str(source), cache_dir=str(source.parent / "cache"), cond=True)
    found = {open_dataset(config, samples.quiet, limit).fingerprint for limit in (0, 2**30)}
    assert len(found) == 1


def test_paths_times_and_files_are_no_part_of_it(source, tmp_path, monkeypatch):
    first = _of(source, cond=True)
    moved = shutil.copytree(source, tmp_path / "elsewhere" / "other name")
    os.utime(moved / NAMES[0], (1, 1))
    (moved / "notes.txt").write_text("new")
    assert _of(moved, cond=True) == first
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as archive:
        for name in NAMES:
            archive.write(source / name, name)
    assert _of(tmp_path / "pets.zip", cond=True) == first
    compress = zlib.compressobj
    monkeypatch.setattr(png.zlib, "compressobj", lambda **_: compress(9))  # as another zlib would
    assert _of(shutil.copytree(source, tmp_path / "third" / "pets"), cond=True) == first


def test_a_prepared_directory_keeps_it(source, tmp_path):
    first = _of(source, cond=True)
    (prepared,) = [path for path in (tmp_path / "cache").iterdir() if path.is_dir()]
    assert _of(prepared, cond=True) == first


def test_images_and_their_order_are_part_of_it(source):
    found = {_of(source)}
    samples.noise(9).save(source / NAMES[1])
    found.add(_of(source))
    (source / NAMES[0]).rename(source / "dog" / "4.png")
    found.add(_of(source))
    (source / NAMES[1]).unlink()
    found.add(_of(source))
    found.add(_of(source, resolution=8))
    found.add(_of(source, channels=1))
    assert len(found) == 6


def test_classes_are_part_of_it_where_they_are_used(source):
    plain, labelled = _of(source), _of(source, cond=True)
    (source / "dog").rename(source / "dogs")
    assert _of(source) == plain
    assert _of(source, cond=True) != labelled
    (source / "dogs").rename(source / "cat" / "inner")
    assert _of(source) == plain


def test_digits_have_one():
    digits = open_dataset(DataConfig())
    assert digits.fingerprint == open_dataset(DataConfig(subset=9, mirror=True)).fingerprint
    others = (DataConfig(resolution=8), DataConfig(channels=3), DataConfig(cond=True))
    assert len({digits.fingerprint, *(open_dataset(c).fingerprint for c in others)}) == 4
    assert open_dataset(DataConfig(cond=True)).class_names == tuple("0123456789")


def test_images_are_counted_without_their_mirror_images(source):
    dataset = _open(source, mirror=True, validation=1)
    assert (dataset.num_images, dataset.num_originals) == (4, 2)
    assert (_open(source).num_images, _open(source).num_originals) == (3, 3)


def test_it_is_the_same_on_every_machine():
    images = np.arange(2 * 8 * 8 * 3).astype(np.uint8).reshape(2, 8, 8, 3)
    store = ResidentImages.from_array(images)
    labelled, space = DataConfig(cond=True), LabelSpace(2, ("cat", "dog"))
    dataset = select("x", store, np.array([1, 0]), space, labelled)
    assert dataset.fingerprint == "e8d59205a9518efa"
