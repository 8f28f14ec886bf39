"""Folders of several files that appear only when they are complete."""

import contextlib
import errno
import pathlib
import tempfile
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from ada_tf.errors import UserError
from ada_tf.files import check_local, printable, writing


class FolderKind(NamedTuple):
    """Kind of a folder: what it is called, and how one is recognised.

    Attributes:
        what: with its article.
        marker: the file that every folder of the kind has.
        parts: what else may lie in one.
        check: (argument, path) -> raises of a path where there can be none.
    """

    what: str
    marker: str
    parts: Collection[str] = ()
    check: Callable = check_local


@contextlib.contextmanager
def new_folder(path, overwrite: bool, kind: FolderKind) -> Iterator[pathlib.Path]:
    """A folder to write into, of the same name; at the end it becomes `path`, or is removed.

    Args:
        path: a new or empty folder.
        overwrite: replace a folder of the same kind that is there.
        kind: of both.

    Raises:
        UserError: the folder cannot be written, or exists and must not or should not be replaced.
    """
    path = pathlib.Path(path)
    check_free(path, overwrite, kind)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            dir=path.parent, prefix=f".{path.name[:64]}."
        ) as temporary:
            written = pathlib.Path(temporary) / "new" / path.name
            written.mkdir(parents=True)
            yield written
            _put(written, path, overwrite and kind, pathlib.Path(temporary) / "replaced")


def _put(written: pathlib.Path, path: pathlib.Path, replaced_kind, away: pathlib.Path) -> None:
    """Give a folder its name; what has appeared there meanwhile stays.

    Args:
        written: the folder.
        path: its name.
        replaced_kind: the kind of folder that is replaced, or False: none is.
        away: where a replaced folder waits for its end.
    """
    moved = False
    if replaced_kind and path.is_dir():
        check_free(path, True, replaced_kind)  # it may hold more than at first
        path.rename(away)
        moved = True
    try:
        written.rename(path)  # onto nothing, or an empty folder
    except OSError as error:
        if moved:
            away.rename(path)
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise UserError(
                f"{printable(path)} has appeared meanwhile; give a new folder."
            ) from error
        raise


def check_free(path: pathlib.Path, overwrite: bool, kind: FolderKind) -> None:
    """Refuse to replace what is there; see `new_folder`."""
    shown, what, marker = printable(path), kind.what, kind.marker
    if path.is_symlink():
        raise UserError(f"{shown} is a link; give a new folder.")
    if path.exists() and not path.is_dir():
        raise UserError(f"{shown} is a file; give a new folder.")
    inside = {entry.name for entry in path.iterdir()} if path.is_dir() else set()
    if not inside:
        return
    if not overwrite:
        raise UserError(f"{shown} is not empty; give a new folder, or overwrite {what} there.")
    if marker not in inside:
        raise UserError(
            f"{shown} holds no {what.partition(' ')[2]} to overwrite; give a new folder."
        )
    others = sorted(inside - {marker, *kind.parts})
    if others:
        raise UserError(f"{shown} holds {printable(others[0])} beside {what}; give a new folder.")
