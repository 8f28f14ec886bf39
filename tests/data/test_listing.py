import pytest

from ada_tf.data.sources.labels import Listed
from ada_tf.data.sources.listing import arrange, read
from tests.data import samples


def _arrange(names, listed=None, split="train"):
    layout = arrange("photos", names, listed, split)
    return layout.names, layout.labels, list(layout.label_space.class_names) or None


def test_flat_folder_has_no_labels():
    assert _arrange(["b.png", "a.png"]) == (["a.png", "b.png"], None, None)


def test_sub_folders_are_classes():
    names, labels, classes = _arrange(["dog/1.png", "cat/deep/2.png", "cat/1.png"])
    assert names == ["cat/1.png", "cat/deep/2.png", "dog/1.png"]
    assert labels == [0, 0, 1]
    assert classes == ["cat", "dog"]


def test_images_beside_sub_folders_leave_no_labels():
    assert _arrange(["cat/1.png", "2.png"])[1] is None


@pytest.mark.parametrize("top", ["", "all/", "all/my photos/"])
def test_folders_around_everything_mean_nothing(top):
    assert _arrange([top + "1.png", top + "2.png"])[1] is None
    names, labels, classes = _arrange([top + "cat/1.png", top + "dog/2.png"])
    assert names == [top + "cat/1.png", top + "dog/2.png"]
    assert (labels, classes) == ([0, 1], ["cat", "dog"])


def test_splits():
    names = ["train/cat/1.png", "train/dog/2.png", "test/cat/3.png"]
    assert _arrange(names) == (["train/cat/1.png", "train/dog/2.png"], [0, 1], ["cat", "dog"])
    assert _arrange(names, split="test") == (["test/cat/3.png"], [0], ["cat"])
    # What is left out is said: it may be most of the images.
    assert arrange("photos", names, None, "test").notes[0] == "split 'test' used out of test, train"


def test_splits_without_classes():
    assert _arrange(["train/1.png", "test/2.png"]) == (["train/1.png"], None, None)


def test_a_class_may_be_called_train_beside_others():
    assert _arrange(["bus/1.png", "train/1.png"])[2] == ["bus", "train"]


def test_listed_labels_win_over_folders():
    names = ["x/a.png", "y/b.png"]
    listed = Listed("dataset.json", {"x/a.png": 2, "y/b.png": 0}, None)
    assert _arrange(names, listed) == (names, [2, 0], ["0", "1", "2"])


def test_incomplete_list_falls_back_to_folders_and_is_reported():
    listed = Listed("dataset.json", {"x/a.png": 2}, None)
    layout = arrange("photos", ["x/a.png", "y/b.png"], listed, "train")
    assert layout.labels == [0, 1]
    assert any("1 of 2 images have none, such as y/b.png" in note for note in layout.notes)


def test_files_of_a_folder_are_opened_where_they_lie(tmp_path):
    folder = samples.folder(tmp_path / "set", ["a.png", "b.png"])
    found = read("folder", folder, "train").entries
    assert [entry.path for entry in found] == [folder / "a.png", folder / "b.png"]
    assert [entry.label for entry in found] == [None, None]
