import numpy as np
import pytest

from ada_tf.data import DataConfig, open_dataset
from ada_tf.data.prepared import records
from ada_tf.data.stores import Damaged
from ada_tf.errors import UserError
from ada_tf.metrics.images.reals import images_of_dataset
from tests.data import samples

FILES = ["a/2.png", "a/1.png", "b/é 3.png", "b/4.png", "5.png"]


def _open(tmp_path, memory_limit=None, **wishes):
    source = tmp_path / "set"
    if not source.exists():
        samples.folder(source, FILES)
    config = DataConfig(str(source), cache_dir=str(tmp_path / "cache"), **wishes)
    return open_dataset(config, samples.quiet, memory_limit)


@pytest.mark.parametrize("memory_limit", [0, None], ids=["on disk", "in memory"])
def test_names_are_those_of_the_files(tmp_path, memory_limit, monkeypatch):
    monkeypatch.setattr(records, "_SHARD_BYTES", 2 * 16 * 16 * 3)  # two images a file
    found = _open(tmp_path, memory_limit, mirror=True)
    assert found.names(np.arange(5)) == sorted(FILES)
    assert found.names([8, 1, 1]) == [sorted(FILES)[i] for i in (3, 1, 1)]
    assert images_of_dataset(found).names() == sorted(FILES)
    assert found.names([]) == []


def test_held_out_images_keep_their_names(tmp_path):
    found = _open(tmp_path, validation=2)
    both = [*images_of_dataset(found).names(), *images_of_dataset(found.validation).names()]
    assert sorted(both) == sorted(FILES)
    whole = _open(tmp_path)
    index = sorted(FILES).index(images_of_dataset(found.validation).names()[1])
    np.testing.assert_array_equal(found.validation.images([1]), whole.images([index]))


def test_images_of_no_files_are_numbered():
    assert open_dataset(DataConfig("digits")).names([7, 0]) == ["image 7", "image 0"]


def test_damaged_files(tmp_path):
    found = _open(tmp_path, 0)
    file = found.store.files[0]
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(Damaged, match="is cut short"):
        found.names([4])


def test_a_picture_that_the_disk_has_lost_is_noticed(tmp_path, monkeypatch):
    places = records.Writer._places
    monkeypatch.setattr(records.Writer, "_places", lambda self: list(places(self))[:-1])
    with pytest.raises(UserError, match="Input/output error"):
        _open(tmp_path)
