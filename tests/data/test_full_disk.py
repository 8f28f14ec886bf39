"""A place that is full or may not be written is one sentence, and nothing half-made stays there."""

import errno
import os
import pathlib
import resource
import tempfile

import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from ada_tf import files, locks
from ada_tf.data import DataConfig, open_dataset
from ada_tf.data.prepared import choose_shape as scan
from ada_tf.data.prepared import data_report, manifest, prepare, prepared_set
from ada_tf.errors import UserError
from tests.data import samples
from tests.sentences import refused

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)


@pytest.fixture
def source(tmp_path):
    return samples.folder(tmp_path / "set", [f"{i}.png" for i in range(20)])


def _refusal(source, cache) -> str:
    with pytest.raises(UserError) as caught:
        open_dataset(DataConfig(str(source), cache_dir=str(cache)), samples.quiet)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert str(cache) in message
    return message


def _left(cache) -> list[str]:
    """What is there that a later preparation would not take as it is."""
    return [
        path.name
        for path in cache.iterdir()
        if path.suffix != ".lock" and not path.name.endswith("-headers.json")
    ]


@pytest.mark.parametrize("most", [0, 50, 200, 1000, 4000, 15_000])
def test_files_that_cannot_grow(source, tmp_path, most):
    """The kernel lets no file grow beyond some size: each level stops another file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        message = _refusal(source, tmp_path / "cache")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "cannot be written: File too large." in message
    assert not _left(tmp_path / "cache")
    dataset = open_dataset(
        DataConfig(str(source), cache_dir=str(tmp_path / "cache")), samples.quiet
    )
    assert dataset.num_images == 20


STEPS = {
    "the folder": (pathlib.Path, "mkdir"),
    "the headers": (scan.checksummed_json, "write"),
    "the lock": (locks, "Lock"),
    "the folder to work in": (tempfile, "mkdtemp"),
    "the report": (data_report, "write_text"),
    "the remarks": (data_report, "write_remarks"),
    "the index": (prepared_set.np, "save"),
    "the manifest": (manifest.checksummed_json, "write"),
    "onto the disk": (os, "fsync"),
    "into its place": (os, "replace"),
}


# What is done with a failure of a step does not depend on its number: each number at one step.
@pytest.mark.parametrize(
    ("step", "number"),
    [*((step, FULL[0]) for step in STEPS), *(("the index", number) for number in FULL[1:])],
)
def test_every_step_may_fail(source, tmp_path, monkeypatch, step, number):
    def refuse(*arguments, **named):
        raise OSError(number, os.strerror(number), "somewhere")

    monkeypatch.setattr(*STEPS[step], refuse)
    message = _refusal(source, tmp_path / "cache")
    monkeypatch.undo()
    assert os.strerror(number) in message
    assert not (tmp_path / "cache").exists() or not _left(tmp_path / "cache")


@pytest.mark.parametrize("method", ["initialize_splits", "add_examples", "close_all"])
@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        tf.errors.ResourceExhaustedError(None, None, "/a/b; No space left on device"),
        tf.errors.PermissionDeniedError(None, None, "/a/b; Permission denied"),
    ],
)
def test_tfds_may_fail(source, tmp_path, monkeypatch, method, error):
    def refuse(*arguments, **named):
        raise error

    monkeypatch.setattr(tfds.core.SequentialWriter, method, refuse)
    assert f"cannot be written: {files.cause(error)}." in _refusal(source, tmp_path / "cache")
    assert not _left(tmp_path / "cache")


@pytest.mark.parametrize("lost", [1, 500, 2000])
def test_a_disk_that_loses_what_is_written_is_noticed(source, tmp_path, monkeypatch, lost):
    close = tfds.core.SequentialWriter.close_all

    def lose(writer):
        close(writer)
        (records,) = tmp_path.glob("cache/.preparing-*/*.tfrecord-*")
        data = bytearray(records.read_bytes())
        data[400 : 400 + lost] = bytes(lost)  # inside the first image, and on
        records.write_bytes(data)

    monkeypatch.setattr(tfds.core.SequentialWriter, "close_all", lose)
    assert "cannot be written: Input/output error." in _refusal(source, tmp_path / "cache")
    assert not _left(tmp_path / "cache")


def test_a_damaged_set_that_cannot_be_removed_is_a_sentence(source, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    open_dataset(DataConfig(str(source), cache_dir=str(cache)), samples.quiet)
    (set_of_cache,) = [path for path in cache.iterdir() if path.is_dir()]
    (set_of_cache / prepared_set.INDEX_FILE).unlink()

    def refuse(*arguments, **named):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(prepare.shutil, "rmtree", refuse)
    assert "cannot be written: Read-only file system." in _refusal(source, cache)


@pytest.mark.parametrize("name", [b"\xff", b"a\xe9b"])
def test_a_cache_that_tensorflow_cannot_name_is_refused(source, tmp_path, name):
    cache = tmp_path / os.fsdecode(name)
    with refused("cache_dir="):
        open_dataset(DataConfig(str(source), cache_dir=str(cache)), samples.quiet)
    assert not cache.exists()
