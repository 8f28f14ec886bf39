"""Folders and zip files as lists of pictures with labels."""

import dataclasses
import functools
import io
import json
import pathlib
import stat
import zipfile
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from ada_tf.data import picture
from ada_tf.data.layout import Layout, arrange
from ada_tf.errors import UserError

LABEL_FILE = "dataset.json"

# A file is read, and a zip member unpacked, in memory; no picture is as large as this.
_MAX_BYTES = 2**29


@dataclasses.dataclass(frozen=True)
class Entry:
    """One picture that may turn out to be broken: its name, its class, how to open its bytes."""

    name: str
    label: int | None
    open: Callable[[], BinaryIO]


@dataclasses.dataclass(frozen=True)
class Source:
    """Pictures before preparation.

    Attributes:
        name: short name of the data set.
        identity: everything that decides the content, ready for JSON: the cache key.
        entries: the pictures in their final order; can be gone through more than once.
        size: number of entries.
        class_names: names of the classes, or None without labels.
        notes: lines for the report.
        ignored: (name, reason) of the files that are no entries.
    """

    name: str
    identity: dict
    entries: Iterable[Entry]
    size: int
    class_names: list[str] | None = None
    notes: tuple[str, ...] = ()
    ignored: tuple[tuple[str, str], ...] = ()


def from_folder(folder: pathlib.Path, split: str) -> Source:
    """List the pictures of a folder and all its sub-folders, hidden ones left out."""
    files, ignored = {}, []
    for path, problem in sorted(walk(folder)):
        name = path.relative_to(folder).as_posix()
        if _hidden(name):
            ignored.append((name, "hidden"))
        elif problem:
            ignored.append((name, problem))
        else:
            files[name] = path
    stamps = [[name, path.stat().st_size, path.stat().st_mtime_ns] for name, path in files.items()]
    openers = {name: functools.partial(_open_file, path) for name, path in files.items()}
    return _source(folder, split, openers, stamps, ignored)


def walk(folder: pathlib.Path) -> Iterator[tuple[pathlib.Path, str]]:
    """All files below a folder, symbolic links followed, each folder entered once.

    Yields:
        (path, "") for a file, (path, reason) for what cannot be used.
    """
    waiting, seen = [folder], set()
    while waiting:
        here = waiting.pop()
        try:
            status = here.stat()
            if (status.st_dev, status.st_ino) in seen:
                yield here, "a link to a folder that is here already"
                continue
            seen.add((status.st_dev, status.st_ino))
            inside = sorted(here.iterdir())
        except OSError as error:
            yield here, error.strerror
            continue
        for path in inside:
            try:
                kind = path.stat().st_mode
            except OSError as error:
                yield path, error.strerror
                continue
            if stat.S_ISDIR(kind):
                waiting.append(path)
            else:
                yield path, "" if stat.S_ISREG(kind) else "neither file nor folder"


def _open_file(path: pathlib.Path) -> BinaryIO:
    _check_size(path.stat().st_size)
    return open(path, "rb")


def _check_size(size: int) -> None:
    if size > _MAX_BYTES:
        raise ValueError(f"larger than {_MAX_BYTES} bytes")


def from_zip(path: pathlib.Path, split: str) -> Source:
    """List the pictures inside a zip file."""
    try:
        archive = zipfile.ZipFile(path)
        members = [m for m in archive.infolist() if not m.is_dir()]
    except (zipfile.BadZipFile, OSError) as error:
        raise UserError(f"data={str(path)!r}: is not a readable zip file ({error}).") from error
    openers, ignored = {}, []
    for member in sorted(members, key=lambda member: member.filename):
        name = member.filename
        if _hidden(name):
            ignored.append((name, "hidden"))
        elif name in openers:
            ignored.append((name, "another file of this name"))
        else:
            openers[name] = functools.partial(_open_member, archive, member)
    stamps = [[path.stat().st_size, path.stat().st_mtime_ns]]
    return _source(path, split, openers, stamps, ignored)


def _open_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> BinaryIO:
    _check_size(member.file_size)
    return io.BytesIO(archive.read(member))


def _hidden(name: str) -> bool:
    """Say whether a file or a folder above it is hidden, or a leftover of macOS' zip program."""
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


def _source(path, split: str, openers: dict, stamps: list, ignored: list) -> Source:
    suffixes = picture.suffixes()
    names = [n for n in openers if pathlib.PurePosixPath(n).suffix.lower() in suffixes]
    if not names:
        raise UserError(
            f"data={str(path)!r}: holds no pictures; files that end in .png, .jpg, .webp and "
            "the like are looked for, in sub-folders too."
        )
    layout = arrange(str(path), names, _read_labels(path, openers), split)
    used = {*layout.names, LABEL_FILE}
    for name in openers:
        if name not in used:
            picture_like = name in names
            ignored.append(
                (name, "in another split" if picture_like else "not named like a picture")
            )
    return Source(
        name=printable(path.stem if path.is_file() else path.resolve().name),
        identity={"path": str(path.resolve()), "files": stamps, "split": split},
        entries=_entries(layout, openers),
        size=len(layout.names),
        class_names=layout.class_names and [printable(name) for name in layout.class_names],
        notes=layout.notes,
        ignored=tuple((printable(name), why) for name, why in sorted(ignored)),
    )


def _entries(layout: Layout, openers: dict) -> list[Entry]:
    labels = layout.labels or [None] * len(layout.names)
    return [
        Entry(printable(name), label, openers[name])
        for name, label in zip(layout.names, labels, strict=True)
    ]


def printable(name: str) -> str:
    """A file name that fits into one line of UTF-8: other bytes and characters are escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def _read_labels(path: pathlib.Path, openers: dict) -> dict[str, int] | None:
    """Read {"labels": [[file name, class number], ...]} of dataset.json, if there is one."""
    if LABEL_FILE not in openers:
        return None
    try:
        with openers[LABEL_FILE]() as file:
            pairs = json.load(file)["labels"]
        labels = {} if pairs is None else dict(pairs)
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f'source={str(path)!r}: its {LABEL_FILE} must read {{"labels": [[file, class number], '
            f"...]}} ({type(error).__name__}: {error})."
        ) from error
    wrong = [v for v in labels.values() if isinstance(v, bool) or not isinstance(v, int) or v < 0]
    if wrong:
        raise UserError(
            f"data={str(path)!r}: its {LABEL_FILE} has the label {wrong[0]!r}; labels must be "
            "integers of 0 or more."
        )
    return labels or None
