"""From the files of a folder or zip file to images with labels."""

import dataclasses
import functools
import pathlib
from collections.abc import Callable
from typing import BinaryIO

from ada_tf.data.prepared import decode
from ada_tf.data.sources.labels import LABEL_FILE, read_labels
from ada_tf.data.sources.layout import Layout, arrange
from ada_tf.data.sources.source import Entry, Kind, Source, counted_runs, short_name
from ada_tf.errors import UserError
from ada_tf.files import printable

# No image is as large as this.
MAX_BYTES = 2**29


@dataclasses.dataclass(frozen=True)
class File:
    """A file that may be an image.

    Attributes:
        open: opens its bytes, given the most it may have.
        stamp: size and time, which change when it does.
        unpacked: how many bytes opening it takes in memory.
    """

    open: Callable[[int], BinaryIO]
    stamp: tuple[int, int]
    unpacked: int = 0


@dataclasses.dataclass
class Listing:
    """What a folder or zip file holds.

    Attributes:
        files: by their path inside, with forward slashes.
        ignored: (name, reason) of what is left out.
        runs: how many of those are runs of ada-train.
    """

    files: dict[str, File] = dataclasses.field(default_factory=dict)
    ignored: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    runs: int = 0


def is_hidden(name: str) -> bool:
    """Say whether a file or a folder above it is hidden, or a leftover of macOS' zip program."""
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


def to_source(kind: Kind, path: pathlib.Path, split: str, listing: Listing) -> Source:
    """Find images and labels among the files.

    Args:
        kind: folder or zip file.
        path: what the user gave.
        split: the split to use, where there are splits.
        listing: what it holds.

    Raises:
        UserError: there are no images, or their labels cannot be read.
    """
    images, files = _images(path, listing), listing.files
    listed = None
    if LABEL_FILE in files:
        listed = read_labels(path, files[LABEL_FILE].open)
    layout = arrange(printable(path), images, listed, split)
    used, whole = {*layout.names, LABEL_FILE}, path.resolve()
    others = {name: "in another split" for name in images if name not in used}
    others |= dict.fromkeys(files.keys() - used - others.keys(), "not named like an image")
    ignored = [(printable(name), why) for name, why in sorted([*listing.ignored, *others.items()])]
    stamps = [[name, *files[name].stamp] for name in sorted(used & files.keys())]
    return Source(
        kind=kind,
        name=short_name(whole.name if kind == Kind.FOLDER else path.stem),
        path=whole,
        identity={"path": str(whole), "files": stamps, "split": split},
        entries=_entries(layout, files),
        size=len(layout.names),
        split=split,
        class_names=_class_names(path, layout),
        notes=layout.notes,
        ignored=tuple(ignored),
        runs=listing.runs,
    )


def _images(path: pathlib.Path, listing: Listing) -> list[str]:
    suffixes = decode.suffixes()
    names = [n for n in listing.files if pathlib.PurePosixPath(n).suffix.lower() in suffixes]
    if not names and listing.runs:
        raise UserError(
            f"data={printable(path)!r}: holds no images besides those of"
            f" {counted_runs(listing.runs)}; to go on from a run, give it to --resume."
        )
    if not names:
        raise UserError(
            f"data={printable(path)!r}: holds no images; files that end in .png, .jpg, .webp and "
            "the like are looked for, in sub-folders too."
        )
    return names


def _class_names(path: pathlib.Path, layout: Layout) -> list[str] | None:
    if layout.class_names is None:
        return None
    names = [printable(name) for name in layout.class_names]
    if len(set(names)) < len(names):
        raise UserError(f"data={printable(path)!r}: two classes have names that print alike.")
    return names


def _entries(layout: Layout, files: dict[str, File]) -> list[Entry]:
    labels = layout.labels or [None] * len(layout.names)
    return [
        Entry(
            name=printable(name),
            label=label,
            open=functools.partial(files[name].open, MAX_BYTES),
            unpacked=files[name].unpacked,
        )
        for name, label in zip(layout.names, labels, strict=True)
    ]
