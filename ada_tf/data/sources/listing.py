"""From the files of a folder or an archive to images with labels."""

import collections
import dataclasses
import functools
import itertools
import pathlib
from collections.abc import Iterable

from ada_tf.data import decode, heic
from ada_tf.data.sources.file_kinds import KINDS
from ada_tf.data.sources.found import File, LeftOut
from ada_tf.data.sources.label_files import LABEL_FILES, read_labels
from ada_tf.data.sources.layout import Layout, arrange
from ada_tf.data.sources.source import Entry, Source, counted_runs, short_name
from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.label_space import LabelSpace

# No image is as large as this.
MAX_BYTES = 2**29

_ENDINGS, _ENDING_SHOWN = 5, 12  # that a sentence names, and characters of each


@dataclasses.dataclass
class Listing:
    """What a folder or an archive holds.

    Attributes:
        files: by their names.
        ignored: (name, reason) of what is left out.
        runs: how many of those are runs of ada-train.
    """

    files: dict[str, File] = dataclasses.field(default_factory=dict)
    ignored: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    runs: int = 0


def read(kind: str, path: pathlib.Path, split: str, at_most: int | None = None) -> Source:
    """Find the images of a folder or an archive, and their labels.

    Args:
        kind: a key of `KINDS`.
        path: what the user gave.
        split: the split to use, where there are splits.
        at_most: give up on more files than this.

    Raises:
        UserError: it cannot be read, there are no images, or their labels cannot be read.
    """
    found = list(itertools.islice(KINDS[kind].files_of(path), at_most and at_most + 1))
    if at_most and len(found) > at_most:
        raise UserError(f"data={printable(path)!r}: holds more than {at_most} files.")
    listing = _listing(found)
    images, unread, files = _images(path, listing), _unread_heic(listing), listing.files
    listed = read_labels(path, {name: files[name].open for name in LABEL_FILES if name in files})
    layout = arrange(printable(path), images, listed, split)
    used, whole = {*layout.names, *LABEL_FILES}, path.resolve()
    others = {name: "in another split" for name in images if name not in used}
    others |= dict.fromkeys(unread, heic.WHY)
    others |= dict.fromkeys(files.keys() - used - others.keys(), "not named like an image")
    ignored = [(printable(name), why) for name, why in sorted([*listing.ignored, *others.items()])]
    stamps = [[name, *files[name].stamp] for name in sorted(used & files.keys())]
    return Source(
        kind=kind,
        name=short_name(whole.name if path.is_dir() else path.stem),
        path=whole,
        identity={"path": str(whole), "files": stamps, "split": split},
        entries=_entries(layout, files),
        size=len(layout.names),
        split=split,
        label_space=_printable(path, layout.label_space),
        notes=layout.notes,
        ignored=tuple(ignored),
        runs=listing.runs,
        heic=tuple(map(printable, unread)),
    )


def _listing(found: Iterable[File | LeftOut]) -> Listing:
    """Tell files from what is left out; of two by the same name the first is meant."""
    listing = Listing()
    for item in found:
        if is_hidden(item.name):
            listing.ignored.append((item.name, "hidden"))
        elif isinstance(item, LeftOut):
            listing.ignored.append((item.name, item.why))
            listing.runs += item.is_run
        elif item.name in listing.files:
            listing.ignored.append((item.name, "another file of this name"))
        else:
            listing.files[item.name] = item
    return listing


def is_hidden(name: str) -> bool:
    """Say whether a file or a folder above it is hidden, or a leftover of macOS' zip program."""
    parts = [part for part in name.split("/") if part != "."]  # the whole folder or archive
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _images(path: pathlib.Path, listing: Listing) -> list[str]:
    suffixes = decode.suffixes()
    names = [name for name in listing.files if _ending(name) in suffixes]
    if names:
        return names
    given = f"data={printable(path)!r}: holds no images"
    if unread := _unread_heic(listing):
        raise UserError(
            f"{given} but {len(unread)} of HEIC, such as {printable(unread[0])}; {heic.ADVICE}."
        )
    if listing.runs:
        raise UserError(
            f"{given} besides those of {counted_runs(listing.runs)}; to go on from a run, give it to"
            " --resume."
        )
    raise UserError(
        f"{given}; files that end in .png, .jpg, .webp and the like are looked for, in sub-folders too"
        f"{_found_instead(listing)}."
    )


def _unread_heic(listing: Listing) -> list[str]:
    """Files that are called HEIC, where PIL has nothing to read them."""
    endings = set(heic.ENDINGS) - decode.suffixes()
    return sorted(name for name in listing.files if _ending(name) in endings)


def _found_instead(listing: Listing) -> str:
    """The commonest endings of the files that are there, as the end of a sentence."""
    endings = collections.Counter(filter(None, map(_ending, listing.files)))
    common = [
        f"{count} {printable(ending[:_ENDING_SHOWN])}"
        for ending, count in endings.most_common(_ENDINGS)
    ]
    return f", and found are {', '.join(common)}" if common else ""


def _ending(name: str) -> str:
    return pathlib.PurePosixPath(name).suffix.lower()


def _printable(path: pathlib.Path, space: LabelSpace) -> LabelSpace:
    names = tuple(printable(name) for name in space.class_names)
    if len(set(names)) < len(names):
        raise UserError(f"data={printable(path)!r}: two classes have names that print alike.")
    return dataclasses.replace(space, class_names=names)


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
