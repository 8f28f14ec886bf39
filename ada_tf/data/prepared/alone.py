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

    with lock_in_turn(_lock_file(target), told) as lock:
        yield lock


@contextlib.contextmanager
def work_folder(target: pathlib.Path) -> Iterator[pathlib.Path]:
    """A new folder beside the set to work in; it is removed at the end, if it is still there."""
    prefix = f"{_UNFINISHED}{target.name}-"
    work = pathlib.Path(tempfile.mkdtemp(prefix=prefix, dir=target.parent))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def remove_unfinished(target: pathlib.Path, lock: Lock) -> None:
    """Remove what processes that were killed have left of their preparations.

    Nobody works in a folder whose lock is free; where there are no locks, nothing is known.

    Args:
        target: of the set that is about to be prepared.
        lock: of that set, held.
    """
    for path in target.parent.glob(f"{_UNFINISHED}*"):
        name = path.name.removeprefix(_UNFINISHED).rpartition("-")[0]
        if name == target.name:
            _remove(path, lock)
            continue
        with contextlib.suppress(Held, OSError), Lock(_lock_file(target.with_name(name))) as other:
            _remove(path, other)


def _lock_file(target: pathlib.Path) -> pathlib.Path:
    return target.with_name(f".{target.name}.lock")


def _remove(path: pathlib.Path, lock: Lock) -> None:
    if lock.works:
        shutil.rmtree(path, ignore_errors=True)
