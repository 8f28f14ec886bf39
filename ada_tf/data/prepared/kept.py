"""The prepared sets that a cache keeps: what they are copies of, and deleting those that nobody uses.

A set in use is held by a `Share` of its folder, one in the making by its lock file; whoever deletes
asks for both. What is deleted is first moved to where preparations work, so that what a killed process
left of it is removed by the next one.
"""

import contextlib
import dataclasses
import os
import pathlib
import re
import shutil
from collections.abc import Iterator

from ada_tf import files
from ada_tf.data.prepared import manifest
from ada_tf.data.prepared.alone import lock_file, new_work_folder, unfinished
from ada_tf.data.prepared.changed import State, state_of_source
from ada_tf.data.prepared.key import PATTERN
from ada_tf.data.prepared.manifest import Manifest
from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.locks import Held, Lock, sole

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
        """Of its folder."""
        return self.folder.name

    def state(self) -> State | None:
        """What became of its source, whose files are looked at; None if that is not known."""
        with contextlib.suppress(UserError):
            return self.about and state_of_source(self.folder, self.about.origin)

    def is_unused(self, before: float) -> bool:
        """Whether nothing needs it, as far as can be known.

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
