"""The kinds of files and folders that images come in.

A new kind is a row here and a function in a file beside this one: what is said about the kinds, and
how they are told apart, follows from the row.
"""

import pathlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ada_tf.data.sources import folder, numpy_stack, zip_file
from ada_tf.data.sources.found import File, LeftOut


class Kind(NamedTuple):
    """A kind of source that is a collection of files.

    Attributes:
        what: it is, with its article.
        fits: whether a path leads to one.
        files_of: goes through it; may raise a `UserError` at any time.
    """

    what: str
    fits: Callable[[pathlib.Path], bool]
    files_of: Callable[[pathlib.Path], Iterator[File | LeftOut]]


def ends_in(*endings: str) -> Callable[[pathlib.Path], bool]:
    """Whether a path is a file whose name ends so, in small letters or capitals."""
    return lambda path: path.is_file() and path.name.lower().endswith(endings)


# By the name that prepared sets know them by.
KINDS = {
    "folder": Kind("a folder", pathlib.Path.is_dir, folder.files_of),
    "zip": Kind("a zip file", ends_in(".zip"), zip_file.files_of),
    "npy": Kind("a .npy file of a stack", ends_in(".npy"), numpy_stack.files_of),
}

# What `DataConfig.source` may be, for sentences.
ACCEPTED = (
    "creatures[:N], digits, tfds:NAME,"
    f" {', '.join(kind.what for kind in KINDS.values())} or a prepared directory"
)


def kind_of(path: pathlib.Path) -> str | None:
    """The name of the kind that a path leads to, None if it is no collection of files.

    Raises:
        OSError: it cannot be looked at.
    """
    return next((name for name, kind in KINDS.items() if kind.fits(path)), None)
