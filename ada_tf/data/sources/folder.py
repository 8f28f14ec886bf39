"""Files of a folder."""

import functools
import pathlib
from collections.abc import Iterator

from ada_tf import files
from ada_tf.data.sources.found import File, LeftOut
from ada_tf.data.sources.walk import check_folder, walk


def files_of(folder: pathlib.Path) -> Iterator[File | LeftOut]:
    """All files of a folder and its sub-folders, without those of runs.

    Raises:
        UserError: it cannot hold images to train on.
    """
    check_folder(folder)
    yield from files_below(folder)


def files_below(folder: pathlib.Path) -> Iterator[File | LeftOut]:
    """The same, whatever folder it is."""
    for path, stamp, problem, is_run in walk(folder):
        name = path.relative_to(folder).as_posix()
        if problem:
            yield LeftOut(name, problem, is_run)
        else:
            yield File(name, functools.partial(files.open_regular, path), stamp)
