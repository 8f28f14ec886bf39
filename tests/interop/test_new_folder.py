"""Folders that appear when they are complete, and never in the place of what somebody else put there."""

import pathlib

import pytest

from ada_tf.errors import UserError
from ada_tf.interop.new_folder import FolderKind, new_folder

KIND = FolderKind("a thing", "thing.txt", ("more.txt",))


def _write(path, overwrite=False, meanwhile=lambda: None):
    with new_folder(path, overwrite, KIND) as written:
        (written / KIND.marker).write_text("ours")
        meanwhile()


def _theirs(path, name):
    path.mkdir(exist_ok=True)
    (path / name).write_text("theirs")


def test_a_folder_appears_when_it_is_complete(tmp_path):
    _write(
        tmp_path / "a" / "new", meanwhile=lambda: pytest.fail if (tmp_path / "new").exists() else 0
    )
    (tmp_path / "empty").mkdir()
    _write(tmp_path / "empty")
    for name in ("a/new", "empty"):
        assert (tmp_path / name / KIND.marker).read_text() == "ours"


@pytest.mark.parametrize("name", ["my notes.txt", KIND.marker])
@pytest.mark.parametrize("overwrite", [False, True])
def test_what_appears_meanwhile_stays(tmp_path, name, overwrite):
    """Save a folder of the same kind, which --overwrite replaces at any time."""
    path = tmp_path / "new"
    if overwrite and name == KIND.marker:
        _write(path, True, lambda: _theirs(path, name))
        assert (path / name).read_text() == "ours"
        return
    with pytest.raises(UserError, match="new has appeared meanwhile|new holds"):
        _write(path, overwrite, lambda: _theirs(path, name))
    assert [(p.name, p.read_text()) for p in path.iterdir()] == [(name, "theirs")]
    assert [p.name for p in tmp_path.iterdir()] == ["new"]


def test_of_two_at_once_the_first_stays(tmp_path):
    path = tmp_path / "new"
    with pytest.raises(UserError, match="new has appeared meanwhile"):
        _write(path, meanwhile=lambda: _write(path))
    assert (path / KIND.marker).read_text() == "ours"


def test_a_file_that_appears_stays(tmp_path):
    path = tmp_path / "new"
    for overwrite in (False, True):
        with pytest.raises(UserError, match="new has appeared meanwhile"):
            _write(path, overwrite, lambda: path.write_text("theirs"))
        assert path.read_text() == "theirs"
        path.unlink()


def test_a_replaced_folder_comes_back_where_the_new_one_cannot_be_put(tmp_path, monkeypatch):
    path, rename = tmp_path / "new", pathlib.Path.rename
    _theirs(path, KIND.marker)

    def failing(self, target):
        if self.name == "new" and self.parent != tmp_path and target == path:
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(pathlib.Path, "rename", failing)
    with pytest.raises(UserError, match="cannot be written: Input/output error"):
        _write(path, True)
    assert (path / KIND.marker).read_text() == "theirs"


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_link_is_no_place(tmp_path, overwrite):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "new").symlink_to(tmp_path / "theirs")
    with pytest.raises(UserError, match="new is a link; give a new folder"):
        _write(tmp_path / "new", overwrite)
