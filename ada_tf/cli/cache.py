"""List prepared copies of pictures, and delete those that nothing needs any more.

    ada-cache
    ada-cache --delete=photos-256x256x3-3f8c21d09ab4
    ada-cache --delete=unused --days=60
    ada-cache --delete=all --dry_run

ada-train prepares a folder or archive once for each size and keeps the copy, so that the next run begins
at once. A deleted copy is prepared again from its pictures when a run needs it. A copy that a program has
open is never deleted. Unused copies were not opened for --days, or their pictures have changed since.
Copies whose pictures are gone are spared. Runs are not touched.
"""

import dataclasses
import difflib
import os
import pathlib
import time

from ada_tf.cli import _program, _values
from ada_tf.cli._flags import Flags as Base
from ada_tf.cli._flags import option
from ada_tf.durations import DAY
from ada_tf.errors import UserError
from ada_tf.files import printable

_UNUSED, _ALL = "unused", "all"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Flags(Base):
    """Flags of ada-cache."""

    delete: tuple[str, ...] = option(
        (), "Name of a copy as it is listed, or unused, or all; may be repeated.", repeated=True
    )
    days: int = option(
        30, "A copy is unused if nothing has opened it for this many days.", at_least=0
    )
    dry_run: bool = option(False, "Say what would be deleted, and delete nothing.")
    cache_dir: pathlib.Path | None = option(
        None, "Folder of the copies, as of ada-train; default: the user's cache.", read=_values.path
    )


def main(flags: Flags) -> None:
    """Print the list, or delete copies."""
    from ada_tf.data.prepared.cache import (
        delete,
        left_behind,
        place_of_sets,
        remove_abandoned,
        sets,
    )

    cache = place_of_sets(flags.cache_dir)
    if flags.cache_dir is not None and not cache.is_dir():
        raise UserError(
            f"cache_dir={printable(cache)!r} is no folder; give the one that ada-train was given."
        )
    copies = sets(cache)
    if not flags.delete:
        print("\n".join(_listed(copies, cache, flags.cache_dir is None)))
        return
    freed, verb = 0, "Would delete" if flags.dry_run else "Deleted"
    for copy in _wanted(copies, cache, flags.delete, time.time() - flags.days * DAY):
        if not flags.dry_run:
            delete(copy.folder)
        freed += copy.size
        print(f"{verb} {printable(copy.name)}")
    if _ALL in flags.delete:
        for copy in filter(lambda copy: copy.in_use, copies):
            print(f"Kept {printable(copy.name)}, which is in use")
    if not flags.dry_run and {_UNUSED, _ALL} & {*flags.delete}:
        for path in left_behind(cache):
            remove_abandoned(path)
    print(f"{'Would free' if flags.dry_run else 'Freed'} {_size(freed)}")


def _wanted(copies, cache: pathlib.Path, names: list[str], before: float) -> list:
    """The copies to delete, each once, in the order of the list.

    Args:
        copies: all.
        cache: where they are, for messages.
        names: given to --delete.
        before: seconds since 1970; what was opened later is used.

    Raises:
        UserError: there is no such copy, or it is in use.
    """
    chosen = set()
    for name in names:
        if name == _ALL:
            chosen |= {copy.folder for copy in copies if not copy.in_use}
        elif name == _UNUSED:
            chosen |= {copy.folder for copy in copies if copy.is_unused(before)}
        else:
            chosen.add(_named(name, copies, cache).folder)
    return [copy for copy in copies if copy.folder in chosen]


def _named(name: str, copies, cache: pathlib.Path):
    """The copy of a name, or of a path."""
    given = f"delete={printable(name)!r}"
    for copy in copies:
        if name == copy.name or _same(name, copy.folder):
            if copy.in_use:
                raise UserError(f"{given} is in use; delete it when nothing trains on it.")
            return copy
    close = difflib.get_close_matches(name, [copy.name for copy in copies], n=1)
    hint = f"did you mean {printable(close[0])}?" if close else "ada-cache lists them."
    raise UserError(f"{given} is no copy in {printable(cache)}; {hint}")


def _same(text: str, folder: pathlib.Path) -> bool:
    """True for the path of a folder, not for its name alone."""
    return os.path.dirname(text) != "" and os.path.realpath(text) == os.path.realpath(folder)


def _listed(copies, cache: pathlib.Path, usual: bool) -> list[str]:
    """List the copies, in lines."""
    from ada_tf.data.prepared.cache import left_behind, size_of

    lines = [f"Copies of pictures in {printable(cache.absolute())}"]
    for copy in copies:
        day = time.strftime("%Y-%m-%d", time.localtime(copy.used))
        state = "in use" if copy.in_use else f"used {day}"
        lines += [f"{_size(copy.size):>8}  {state:15}  {printable(copy.name)}", _of(copy)]
    total = sum(copy.size for copy in copies)
    lines.append(f"{_size(total):>8}  in {len(copies)} cop{'y' if len(copies) == 1 else 'ies'}")
    left = left_behind(cache)
    if left:
        size = _size(sum(map(size_of, left)))
        lines.append(f"{size:>8}  of preparations that go on, or were killed: --delete={_UNUSED}")
    if usual and (others := _others(cache)):
        lines += [f"Beside them in {printable(cache.parent)}, not deleted by this program", *others]
    return lines


def _of(copy) -> str:
    """Name the source of a copy, in a line."""
    from ada_tf.data.prepared.cache import State

    if copy.origin is None:
        return f"{'':10}damaged, or of another version of ada_tf"
    notes = {
        State.CHANGED: ", which has changed since: no run finds this copy again",
        State.GONE: ", which is not there: this may be the only copy",
    }
    kind, path = copy.origin
    return f"{'':10}{printable(kind)} {printable(path)}{notes.get(copy.state(), '')}"


def _others(cache: pathlib.Path) -> list[str]:
    """Other folders of the user's cache, such as networks that were downloaded."""
    from ada_tf.data.prepared.cache import size_of

    folders = sorted(p for p in cache.parent.glob("*") if p.is_dir() and p != cache)
    return [f"{_size(size_of(path)):>8}  {printable(path.name)}" for path in folders]


def _size(size: int) -> str:
    """Bytes for people: 12 kB, 3.4 MB."""
    for unit, name in ((10**9, "GB"), (10**6, "MB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{-(-size // 1000)} kB"


def run() -> None:
    """Entry point of `ada-cache`."""
    _program.run(main, Flags)


if __name__ == "__main__":
    run()
