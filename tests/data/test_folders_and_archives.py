"""A kind of source is a function and a row: all that is said and done follows from the row."""

import functools
import io
import pathlib
import tarfile

import numpy as np
import pytest

from ada_tf.data import DataConfig, open_dataset
from ada_tf.data.sources import folders_and_archives
from ada_tf.data.sources.folders_and_archives import File
from tests.data import samples
from tests.sentences import refused


def files_of(path: pathlib.Path):
    """As a maintainer would write it for tar files."""
    with tarfile.open(path) as archive:
        members = [member for member in archive if member.isfile()]
        for member in members:
            data = archive.extractfile(member).read()
            opener = functools.partial(lambda data, max_bytes: io.BytesIO(data), data)
            yield File(member.name, opener, (member.size, path.stat().st_mtime_ns))


@pytest.fixture
def tar():
    kind = folders_and_archives.SourceKind(
        "a tar file", folders_and_archives.ends_in(".tar", ".tar.gz"), files_of
    )
    assert folders_and_archives.add_source("tar", kind) is kind
    yield
    del folders_and_archives.KINDS["tar"]


def _tar(folder, path):
    with tarfile.open(path, "w:gz") as archive:
        for file in sorted(folder.rglob("*.png")):
            archive.add(file, file.relative_to(folder))


def _open(source, cache, log=samples.quiet, **wishes):
    wishes = {"resolution": 16, **wishes}
    return open_dataset(DataConfig(str(source), cache_dir=str(cache), **wishes), log)


@pytest.mark.usefixtures("tar")
def test_the_sentence_names_every_kind():
    sentence = folders_and_archives.accepted()
    assert sentence.startswith("creatures[:N], digits, tfds:NAME, ")
    assert "a tar file" in sentence
    for kind in folders_and_archives.KINDS.values():
        assert f"{kind.what} or" in sentence or f"{kind.what}," in sentence


def test_a_path_is_of_one_kind(tmp_path):
    (tmp_path / "a.zip").mkdir()
    (tmp_path / "B.ZIP").touch()
    (tmp_path / "c.gz").touch()
    assert folders_and_archives.kind_of(tmp_path / "a.zip") == "folder"
    assert folders_and_archives.kind_of(tmp_path / "B.ZIP") == "zip"
    assert folders_and_archives.kind_of(tmp_path / "c.gz") is None
    assert folders_and_archives.kind_of(tmp_path / "d.zip") is None


@pytest.mark.usefixtures("tar")
def test_a_new_row_is_all_that_a_kind_needs(tmp_path):
    names = ["cat/1.png", "dog/2.png", "dog/.hidden.png"]
    source = samples.folder(tmp_path / "pets", names)
    _tar(source, tmp_path / "pets.tar.gz")
    folder = _open(source, tmp_path / "cache", cond=True)
    said = []
    ours = _open(tmp_path / "pets.tar.gz", tmp_path / "cache", said.append, cond=True)
    np.testing.assert_array_equal(ours.images([0, 1]), folder.images([0, 1]))
    np.testing.assert_array_equal(ours.labels, [0, 1])
    assert "prepared 2 of 2 images" in said[0]
    said.clear()
    _open(tmp_path / "pets.tar.gz", tmp_path / "cache", said.append, cond=True)
    assert "prepared before" in said[0]


@pytest.mark.usefixtures("tar")
def test_copies_are_left_out_and_changes_are_told_whatever_the_kind(tmp_path):
    source = samples.folder(tmp_path / "pets", ["a.png", "b.png"])
    (source / "c.png").write_bytes((source / "a.png").read_bytes())
    _tar(source, tmp_path / "pets.tar")
    said = []
    _open(tmp_path / "pets.tar", tmp_path / "cache", said.append)
    duplicate = "data: left out as duplicates: 1 of 3 images, such as c.png, the same file as a.png"
    assert duplicate in said
    said.clear()
    (prepared,) = (tmp_path / "cache").glob("pets-*x3-*")
    _open(prepared, tmp_path / "cache", said.append)
    assert duplicate in said
    said.clear()
    samples.noise(9).save(source / "d.png")
    _tar(source, tmp_path / "pets.tar")
    _open(prepared, tmp_path / "cache", said.append)
    assert f"Warning: {tmp_path / 'pets.tar'} has changed" in said[0]


def test_what_is_of_no_kind_is_refused(tmp_path):
    (tmp_path / "pets.tar").touch()
    with refused("data=", "pets.tar'"):
        _open(tmp_path / "pets.tar", tmp_path / "cache")


def test_a_kind_from_outside_is_asked_before_those_of_the_package(tmp_path):
    (tmp_path / "frames.film").mkdir()
    (tmp_path / "photos").mkdir()
    kind = folders_and_archives.SourceKind(
        "a film folder", lambda path: path.suffix == ".film", folders_and_archives.files_below
    )
    folders_and_archives.add_source("film", kind)
    try:
        assert folders_and_archives.kind_of(tmp_path / "frames.film") == "film"
        assert folders_and_archives.kind_of(tmp_path / "photos") == "folder"
    finally:
        del folders_and_archives.KINDS["film"]
