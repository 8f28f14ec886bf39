"""One process prepares a set; others wait for it, and nobody removes what another is writing."""

import os
import pathlib
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from ada_tf.data import DataConfig, open_dataset
from ada_tf.data.prepared import prepare, transform
from ada_tf.locks import Lock
from tests.data import samples

# Prepares a folder, and stops in the middle for ever.
STUCK = """
import sys, time
from ada_tf.data import DataConfig, open_dataset
from ada_tf.data.prepared import records
def add(*_):
    print("preparing", flush=True)
    time.sleep(600)
records.Writer.add = add
open_dataset(DataConfig(sys.argv[1], resolution=8, cache_dir=sys.argv[2]))
"""


def _open(source, cache, log=samples.quiet, resolution=8):
    config = DataConfig(str(source), resolution=resolution, channels=3, cache_dir=str(cache))
    return open_dataset(config, log)


def _folders(cache) -> list[pathlib.Path]:
    return [path for path in cache.iterdir() if path.is_dir()]


@pytest.fixture
def source(tmp_path):
    return samples.folder(tmp_path / "set", ["a.png", "b.png"])


def test_a_second_process_waits_and_uses_the_result(source, tmp_path, monkeypatch):
    """Threads with locks of their own stand for processes: the kernel makes no difference."""
    cache, said, starts = tmp_path / "cache", [], []
    waits, really = threading.Event(), prepare.transform_all

    def slowly(*arguments):
        starts.append(arguments)
        assert waits.wait(60)
        return really(*arguments)

    def log(line):
        said.append(line)
        if "waiting" in line:
            waits.set()

    monkeypatch.setattr(prepare, "transform_all", slowly)
    opened = []
    threads = [
        threading.Thread(target=lambda: opened.append(_open(source, cache, log))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(starts) == 1
    assert sum("prepared 2 of 2 images" in line for line in said) == 1
    assert sum("prepared before" in line for line in said) == 2
    waiting = [line for line in said if line.endswith("; waiting")]
    assert len(waiting) >= 1
    assert all(f"(process {os.getpid()} on " in line for line in waiting)
    for dataset in opened:
        np.testing.assert_array_equal(dataset.images([0, 1]), opened[0].images([0, 1]))
    assert len(_folders(cache)) == 1


def test_what_a_killed_process_left_is_removed(source, tmp_path):
    cache = tmp_path / "cache"
    killed = subprocess.Popen(
        [sys.executable, "-c", STUCK, str(source), str(cache)], stdout=subprocess.PIPE, text=True
    )
    assert killed.stdout.readline() == "preparing\n"
    (left,) = _folders(cache)
    assert left.name.startswith(".preparing-set-8x8x3-")
    _open(source, cache, resolution=16)  # another set: what is in use stays
    assert left.exists()
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    killed.stdout.close()
    _open(source, cache, resolution=32)
    assert not left.exists()
    assert len(_folders(cache)) == 2
    assert _open(source, cache).num_images == 2


def test_names_and_numbers_of_processes_decide_nothing(source, tmp_path):
    """Two containers may have one host name, one process number and one cache."""
    cache = tmp_path / "cache"
    cache.mkdir()
    other = cache / ".preparing-other-8x8x3-0123456789ab-abcdefgh"
    other.mkdir()
    with Lock(cache / ".other-8x8x3-0123456789ab.lock"):
        _open(source, cache)
        assert other.exists()
    _open(source, cache, resolution=16)
    assert not other.exists()


def test_nothing_is_removed_where_there_are_no_locks(source, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    left = cache / ".preparing-other-8x8x3-0123456789ab-abcdefgh"
    left.mkdir(parents=True)

    def refuse(number, kind):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr("fcntl.flock", refuse)
    assert _open(source, cache).num_images == 2
    assert left.exists()


def test_a_prepared_set_opens_from_a_place_that_is_read_only(source, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    first = _open(source, cache)

    def refuse(*arguments):
        raise AssertionError("nothing is to be written")

    for name in ("alone", "_prepare"):
        monkeypatch.setattr(prepare, name, refuse)
    monkeypatch.setattr(transform, "transform_all", refuse)
    np.testing.assert_array_equal(_open(source, cache).images([0]), first.images([0]))
