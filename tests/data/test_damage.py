"""Whatever happens to the files of a prepared set: the same images, or one sentence."""

import dataclasses
import os
import pathlib
import shutil

import numpy as np
import pytest

from ada_tf import formats
from ada_tf.data import DataConfig, ImageDataset, open_dataset
from ada_tf.data.prepared import manifest
from ada_tf.data.prepared import prepared_set as prepared
from ada_tf.errors import UserError
from ada_tf.shape import Shape
from tests.data import samples
from tests.sentences import refused

FILES = (
    "data_report.json",
    "data_report.txt",
    "dataset_info.json",
    "features.json",
    "images-train.tfrecord-00000",
    "index.npy",
    "label.labels.txt",
    "prepared.json",
    "remarks.json",
)
FLIPS = 4


def _flip(number):
    def flip(path):
        """Flip one bit at a random place."""
        data = bytearray(path.read_bytes())
        place = np.random.default_rng([number, len(data)]).integers(8 * len(data))
        data[place // 8] ^= 1 << place % 8
        path.write_bytes(data)

    return flip


DAMAGES = {
    "empty": lambda path: os.truncate(path, 0),
    "lost": pathlib.Path.unlink,
    "cut": lambda path: os.truncate(path, path.stat().st_size * 2 // 3),
    "one byte short": lambda path: os.truncate(path, path.stat().st_size - 1),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "a pipe": lambda path: (path.unlink(), os.mkfifo(path)),
    **{f"flip {number}": _flip(number) for number in range(FLIPS)},
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A folder of images, the cache with its prepared set, and its images and labels."""
    root = tmp_path_factory.mktemp("sound")
    source = samples.folder(
        root / "pets", [f"{'cat' if i % 2 else 'dog'}/{i}.png" for i in range(6)]
    )
    dataset = _open(source, root / "cache")
    return source, root / "cache", dataset.images(range(6)), dataset.labels


def _open(source, cache, log=samples.quiet, **arguments) -> ImageDataset:
    config = DataConfig(str(source), cache_dir=str(cache), cond=True, resolution=16)
    return open_dataset(config, log, **arguments)


def _prepared(cache) -> pathlib.Path:
    (path,) = [path for path in cache.iterdir() if path.is_dir()]
    return path


def _says_the_same(good: pathlib.Path, path: pathlib.Path) -> bool:
    """Whether a damage hit nothing that is read: what is around images, or the last line end."""
    if not path.is_file():
        return False
    if path.name == manifest.FILE:
        return path.read_bytes() == good.read_bytes().rstrip()
    if path.suffix.startswith(".tfrecord"):
        store, size = prepared.read(good.parent).store, good.stat().st_size
        return path.stat().st_size == size and all(
            store.encoded(item) in path.read_bytes() for item in range(store.num_images)
        )
    return False


def test_these_are_all_files(sound):
    assert sorted(path.name for path in _prepared(sound[1]).iterdir()) == list(FILES)


@pytest.mark.parametrize("kind", DAMAGES)
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_set_of_the_cache_is_prepared_again(sound, tmp_path, name, kind):
    source, good, images, labels = sound
    cache, said = tmp_path / "cache", []
    shutil.copytree(good, cache)
    DAMAGES[kind](_prepared(cache) / name)
    harmless = _says_the_same(_prepared(good) / name, _prepared(cache) / name)
    dataset = _open(source, cache, said.append)
    np.testing.assert_array_equal(dataset.images(range(6)), images)
    np.testing.assert_array_equal(dataset.labels, labels)
    assert dataset.class_names == ("cat", "dog")
    lines = [line for line in said if "is damaged" in line]
    assert len(lines) == (not harmless)
    for line in lines:
        assert line.startswith(f"data: {_prepared(cache)} is damaged ({name}")
        assert line.endswith("; preparing it again")
    assert sorted(path.name for path in _prepared(cache).iterdir()) == list(FILES)
    said.clear()
    _open(source, cache, said.append)
    assert said[0] == f"data: prepared before, in {_prepared(cache)}"


RECORDS = next(name for name in FILES if ".tfrecord" in name)


# Where images lie when they are read matters to their own file alone.
@pytest.mark.parametrize(("name", "in_memory"), [*((n, True) for n in FILES), (RECORDS, False)])
@pytest.mark.parametrize("kind", ["empty", "lost", "zeros", "flip 1", "flip 2"])
def test_a_damaged_set_of_the_user_is_a_sentence(sound, tmp_path, name, kind, in_memory):
    folder = shutil.copytree(_prepared(sound[1]), tmp_path / "mine")
    DAMAGES[kind](folder / name)
    left = sorted(path.name for path in folder.iterdir())
    if name == manifest.FILE and kind == "lost":  # a TFDS data set is left
        dataset = _open(folder, tmp_path / "cache")
        np.testing.assert_array_equal(dataset.images(range(6)), sound[2])
        return
    with pytest.raises(UserError, match="mine is damaged .*; remove the folder and give") as caught:
        _open(folder, tmp_path / "cache", memory_limit=2**20 * in_memory).images(range(6))
    assert "\n" not in str(caught.value)
    assert name in str(caught.value)
    assert sorted(path.name for path in folder.iterdir()) == left
    assert not (tmp_path / "cache").exists()


def test_a_damaged_image_of_a_stream_is_a_sentence(sound, tmp_path):
    folder = shutil.copytree(_prepared(sound[1]), tmp_path / "mine")
    dataset = _open(folder, tmp_path / "cache", memory_limit=0)
    dataset.raise_damage()
    (records,) = folder.glob("*.tfrecord-*")
    with records.open("r+b") as file:  # one image: threads read the others in any order
        file.seek(dataset.store.offsets[3])
        file.write(bytes(dataset.store.lengths[3]))
    with pytest.raises(Exception, match="is not what was written"):
        list(dataset.batches(6).take(1))
    with refused():
        dataset.raise_damage()


def test_a_damaged_set_is_not_prepared_in_another_shape(sound, tmp_path):
    folder = shutil.copytree(_prepared(sound[1]), tmp_path / "mine")
    (records,) = folder.glob("*.tfrecord-*")
    DAMAGES["zeros"](records)
    with refused():
        open_dataset(
            DataConfig(str(folder), resolution=8, cache_dir=str(tmp_path / "cache")), samples.quiet
        )
    assert not [path for path in (tmp_path / "cache").iterdir() if path.is_dir()]


@pytest.mark.parametrize(
    "step",
    [
        1,
        -1,
    ],
)
def test_a_set_of_another_version_is_not_believed(sound, tmp_path, monkeypatch, step):
    """Pointed at, it is refused; in the cache it lies under another name and is made again."""
    folder = shutil.copytree(_prepared(sound[1]), tmp_path / "mine")
    other = dataclasses.replace(formats.PREPARED, number=formats.PREPARED.number + step)
    monkeypatch.setattr(formats, "PREPARED", other)
    with refused():
        _open(folder, tmp_path / "cache")
    said = []
    source = samples.folder(tmp_path / "set", ["a.png"], size=(70, 70))
    config = DataConfig(str(source), cache_dir=str(tmp_path / "cache"))
    open_dataset(config, samples.quiet)
    monkeypatch.undo()
    open_dataset(config, said.append)
    assert len([path for path in (tmp_path / "cache").iterdir() if path.is_dir()]) == 2


@pytest.mark.parametrize("text", ["", "{", "[]", '{"median_side": 8, "grey": true}'])
def test_damaged_memory_of_headers_is_not_believed(tmp_path, text):
    source = samples.folder(tmp_path / "set", ["a.png"], size=(70, 70))
    config = DataConfig(str(source), cache_dir=str(tmp_path / "cache"))
    assert open_dataset(config, samples.quiet).shape.width == 64
    (memory,) = (tmp_path / "cache").glob("*-headers.json")
    before = memory.read_text()
    memory.write_text(text)
    dataset = open_dataset(config, samples.quiet)
    assert dataset.shape == Shape(64, 64, 3)
    assert memory.read_text() == before
