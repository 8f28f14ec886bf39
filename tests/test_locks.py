"""One owner at a time; a killed process leaves nothing that locks."""

import concurrent.futures
import errno
import fcntl
import os
import signal
import subprocess
import sys
import threading

import pytest

from ada_tf.locks import Held, Lock, Share, alone_in, sole

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


def test_the_file_of_a_lock_names_its_newest_owner_alone(tmp_path):
    (tmp_path / "lock").write_text('{"process": 1, "host": "' + "x" * 1000 + '"}')
    with (
        Lock(tmp_path / "lock"),
        pytest.raises(Held, match=rf"^process {os.getpid()} on "),
        Lock(tmp_path / "lock"),
    ):
        pass


def _held(opened):
    with pytest.raises(Held), opened:
        pass


def _refused(path, monkeypatch):
    """A lock that cannot be had for a reason of the disk."""

    def flock(number, kind):
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "flock", flock)
        with pytest.raises(OSError, match="Input/output"), Lock(path):
            pass


def test_nothing_stays_open(tmp_path, monkeypatch):
    """An open folder is locked as long as the process lives: a notebook would lock its own sets."""
    path, kept = tmp_path / "lock", []

    def keep(*arguments, open=open, **named):  # what is closed by the collector alone stays open
        kept.append(open(*arguments, **named))
        return kept[-1]

    monkeypatch.setattr("builtins.open", keep)
    before = len(os.listdir("/dev/fd"))
    for _ in range(2):
        with Lock(path), alone_in(tmp_path, pytest.fail):
            _held(Lock(path))
        for _ in range(2):
            with sole(tmp_path) as works:
                assert works
        share = Share(tmp_path)
        _held(sole(tmp_path))
        del share
        _refused(path, monkeypatch)
    assert len(os.listdir("/dev/fd")) == before
    assert all(file.closed for file in kept)


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


def test_only_one_at_a_time_is_alone_in_a_folder(tmp_path):
    inside, most = 0, 0

    def work():
        nonlocal inside, most
        for _ in range(50):
            with alone_in(tmp_path, lambda: None):
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, list(tmp_path.iterdir())) == (1, [])


def test_who_waits_for_a_folder_says_so(tmp_path):
    told = []
    with concurrent.futures.ThreadPoolExecutor() as pool:
        with alone_in(tmp_path, pytest.fail):
            waiting = threading.Event()

            def second():
                with alone_in(tmp_path, lambda: (told.append(1), waiting.set())):
                    return list(told)

            found = pool.submit(second)
            assert waiting.wait(60)
            assert not found.done()
        assert found.result(60) == [1]


def test_a_folder_without_locks_is_used_without(tmp_path, monkeypatch):
    def flock(number, kind):
        raise OSError(errno.EBADF, "Bad file descriptor")

    monkeypatch.setattr(fcntl, "flock", flock)
    with alone_in(tmp_path, pytest.fail):
        pass


def test_a_folder_that_somebody_shares_is_nobody_s_alone(tmp_path):
    first, second = Share(tmp_path), Share(tmp_path)
    del first
    with pytest.raises(Held, match="^another process$"), sole(tmp_path):
        pass
    del second
    with sole(tmp_path) as works:
        assert works
    assert not list(tmp_path.iterdir())


def test_a_share_of_a_folder_that_was_moved_away_is_none(tmp_path, monkeypatch):
    folder = tmp_path / "a"
    folder.mkdir()
    monkeypatch.setattr(fcntl, "flock", lambda *_: folder.rename(tmp_path / "b"))
    with pytest.raises(FileNotFoundError):
        Share(folder)


def test_nobody_knows_who_shares_where_there_are_no_locks(tmp_path, monkeypatch):
    def flock(number, kind):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    share = Share(tmp_path)
    with sole(tmp_path) as works:
        assert not works
    assert share is not None
