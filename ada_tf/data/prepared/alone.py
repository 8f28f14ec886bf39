"""One process at a time prepares a set; the others wait, and clean up after one that was killed.

Each set has a lock file beside it, which the kernel frees however a process ends. Host names and
process numbers decide nothing: two containers may have the same ones and share a folder.
"""

import contextlib
import pathlib
import shutil
import tempfile
from collections.abc import Iterator

from ada_tf.files import printable
from ada_tf.locks import Held, Lock, lock_in_turn

# Folders that a preparation works in: this, the name of the set, "-", random characters.
_UNFINISHED = ".preparing-"


@contextlib.contextmanager
def alone(target: pathlib.Path, log) -> Iterator[Lock]:
    """Wait until no other process prepares the same set, and keep others out meanwhile.

    Args:
        target: of the set.
        log: told if there is another.
    """

    def told(holder):
        log(f"data: another process is preparing {printable(target)} ({holder}); waiting")

    with lock_in_turn(lock_file(target), told) as lock:
        yield lock


@contextlib.contextmanager
def work_folder(target: pathlib.Path) -> Iterator[pathlib.Path]:
    """A new folder beside the set to work in; it is removed at the end, if it is still there."""
    work = new_work_folder(target)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def new_work_folder(target: pathlib.Path) -> pathlib.Path:
    """A new folder beside the set; others may remove it as soon as the lock of the set is free."""
    prefix = f"{_UNFINISHED}{target.name}-"
    return pathlib.Path(tempfile.mkdtemp(prefix=prefix, dir=target.parent))


def remove_unfinished(target: pathlib.Path, lock: Lock) -> None:
    """Remove what processes that were killed have left of their preparations.

    Nobody works in a folder whose lock is free; where there are no locks, nothing is known.

    Args:
        target: of the set that is about to be prepared.
        lock: of that set, held.
    """
    for path in unfinished(target.parent):
        if target_of(path) == target:
            _remove(path, lock)
        else:
            remove_abandoned(path)


def unfinished(folder: pathlib.Path) -> list[pathlib.Path]:
    """The folders that preparations of sets in a folder work in, or have worked in."""
    return sorted(folder.glob(f"{_UNFINISHED}*"))


def target_of(path: pathlib.Path) -> pathlib.Path:
    """The set that a preparation makes in such a folder."""
    return path.with_name(path.name.removeprefix(_UNFINISHED).rpartition("-")[0])


def remove_abandoned(path: pathlib.Path) -> None:
    """Remove the folder of a preparation, unless that goes on or nobody can know."""
    with contextlib.suppress(Held, OSError), Lock(lock_file(target_of(path))) as lock:
        _remove(path, lock)


def lock_file(target: pathlib.Path) -> pathlib.Path:
    """The file that is locked while a set is prepared, or deleted."""
    return target.with_name(f".{target.name}.lock")


def _remove(path: pathlib.Path, lock: Lock) -> None:
    if lock.works:
        shutil.rmtree(path, ignore_errors=True)
