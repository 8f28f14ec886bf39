"""One owner at a time; a killed process leaves nothing that locks."""

import errno
import fcntl
import os
import signal
import subprocess
import sys

import pytest

from ada_tf.locks import Held, Lock

HOLD = "import sys, time; from ada_tf.locks import Lock; lock = Lock(sys.argv[1]); lock.__enter__(); print('held', flush=True); time.sleep(60)"


def test_a_second_owner_learns_who_the_first_is(tmp_path):
    with Lock(tmp_path / "lock") as first:
        assert first.works
        with pytest.raises(Held, match=rf"^process {os.getpid()} on "), Lock(tmp_path / "lock"):
            pass
    with Lock(tmp_path / "lock"):
        pass


def test_kill_releases_the_lock(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "lock")], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(Held, match=f"process {holder.pid} on"), Lock(tmp_path / "lock"):
        pass
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    with Lock(tmp_path / "lock") as lock:
        assert lock.works


def test_a_file_that_says_nothing_is_held_by_somebody(tmp_path):
    with Lock(tmp_path / "lock"):
        (tmp_path / "lock").write_bytes(b"\xff[")
        with pytest.raises(Held, match="^another process$"), Lock(tmp_path / "lock"):
            pass


def test_file_systems_without_locks_are_told(tmp_path, monkeypatch):
    def flock(number, kind):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    with Lock(tmp_path / "lock") as lock:
        assert not lock.works


def test_a_place_that_cannot_be_written_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError), Lock(tmp_path / "missing" / "lock"):
        pass
