"""Folders as lists of images with labels."""

import functools
import itertools
import pathlib

from ada_tf import files
from ada_tf.data.sources.listing import File, Listing, is_hidden, to_source
from ada_tf.data.sources.source import Kind, Source
from ada_tf.data.sources.walk import check_folder, walk
from ada_tf.errors import UserError


def from_folder(folder: pathlib.Path, split: str, at_most: int | None = None) -> Source:
    """List the images of a folder and all its sub-folders, hidden ones and runs left out.

    Args:
        folder: the folder.
        split: the split to use, where there are splits.
        at_most: give up on a folder of more files.

    Raises:
        UserError: it holds no images to train on.
    """
    check_folder(folder)
    found = list(itertools.islice(walk(folder), at_most and at_most + 1))
    if at_most and len(found) > at_most:
        raise UserError(f"data={files.printable(folder)!r}: holds more than {at_most} files.")
    listing = Listing()
    for path, stamp, problem, is_run in sorted(found):
        name = path.relative_to(folder).as_posix()
        if is_hidden(name):
            listing.ignored.append((name, "hidden"))
        elif problem:
            listing.ignored.append((name, problem))
            listing.runs += is_run
        else:
            listing.files[name] = File(functools.partial(files.open_regular, path), stamp)
    return to_source(Kind.FOLDER, folder, split, listing)
