"""The cache of prepared sets: where it is, who uses it, and what may be deleted."""

import contextlib
import dataclasses
import enum
import os
import pathlib
import re
import shutil
import tempfile
from collections.abc import Iterator

from ada_tf import files
from ada_tf.data.prepared import data_report, manifest
from ada_tf.data.prepared.manifest import PATTERN, Manifest, cache_key
from ada_tf.data.sources import listing
from ada_tf.data.sources.folders_and_archives import KINDS
from ada_tf.data.sources.source import DRAWN, PREPARED, TFDS
from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.locks import Held, Lock, lock_in_turn, sole

# Place of the cache.


def place_of_sets(cache_dir: str | None) -> pathlib.Path:
    """The folder of prepared sets, which need not exist.

    Args:
        cache_dir: as in `DataConfig`.

    Raises:
        UserError: TensorFlow could not name files in it.
    """
    folder = files.user_cache() / "datasets"
    if cache_dir:
        folder = pathlib.Path(cache_dir).expanduser()
    try:
        os.fspath(folder).encode()
    except UnicodeEncodeError as error:
        raise UserError(
            f"cache_dir={files.printable(folder)!r}: must be a path in UTF-8."
        ) from error
    return folder


def cache_folder(cache_dir: str | None) -> pathlib.Path:
    """The same, made if need be.

    Raises:
        UserError: it cannot be made, or TensorFlow could not name files in it.
    """
    return files.make_cache(place_of_sets(cache_dir))


# One process at a time prepares a set; the others wait, and clean up after one that was killed.
#
# Each set has a lock file beside it, which the kernel frees however a process ends. Host names and
# process numbers decide nothing: two containers may have the same ones and share a folder.

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
        if _target_of(path) == target:
            _remove(path, lock)
        else:
            remove_abandoned(path)


def unfinished(folder: pathlib.Path) -> list[pathlib.Path]:
    """The folders that preparations of sets in a folder work in, or have worked in."""
    return sorted(folder.glob(f"{_UNFINISHED}*"))


def _target_of(path: pathlib.Path) -> pathlib.Path:
    """The set that a preparation makes in such a folder."""
    return path.with_name(path.name.removeprefix(_UNFINISHED).rpartition("-")[0])


def remove_abandoned(path: pathlib.Path) -> None:
    """Remove the folder of a preparation, unless that goes on or nobody can know."""
    with contextlib.suppress(Held, OSError), Lock(lock_file(_target_of(path))) as lock:
        _remove(path, lock)


def lock_file(target: pathlib.Path) -> pathlib.Path:
    """The file that is locked while a set is prepared, or deleted."""
    return target.with_name(f".{target.name}.lock")


def _remove(path: pathlib.Path, lock: Lock) -> None:
    if lock.works:
        shutil.rmtree(path, ignore_errors=True)


# Comparison of a source with the state it had when it was prepared.

# A file takes 60 bytes and more of the report. A folder of more files than there is
# room for in the report, and of some more, has changed: a set of a stranger may name any folder,
# and it must not be walked for ever.
_REPORTED_BYTES, _MORE_FILES = 40, 1000


class State(enum.Enum):
    """State of the source of a set, compared with the time of preparation."""

    SAME = "the same"
    CHANGED = "changed"
    GONE = "gone"
    NO_FILES = "no folder or archive"


def _state_of_source(folder: pathlib.Path, origin: dict) -> State:
    """Look at what a set was prepared from.

    Args:
        folder: of the set.
        origin: see `Manifest`.

    Raises:
        UserError: the origin is none.
    """
    with files.reading(folder / manifest.FILE, "the origin of a prepared set"):
        kind, path = origin["kind"], pathlib.Path(origin["path"])
        split, key = origin["split"], origin["key"]
        if kind not in (TFDS, PREPARED, DRAWN, *KINDS):
            raise ValueError(f"is of the kind {files.quoted(kind)}")
        if kind not in KINDS:
            return State.NO_FILES
        if not path.exists():
            return State.NO_FILES if KINDS[kind].fits(path) else State.GONE
        reported = (folder / data_report.JSON).stat().st_size // _REPORTED_BYTES
    for follow_links in (False, True):  # the origin does not say which it was
        with contextlib.suppress(UserError):  # no images left, say
            most = reported + _MORE_FILES
            source = listing.read(kind, path, split, at_most=most, follow_links=follow_links)
            if cache_key(source) == key:
                return State.SAME
    return State.CHANGED


def warn_if_changed(folder: pathlib.Path, origin: dict, log) -> None:
    """Say so if the files that a set was prepared from are there, but not as they were."""
    if _state_of_source(folder, origin) is State.CHANGED:
        path = files.printable(origin["path"])
        log(
            f"Warning: {path} has changed since {files.printable(folder)} was prepared from it; give"
            f" --data={path} to prepare it again."
        )


# Sets that the cache keeps, and deletion of those that nobody uses.
#
# A set in use is held by a `Share` of its folder, one in the making by its lock file; whoever deletes
# asks for both. What is deleted is first moved to where preparations work, so that what a killed process
# left of it is removed by the next one.

# Name, shape and key, as `prepare` calls the folder of a set; nothing else is ever deleted.
_SET = re.compile(rf".+-\d+x\d+x\d+(x16bit)?-{PATTERN.pattern}")


class InUse(UserError):
    """A set that is not deleted, since somebody uses it or nobody can know."""


@dataclasses.dataclass(frozen=True)
class Kept:
    """A set of a cache.

    Attributes:
        folder: of the set.
        size: bytes of its files.
        used: when it was last opened, seconds since 1970.
        about: what it says of itself; None if it is damaged or of another version.
        in_use: whether a process has it open, or prepares it again.
    """

    folder: pathlib.Path
    size: int
    used: float
    about: Manifest | None
    in_use: bool

    @property
    def origin(self) -> tuple[str, str] | None:
        """(kind, path) of what it is a copy of; None if that is not known."""
        if self.about is None:
            return None
        kind, path = self.about.origin.get("kind"), self.about.origin.get("path")
        return (kind, path) if isinstance(kind, str) and isinstance(path, str) else None

    @property
    def name(self) -> str:
        """Name of the set's folder."""
        return self.folder.name

    def state(self) -> State | None:
        """State of the source, found by looking at its files; None if unknown."""
        with contextlib.suppress(UserError):
            return self.about and _state_of_source(self.folder, self.about.origin)

    def is_unused(self, before: float) -> bool:
        """Return True if nothing needs the set, as far as can be known.

        That of a source that has changed is never found again, and that of a source that is gone may
        be the only copy.

        Args:
            before: seconds since 1970; what was opened later is used.
        """
        state = self.state()
        stale = self.used < before and state is not State.GONE
        return not self.in_use and (stale or state is State.CHANGED)


def sets(cache: pathlib.Path) -> list[Kept]:
    """The prepared sets of a cache, which need not exist, those used last first; links are none."""
    found = [
        kept
        for path in cache.glob("*")
        if _SET.fullmatch(path.name) and not path.is_symlink() and (kept := _kept(path))
    ]
    return sorted(found, key=lambda kept: (-kept.used, kept.folder))


def _kept(folder: pathlib.Path) -> Kept | None:
    """A set; None if the folder is none, or was deleted meanwhile."""
    try:
        used = (folder / manifest.FILE).lstat().st_mtime
        return Kept(folder, size_of(folder), used, _about(folder), _is_in_use(folder))
    except OSError:
        return None


def _about(folder: pathlib.Path) -> Manifest | None:
    try:
        with files.reading(folder / manifest.FILE, "part of a prepared set"):
            return manifest.read(folder)
    except UserError:
        return None


def _is_in_use(folder: pathlib.Path) -> bool:
    try:
        with sole(folder):
            return False
    except Held:
        return True


def size_of(folder: pathlib.Path) -> int:
    """Bytes of all files of a folder; what disappears meanwhile has none."""
    return sum(entry.stat(follow_symlinks=False).st_size for entry in _below(folder))


def _below(folder: pathlib.Path) -> Iterator[os.DirEntry]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _below(entry.path)
            else:
                yield entry


def delete(folder: pathlib.Path) -> None:
    """Delete a set that nobody uses: from one moment to the next it is not there any more.

    Raises:
        InUse: somebody uses or prepares it, or the file system has no locks that would tell.
        OSError: it cannot be moved away.
        UserError: not all of it can be removed.
    """
    try:
        with Lock(lock_file(folder)) as lock, sole(folder) as works:
            if not (works and lock.works):
                raise InUse(
                    f"{printable(folder)} lies where there are no locks, so that nothing tells whether"
                    " it is in use; remove it by hand when nothing trains."
                )
            away = new_work_folder(folder)
            os.rename(folder, away / folder.name)
    except Held as holder:
        raise InUse(
            f"{printable(folder)} is in use by {holder}; delete it when that has ended."
        ) from holder
    shutil.rmtree(away, ignore_errors=True)  # a preparation that begins may remove it, too
    if os.path.lexists(away):
        raise UserError(f"{printable(away)} cannot be removed wholly; remove it by hand.")


def left_behind(cache: pathlib.Path) -> list[pathlib.Path]:
    """Folders of preparations in a cache, most of which were killed: see `alone.remove_abandoned`."""
    return [path for path in unfinished(cache) if path.is_dir() and not path.is_symlink()]
