"""Copies of pictures that a cache keeps: told what they are of, deleted only if nobody uses them."""

import fcntl
import itertools
import os
import shutil
import threading
import time

import numpy as np
import pytest

from ada_tf.data import DataConfig, open_dataset
from ada_tf.data.prepared import cache as kept
from ada_tf.data.prepared import manifest
from ada_tf.data.prepared.cache import (
    State,
    lock_file,
    new_work_folder,
    place_of_sets,
    remove_abandoned,
    unfinished,
)
from ada_tf.locks import Lock
from tests.data import samples

LONG_AGO = 1_000_000_000  # 2001, seconds since 1970


@pytest.fixture
def source(tmp_path):
    return samples.folder(tmp_path / "set", ["a.png", "b.png"])


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def opened(source, cache, resolution=8, log=samples.quiet, **options):
    config = DataConfig(str(source), resolution=resolution, cache_dir=str(cache))
    return open_dataset(config, log, **options)


def aged(copy):
    """As if it had not been opened for years."""
    os.utime(copy.folder / manifest.FILE, (LONG_AGO, LONG_AGO))
    (found,) = (other for other in kept.sets(copy.folder.parent) if other.folder == copy.folder)
    return found


def test_what_is_kept_and_of_what(source, cache):
    opened(source, cache)
    opened(source, cache, 16)
    os.utime(kept.sets(cache)[0].folder / manifest.FILE, (LONG_AGO, LONG_AGO))
    newest, oldest = kept.sets(cache)
    assert oldest.used == LONG_AGO
    assert newest.used > LONG_AGO
    assert newest.origin == ("folder", str(source))
    assert newest.size == sum(path.stat().st_size for path in newest.folder.iterdir())
    assert newest.state() is State.SAME
    assert not newest.in_use
    assert kept.sets(cache / "none") == []


def test_opening_is_using(source, cache):
    opened(source, cache)
    (copy,) = kept.sets(cache)
    assert aged(copy).is_unused(LONG_AGO + 1)
    opened(source, cache)
    assert not kept.sets(cache)[0].is_unused(LONG_AGO + 1)


def test_a_set_of_somebody_else_is_used_all_the_same(source, cache, monkeypatch):
    """Its owner alone may say when it was used."""
    opened(source, cache)

    def refuse(path):
        raise PermissionError

    monkeypatch.setattr(os, "utime", refuse)
    assert opened(source, cache).num_images == 2


def test_a_set_is_on_the_disk_before_it_has_its_name(source, cache, monkeypatch):
    """A power cut leaves no set whose files are empty: see docs/operations.md."""
    synced, fsync, replace, numbers = set(), os.fsync, os.replace, len(os.listdir("/dev/fd"))

    def watch(number):
        synced.add((os.fstat(number).st_ino, os.fstat(number).st_mtime_ns))
        fsync(number)

    def compare(work, target):
        if target.suffix == "":  # the set, not its memory of headers
            for path in (*work.iterdir(), work):
                assert (path.stat().st_ino, path.stat().st_mtime_ns) in synced, path
            synced.clear()
        replace(work, target)

    monkeypatch.setattr(os, "fsync", watch)
    monkeypatch.setattr(os, "replace", compare)
    dataset = opened(source, cache)
    assert not synced
    dataset.images([0, 1])
    del dataset
    assert len(os.listdir("/dev/fd")) == numbers


@pytest.mark.parametrize("in_memory", [True, False])
def test_what_somebody_has_open_is_not_deleted(source, cache, in_memory):
    dataset = opened(source, cache, memory_limit=None if in_memory else 0)
    (copy,) = kept.sets(cache)
    assert copy.in_use
    with pytest.raises(kept.InUse, match="is in use by another process; delete it when that has"):
        kept.delete(copy.folder)
    assert dataset.images([0, 1]).shape == (2, 8, 8, 3)
    assert dataset.names([0, 1]) == ["a.png", "b.png"]
    del dataset
    kept.delete(copy.folder)
    assert kept.sets(cache) == []
    assert not copy.folder.exists()
    assert unfinished(cache) == []
    assert opened(source, cache).num_images == 2


def test_a_part_of_the_images_is_use_too(source, cache):
    dataset = opened(source, cache)
    images = dataset.batches(1)
    store = dataset.store
    del dataset
    assert kept.sets(cache)[0].in_use
    assert next(iter(images))["images"].shape == (1, 8, 8, 3)
    assert store.num_images == 2


def test_a_directory_given_by_itself_is_in_use(source, cache):
    opened(source, cache)
    (copy,) = kept.sets(cache)
    dataset = open_dataset(DataConfig(str(copy.folder)), samples.quiet)
    assert kept.sets(cache)[0].in_use
    assert dataset.num_images == 2


def test_what_somebody_prepares_is_not_deleted(source, cache):
    opened(source, cache)
    (copy,) = kept.sets(cache)
    with (
        Lock(lock_file(copy.folder)),
        pytest.raises(kept.InUse, match=rf"is in use by process {os.getpid()} on "),
    ):
        kept.delete(copy.folder)
    assert copy.folder.is_dir()


def test_nothing_is_deleted_where_there_are_no_locks(source, cache, monkeypatch):
    opened(source, cache)
    (copy,) = kept.sets(cache)

    def refuse(number, kind):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(kept.InUse, match=r"lies where there are no locks.*; remove it by hand"):
        kept.delete(copy.folder)
    assert opened(source, cache).num_images == 2


def test_a_set_that_is_deleted_while_it_is_opened_is_prepared_again(source, cache, monkeypatch):
    """Between finding a set and holding it: whoever comes second makes it anew."""
    first = opened(source, cache).images([0, 1])
    (copy,) = kept.sets(cache)
    flock, deleted = fcntl.flock, []

    def delete_first(number, kind):
        if kind == fcntl.LOCK_SH and not deleted:
            deleted.append(copy.folder)
            kept.delete(copy.folder)
        flock(number, kind)

    monkeypatch.setattr(fcntl, "flock", delete_first)
    said = []
    dataset = opened(source, cache, log=said.append)
    assert deleted
    assert "prepared 2 of 2" in said[0]
    np.testing.assert_array_equal(dataset.images([0, 1]), first)


def test_opening_and_deleting_at_once_end_well(source, cache):
    """Threads with locks of their own stand for processes."""
    expected = opened(source, cache).images([0, 1])
    (copy,) = kept.sets(cache)
    over, problems, deleted = threading.Event(), [], []
    end = time.monotonic() + 60

    def delete():
        while not over.is_set():
            try:
                kept.delete(copy.folder)
                deleted.append(1)
            except (kept.InUse, FileNotFoundError):
                over.wait(0.001)
            except Exception as error:  # told below: threads tell nobody
                problems.append(error)

    def use():
        try:
            rounds = itertools.count()
            while next(rounds) < 4 or (not deleted and time.monotonic() < end):
                dataset = opened(source, cache, memory_limit=0)
                np.testing.assert_array_equal(dataset.images([0, 1]), expected)
                del dataset
                over.wait(0.002)  # a moment in which nobody uses it, on a single core as well
        except Exception as error:
            problems.append(error)

    deleter, users = threading.Thread(target=delete), [threading.Thread(target=use) for _ in "ab"]
    for thread in (deleter, *users):
        thread.start()
    for thread in users:
        thread.join()
    over.set()
    deleter.join()
    assert problems == []
    assert deleted


def test_what_is_open_for_long_is_used(source, cache):
    dataset = opened(source, cache)
    (copy,) = kept.sets(cache)
    assert not aged(copy).is_unused(LONG_AGO + 1)
    samples.noise(9).save(source / "c.png")
    assert not aged(copy).is_unused(LONG_AGO + 1)
    assert dataset.num_images == 2


def test_what_changed_is_unused_and_what_is_gone_is_spared(source, cache):
    opened(source, cache)
    (copy,) = kept.sets(cache)
    samples.noise(9).save(source / "c.png")
    assert copy.state() is State.CHANGED
    assert copy.is_unused(0)  # however lately it was opened
    shutil.rmtree(source)
    assert copy.state() is State.GONE
    assert not aged(copy).is_unused(LONG_AGO + 1)


def test_what_is_drawn_is_unused_by_age_alone(cache):
    opened("creatures:3", cache)
    (copy,) = kept.sets(cache)
    assert copy.state() is State.NO_FILES
    assert copy.origin == ("drawn", "creatures:3")
    assert not copy.is_unused(0)
    assert aged(copy).is_unused(LONG_AGO + 1)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": 4}', '{"a":' * 100_000])
def test_a_damaged_set_is_listed_and_can_be_deleted(source, cache, text):
    opened(source, cache)
    (kept.sets(cache)[0].folder / manifest.FILE).write_text(text)
    (copy,) = kept.sets(cache)
    assert (copy.about, copy.origin, copy.state()) == (None, None, None)
    kept.delete(copy.folder)
    assert kept.sets(cache) == []


@pytest.mark.parametrize(
    "origin",
    [
        {},
        {"kind": 7, "path": 7},
        {"kind": "folder", "path": "/", "split": "train", "key": "x"},
        {"kind": "eel", "path": "/", "split": "train", "key": "x"},
        {"kind": "folder", "path": "a\0b", "split": "train", "key": "x"},
    ],
)
def test_what_a_set_says_of_its_source_is_not_believed(source, cache, origin):
    opened(source, cache)
    (copy,) = kept.sets(cache)
    about = manifest.read(copy.folder)
    (copy.folder / manifest.FILE).unlink()
    manifest.write(copy.folder, about.__class__(**{**vars(about), "origin": origin}))
    (copy,) = kept.sets(cache)
    assert copy.state() in (None, State.CHANGED, State.GONE)
    assert copy.origin in (None, (origin.get("kind"), origin.get("path")))


def test_nothing_else_is_a_set(source, cache, tmp_path):
    opened(source, cache)
    (copy,) = kept.sets(cache)
    mine = tmp_path / "photos-8x8x3-0123456789ab"
    shutil.copytree(copy.folder, mine)
    (cache / mine.name).symlink_to(mine)
    samples.folder(cache / "photos", ["a.png"])
    shutil.copytree(copy.folder, cache / "renamed")
    (cache / "empty-8x8x3-0123456789ab").mkdir()
    (cache / "file-8x8x3-0123456789ab").touch()
    assert [found.folder for found in kept.sets(cache)] == [copy.folder]


def test_links_inside_are_removed_and_not_followed(source, cache):
    opened(source, cache)
    (copy,) = kept.sets(cache)
    (copy.folder / "link").symlink_to(source)
    assert kept.sets(cache)[0].size < copy.size + 1000
    kept.delete(copy.folder)
    assert sorted(path.name for path in source.iterdir()) == ["a.png", "b.png"]


def test_what_killed_preparations_left_is_found(source, cache):
    opened(source, cache)
    (copy,) = kept.sets(cache)
    left = new_work_folder(copy.folder)
    assert kept.left_behind(cache) == [left]
    with Lock(lock_file(copy.folder)):
        remove_abandoned(left)
        assert left.exists()
    remove_abandoned(left)
    assert kept.left_behind(cache) == []


def test_the_folder_of_the_copies(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert place_of_sets(None) == tmp_path / "ada_tf" / "datasets"
    assert place_of_sets("~/mine") == tmp_path / "home" / "mine"
    assert not (tmp_path / "ada_tf").exists()
