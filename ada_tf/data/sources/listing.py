"""From the files of a folder or an archive to images with labels."""

import dataclasses
import functools
import itertools
import os
import pathlib
from collections.abc import Iterable

from ada_tf.data import decode
from ada_tf.data.sources.folders_and_archives import LEADS_OUT, File, LeftOut, files_of
from ada_tf.data.sources.labels import LABEL_FILES, Listed, read_labels
from ada_tf.data.sources.source import (
    MAX_BYTES,
    NO_IMAGE,
    Entry,
    Source,
    common_endings,
    counted_runs,
    short_name,
)
from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.label_space import NO_LABELS, LabelSpace

# Meaning of sub-folders: none, classes, or splits of classes.

# Names that mark a folder as a split (TFDS' ImageFolder: split/class/image), not a class.
_SPLITS = {"train", "training", "test", "testing", "val", "valid", "validation", "dev"}


@dataclasses.dataclass(frozen=True)
class Layout:
    """Chosen images: sorted names, their labels (or None) and what those mean, report lines."""

    names: list[str]
    labels: list | None
    label_space: LabelSpace
    notes: tuple[str, ...]


def arrange(source: str, names: list[str], listed: Listed | None, split: str) -> Layout:
    """Choose the split and find the labels.

    A folder around everything is looked through. If the top folders are all named like splits,
    only the one named `split` is used. Labels come from the file of labels if it names every image,
    else from the sub-folders if every image is in one.

    Args:
        source: what the user gave, for messages.
        names: paths of images inside the source, with forward slashes.
        listed: labels of dataset.json or labels.csv, or None.
        split: name of the split to use where there are splits.

    Returns:
        The layout.

    Raises:
        UserError: there are splits, but not the wanted one.
    """
    names = sorted(names)
    notes = []
    inner = _strip_common(names)
    tops = {name.split("/")[0] for name in inner.values() if "/" in name}
    nested = all("/" in name for name in inner.values())
    # A single folder around everything has been stripped, unless it is named like a split.
    if nested and tops and all(top.lower() in _SPLITS for top in tops):
        if split not in tops:
            raise UserError(
                f"split={split!r}: {source} has the splits {', '.join(sorted(tops))} only."
            )
        names = [name for name in names if inner[name].split("/")[0] == split]
        inner = {name: inner[name].split("/", 1)[1] for name in names}
        notes.append(f"split {split!r} used out of {', '.join(sorted(tops))}")
    if listed is not None:
        labels = [listed.labels.get(name, listed.labels.get(inner[name])) for name in names]
        missing = labels.count(None)
        if not missing:
            return Layout(names, labels, listed.label_space or _numbered(labels), tuple(notes))
        first = names[labels.index(None)]
        notes.append(
            f"labels of {listed.file} not used: {missing} of {len(names)} images have none, such as"
            f" {printable(first)}"
        )
    if not all("/" in name for name in inner.values()):
        return Layout(names, None, NO_LABELS, tuple(notes))
    folders = [inner[name].split("/")[0] for name in names]
    classes = sorted(set(folders))
    number = {folder: index for index, folder in enumerate(classes)}
    notes.append(f"{len(classes)} classes named after the sub-folders")
    space = LabelSpace(len(classes), tuple(classes))
    return Layout(names, [number[folder] for folder in folders], space, tuple(notes))


def _numbered(labels: list[int]) -> LabelSpace:
    """Classes that are called by their numbers."""
    count = max(labels) + 1
    return LabelSpace(count, tuple(map(str, range(count))))


def _strip_common(names: list[str]) -> dict[str, str]:
    """Map every path to what is left without the folders that are around all of them."""
    inner = {name: name for name in names}
    while True:
        tops = {rest.split("/")[0] if "/" in rest else None for rest in inner.values()}
        top = tops.pop()
        if tops or top is None or top.lower() in _SPLITS:
            return inner
        inner = {name: rest.split("/", 1)[1] for name, rest in inner.items()}


@dataclasses.dataclass
class _Listing:
    """Images, labels and left-out files of a folder or an archive.

    Attributes:
        files: by their names.
        ignored: (name, reason) of what is left out.
        runs: how many of those are runs of ada-train.
        links: how many lead out of the folder.
    """

    files: dict[str, File] = dataclasses.field(default_factory=dict)
    ignored: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    runs: int = 0
    links: int = 0


def read(
    kind: str,
    path: pathlib.Path,
    split: str,
    at_most: int | None = None,
    follow_links: bool = False,
) -> Source:
    """Find the images of a folder or an archive, and their labels.

    Args:
        kind: a key of `KINDS`.
        path: what the user gave.
        split: the split to use, where there are splits.
        at_most: give up on more files than this.
        follow_links: of a folder, to places outside of it.

    Raises:
        UserError: it cannot be read, there are no images, or their labels cannot be read.
    """
    found = list(itertools.islice(files_of(kind, path, follow_links), at_most and at_most + 1))
    if at_most and len(found) > at_most:
        raise UserError(f"data={printable(path)!r}: holds more than {at_most} files.")
    listing = _listing(found)
    images, unread, files = _images(path, listing), _unread_heic(listing), listing.files
    listed = read_labels(path, {name: files[name].open for name in LABEL_FILES if name in files})
    layout = arrange(printable(path), images, listed, split)
    used, is_path = {*layout.names, *LABEL_FILES}, os.path.lexists(path)
    whole = path.resolve() if is_path else path
    others = {name: "in another split" for name in images if name not in used}
    others |= dict.fromkeys(unread, decode.WHY_NO_HEIC)
    others |= dict.fromkeys(files.keys() - used - others.keys(), NO_IMAGE)
    ignored = [(printable(name), why) for name, why in sorted([*listing.ignored, *others.items()])]
    stamps = [[name, *files[name].stamp] for name in sorted(used & files.keys())]
    return Source(
        kind=kind,
        name=short_name(path.stem if is_path and not path.is_dir() else whole.name),
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
        links=listing.links,
    )


def _listing(found: Iterable[File | LeftOut]) -> _Listing:
    """Tell files from what is left out; of two by the same name the first is meant."""
    listing = _Listing()
    for item in found:
        if is_hidden(item.name):
            listing.ignored.append((item.name, "hidden"))
        elif isinstance(item, LeftOut):
            listing.ignored.append((item.name, item.why))
            listing.runs += item.is_run
            listing.links += item.why == LEADS_OUT
        elif item.name in listing.files:
            listing.ignored.append((item.name, "another file of this name"))
        else:
            listing.files[item.name] = item
    return listing


def is_hidden(name: str) -> bool:
    """Say whether a file or a folder above it is hidden, or a leftover of macOS' zip program."""
    parts = [part for part in name.split("/") if part != "."]  # the whole folder or archive
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _images(path: pathlib.Path, listing: _Listing) -> list[str]:
    suffixes = decode.suffixes()
    names = [name for name in listing.files if _ending(name) in suffixes]
    if names:
        return names
    given = f"data={printable(path)!r}: holds no images"
    if unread := _unread_heic(listing):
        raise UserError(
            f"{given} but {len(unread)} of HEIC, such as {printable(unread[0])}; {decode.HEIC_ADVICE}."
        )
    if listing.links:
        raise UserError(
            f"{given} but {listing.links} link{'s' if listing.links > 1 else ''} out of it; --follow_links"
            " follows what leads out."
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


def _unread_heic(listing: _Listing) -> list[str]:
    """Files that are called HEIC, where PIL has nothing to read them."""
    endings = set(decode.HEIC_ENDINGS) - decode.suffixes()
    return sorted(name for name in listing.files if _ending(name) in endings)


def _found_instead(listing: _Listing) -> str:
    """The commonest endings of the files that are there, as the end of a sentence."""
    common = [f"{count} {ending}" for ending, count in common_endings(listing.files)]
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
            path=files[name].path,
        )
        for name, label in zip(layout.names, labels, strict=True)
    ]
