"""Folders and files of exports: where they go, and what may lie there already."""

import os
import pathlib

from ada_tf import formats
from ada_tf.errors import UserError
from ada_tf.files import check_local, check_tensorflow_path, printable, read_json, reading, writing
from ada_tf.interop.export.export_formats import FORMATS, NAMES
from ada_tf.interop.graph_ops import GRAPH
from ada_tf.interop.new_folder import FolderKind, check_free
from ada_tf.settings import to_dict

# Records beside an export: ada_tf.json for programs, README.md for people.

CONFIG = "ada_tf.json"
README, GRID = "README.md", "grid.png"
_BESIDE = (README, GRID)  # of what `ada_tf.interop.export.card` writes


def describe(config) -> dict:
    """Describe the network of an export, without folders of whoever trained it.

    Args:
        config: RunConfig or Architecture.
    """
    description = to_dict(config)
    # An Architecture knows the shape of the images alone.
    data = description.get("data", description)
    names = ("resolution", "channels", "bits", "mirror", "shape")
    description["data"] = {name: data[name] for name in names if name in data}
    if description.get("resume") is not None:  # what it started from, of which a licence may follow
        description["resume"] = pathlib.PurePath(description["resume"]).name
    return formats.stamped(formats.EXPORT, description)


def check_format(path) -> None:
    """Refuse an export of which another version of ada_tf has written what its signatures mean.

    Args:
        path: of a SavedModel, which may come from anywhere: without our file it is of no format.

    Raises:
        OtherFormat: its format is not known.
        UserError: the file is there, but cannot be read.
    """
    path = pathlib.Path(path)
    if (path / CONFIG).exists():
        with reading(path / CONFIG, "the description of an export"):
            formats.current(formats.EXPORT, read_json(path / CONFIG), path)


# Places of exports, looked at before a network is opened.
#
# Imports nothing heavy, for programs.

# Names in a SavedModel that may be overwritten, those that Keras 2 writes included.
_SAVED_MODEL = {"variables", "assets", "assets.extra", "debug", "fingerprint.pb",
               "keras_metadata.pb", CONFIG, *_BESIDE}  # fmt: skip


def kind_of(path: pathlib.Path, format: str) -> FolderKind:
    """Return the kind of a folder that holds a format with a `writer`."""
    if format == "savedmodel":
        return FolderKind("a SavedModel", GRAPH, _SAVED_MODEL, check_tensorflow_path)
    files = {FORMATS[format].file(path, name).name for name in NAMES}
    return FolderKind("an export", CONFIG, {*files, *_BESIDE})


def check_carried(path, format: str, overwrite: bool) -> None:
    """Refuse a place for a format with a `writer`.

    Raises:
        UserError: there cannot be a folder, or it must not or should not be replaced.
    """
    kind = kind_of(pathlib.Path(path), format)
    kind.check("out", path)
    path = pathlib.Path(path)
    if path.suffix == FORMATS[format].file(path).suffix:
        raise UserError(
            f"out={printable(path)!r} must be a folder, into which files go; leave {path.suffix}"
            " out."
        )
    check_free(path, overwrite, kind)


def check_network(path) -> None:
    """Refuse a place for a network folder.

    Raises:
        UserError: there cannot be a folder, or there is something.
    """
    check_local("out", path)
    path = pathlib.Path(path)
    with writing(path):
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise UserError(f"{printable(path)} is there already; give a new folder.")


def is_page_file(path: pathlib.Path) -> bool:
    """Return True if a page of this name is one file, False for a folder."""
    return path.suffix.lower() in (".html", ".htm")


def check_page(path: pathlib.Path, overwrite: bool) -> None:
    """Refuse a place for a page.

    Raises:
        UserError: a file is in the way, or a folder that is not empty.
    """
    shown = printable(path)
    if path.is_dir():
        if is_page_file(path):
            raise UserError(f"out={shown!r} is a folder; give another name for the page.")
        if any(path.iterdir()):
            raise UserError(f"out={shown!r} is not empty; give a new folder.")
    elif os.path.lexists(path) and not (overwrite and is_page_file(path)):
        raise UserError(f"out={shown!r} is there already; choose another, or give --overwrite.")
