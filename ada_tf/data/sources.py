"""Folders and zip files as lists of pictures with labels."""

import dataclasses
import enum
import functools
import io
import itertools
import pathlib
import zipfile
from collections.abc import Callable, Iterable
from typing import BinaryIO

from ada_tf import files
from ada_tf.data import picture
from ada_tf.data.labels import LABEL_FILE, read_labels
from ada_tf.data.layout import Layout, arrange
from ada_tf.data.walk import A_RUN, check_folder, walk
from ada_tf.errors import UserError
from ada_tf.files import printable

# No picture is as large as this; `transform` bounds how much is unpacked at the same time.
_MAX_BYTES = 2**29

# What the members of a zip file may unpack to: this much, and so many times the size of the file.
# Pictures hardly shrink; files that unpack to a thousand times their size are made to do harm.
_FREE_BYTES, _MAX_RATIO = 2**28, 100

# Names of prepared sets, and the many names made of them, must fit into the 255 bytes of a name.
_NAME_BYTES = 100


class Kind(enum.Enum):
    """What a source is; files are looked through for copies, data sets stay as published."""

    FOLDER = "folder"
    ZIP = "zip"
    TFDS = "tfds"
    PREPARED = "prepared"


@dataclasses.dataclass(frozen=True)
class Entry:
    """One picture that may turn out to be broken.

    Attributes:
        name: for reports.
        label: its class, or None.
        open: opens its bytes.
        unpacked: how many bytes opening it takes in memory.
    """

    name: str
    label: int | None
    open: Callable[[], BinaryIO]
    unpacked: int = 0


@dataclasses.dataclass(frozen=True)
class Source:
    """Pictures before preparation.

    Attributes:
        kind: what it is.
        name: short name of the data set.
        path: where it is.
        identity: everything that decides the content, ready for JSON: the cache key.
        entries: the pictures in their final order; can be gone through more than once.
        size: number of entries.
        split: the part of it that is used.
        class_names: names of the classes, or None without labels.
        notes: lines for the report.
        ignored: (name, reason) of the files that are no entries.
        runs: how many of those are runs of ada-train.
    """

    kind: Kind
    name: str
    path: pathlib.Path
    identity: dict
    entries: Iterable[Entry]
    size: int
    split: str
    class_names: list[str] | None = None
    notes: tuple[str, ...] = ()
    ignored: tuple[tuple[str, str], ...] = ()
    runs: int = 0


def from_folder(folder: pathlib.Path, split: str, at_most: int | None = None) -> Source:
    """List the pictures of a folder and all its sub-folders, hidden ones and runs left out.

    Args:
        folder: the folder.
        split: the split to use, where there are splits.
        at_most: give up on a folder of more files.

    Raises:
        UserError: it holds no pictures to train on.
    """
    check_folder(folder)
    found = list(itertools.islice(walk(folder), at_most and at_most + 1))
    if at_most and len(found) > at_most:
        raise UserError(f"data={printable(folder)!r}: holds more than {at_most} files.")
    paths, ignored, runs = {}, [], 0
    for path, problem, is_run in sorted(found):
        name = path.relative_to(folder).as_posix()
        if _hidden(name):
            ignored.append((name, "hidden"))
        elif problem:
            ignored.append((name, problem))
            runs += is_run
        else:
            paths[name] = path
    openers = {name: functools.partial(_open_file, path) for name, path in paths.items()}
    layout = _layout(folder, split, openers, runs)
    used = [name for name in (*layout.names, LABEL_FILE) if name in paths]
    with files.reading(folder, "a folder of pictures"):
        stamps = [[name, *_stamp(paths[name])] for name in used]
    return _source(Kind.FOLDER, folder, split, layout, openers, {}, stamps, ignored, runs)


def _open_file(path: pathlib.Path, max_bytes: int = _MAX_BYTES) -> BinaryIO:
    return files.open_regular(path, max_bytes)


def _stamp(path: pathlib.Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def from_zip(path: pathlib.Path, split: str) -> Source:
    """List the pictures inside a zip file, runs left out."""
    with files.reading(path, "a zip file"):
        files.open_regular(path).close()
        archive = zipfile.ZipFile(path)
        members = [m for m in archive.infolist() if not m.is_dir()]
        stamp = _stamp(path)
    unpacked = sum(member.file_size for member in members)
    if unpacked > _FREE_BYTES + _MAX_RATIO * stamp[0]:
        raise UserError(
            f"data={printable(path)!r}: would unpack to {unpacked} bytes, more than"
            f" {_MAX_RATIO} times its size; no collection of pictures does."
        )
    runs = {
        pathlib.PurePosixPath(member.filename).parent
        for member in members
        if pathlib.PurePosixPath(member.filename).name == files.RUN_OPTIONS
    }
    openers, sizes = {}, {}
    ignored = [(f"{folder}/", A_RUN) for folder in runs]
    for member in sorted(members, key=lambda member: member.filename):
        name = member.filename
        if runs and not runs.isdisjoint(pathlib.PurePosixPath(name).parents):
            continue
        if _hidden(name):
            ignored.append((name, "hidden"))
        elif name in openers:
            ignored.append((name, "another file of this name"))
        else:
            openers[name] = functools.partial(_open_member, archive, member)
            sizes[name] = member.file_size
    layout = _layout(path, split, openers, len(runs))
    return _source(Kind.ZIP, path, split, layout, openers, sizes, [stamp], ignored, len(runs))


def _open_member(archive, member: zipfile.ZipInfo, max_bytes: int = _MAX_BYTES) -> BinaryIO:
    """Unpack a member into memory, never more of it than it says it has."""
    if member.file_size > max_bytes:
        raise ValueError(f"is larger than {max_bytes} bytes")
    # Readers of the other methods unpack all they are given before they look at that size.
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("is packed in another way than deflate")
    with archive.open(member) as file:
        return io.BytesIO(file.read(member.file_size))


def _hidden(name: str) -> bool:
    """Say whether a file or a folder above it is hidden, or a leftover of macOS' zip program."""
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


def _layout(path: pathlib.Path, split: str, openers: dict, runs: int) -> Layout:
    suffixes = picture.suffixes()
    names = [n for n in openers if pathlib.PurePosixPath(n).suffix.lower() in suffixes]
    if not names and runs:
        raise UserError(
            f"data={printable(path)!r}: holds no pictures besides those of {counted_runs(runs)};"
            " to go on from a run, give it to --resume."
        )
    if not names:
        raise UserError(
            f"data={printable(path)!r}: holds no pictures; files that end in .png, .jpg, .webp and "
            "the like are looked for, in sub-folders too."
        )
    listed = read_labels(path, openers[LABEL_FILE]) if LABEL_FILE in openers else None
    return arrange(printable(path), names, listed, split)


def _source(kind, path, split, layout: Layout, openers, sizes, stamps, ignored, runs) -> Source:
    used, suffixes = {*layout.names, LABEL_FILE}, picture.suffixes()
    for name in openers:
        if name not in used:
            picture_like = pathlib.PurePosixPath(name).suffix.lower() in suffixes
            ignored.append(
                (name, "in another split" if picture_like else "not named like a picture")
            )
    classes = layout.class_names and [printable(name) for name in layout.class_names]
    if classes and len(set(classes)) < len(classes):
        raise UserError(f"data={printable(path)!r}: two classes have names that print alike.")
    whole = path.resolve()
    return Source(
        kind=kind,
        name=short_name(whole.name if kind == Kind.FOLDER else path.stem),
        path=whole,
        identity={"path": str(whole), "files": stamps, "split": split},
        entries=_entries(layout, openers, sizes),
        size=len(layout.names),
        split=split,
        class_names=classes,
        notes=layout.notes,
        ignored=tuple((printable(name), why) for name, why in sorted(ignored)),
        runs=runs,
    )


def _entries(layout: Layout, openers: dict, sizes: dict) -> list[Entry]:
    labels = layout.labels or [None] * len(layout.names)
    return [
        Entry(printable(name), label, openers[name], sizes.get(name, 0))
        for name, label in zip(layout.names, labels, strict=True)
    ]


def short_name(name: str) -> str:
    """A name that other names can be made of: printable, and cut if it is very long."""
    return printable(name).encode()[:_NAME_BYTES].decode(errors="ignore")


def counted_runs(runs: int) -> str:
    """The number of runs, in words."""
    return f"{runs} run{'s' if runs > 1 else ''} of ada-train"
