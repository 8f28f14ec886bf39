"""Folders and zip files as lists of pictures with labels."""

import dataclasses
import functools
import io
import json
import pathlib
import zipfile
from collections.abc import Callable, Iterable
from typing import BinaryIO

from ada_tf.data import picture
from ada_tf.data.layout import Layout, arrange
from ada_tf.errors import UserError

LABEL_FILE = "dataset.json"

# A zip member is unpacked in memory; no picture is as large as this.
_MAX_MEMBER_BYTES = 2**29


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
    """

    name: str
    identity: dict
    entries: Iterable[Entry]
    size: int
    class_names: list[str] | None = None
    notes: tuple[str, ...] = ()


def from_folder(folder: pathlib.Path, split: str) -> Source:
    """List the pictures of a folder and all its sub-folders, hidden ones left out."""
    files = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not _hidden(name):
            files[name] = path
    stamps = [[name, path.stat().st_size, path.stat().st_mtime_ns] for name, path in files.items()]
    openers = {name: functools.partial(open, path, "rb") for name, path in files.items()}
    return _source(folder, split, openers, stamps)


def from_zip(path: pathlib.Path, split: str) -> Source:
    """List the pictures inside a zip file."""
    try:
        archive = zipfile.ZipFile(path)
        members = [m for m in archive.infolist() if not m.is_dir() and not _hidden(m.filename)]
    except (zipfile.BadZipFile, OSError) as error:
        raise UserError(f"data={str(path)!r}: is not a readable zip file ({error}).") from error
    members.sort(key=lambda member: member.filename)
    openers = {m.filename: functools.partial(_open_member, archive, m) for m in members}
    stamps = [[path.stat().st_size, path.stat().st_mtime_ns]]
    return _source(path, split, openers, stamps)


def _open_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> BinaryIO:
    if member.file_size > _MAX_MEMBER_BYTES:
        raise ValueError(f"larger than {_MAX_MEMBER_BYTES} bytes")
    return io.BytesIO(archive.read(member))


def _hidden(name: str) -> bool:
    """Say whether a file or a folder above it is hidden, or a leftover of macOS' zip program."""
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


def _source(path: pathlib.Path, split: str, openers: dict, stamps: list) -> Source:
    suffixes = picture.suffixes()
    names = [n for n in openers if pathlib.PurePosixPath(n).suffix.lower() in suffixes]
    if not names:
        raise UserError(
            f"data={str(path)!r}: holds no pictures; files that end in .png, .jpg, .webp and "
            "the like are looked for, in sub-folders too."
        )
    layout = arrange(str(path), names, _read_labels(path, openers), split)
    others = len(openers) - len(names) - (LABEL_FILE in openers)
    notes = layout.notes + ((f"{others} other files ignored",) if others else ())
    return Source(
        name=path.stem if path.is_file() else path.resolve().name,
        identity={"path": str(path.resolve()), "files": stamps, "split": split},
        entries=_entries(layout, openers),
        size=len(layout.names),
        class_names=layout.class_names,
        notes=notes,
    )


def _entries(layout: Layout, openers: dict) -> list[Entry]:
    labels = layout.labels or [None] * len(layout.names)
    return [Entry(n, label, openers[n]) for n, label in zip(layout.names, labels, strict=True)]


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
