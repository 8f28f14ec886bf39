"""Images before preparation, wherever they come from."""

import collections
import dataclasses
import pathlib
from collections.abc import Callable, Iterable
from typing import BinaryIO

from ada_tf.files import printable
from ada_tf.label_space import NO_LABELS, LabelSpace

# Names of prepared sets, and the many names made of them, must fit into the 255 bytes of a name.
_NAME_BYTES = 100

# No image is as large as this.
MAX_BYTES = 2**29


# Kinds that are no collections of files; those have a row in `ada_tf.data.sources.folders_and_archives`.
TFDS, PREPARED, DRAWN = "tfds", "prepared", "drawn"


@dataclasses.dataclass(frozen=True)
class Entry:
    """One image that may turn out to be broken.

    Attributes:
        name: for reports.
        label: its class number, or its packed vector where there are attributes; None without labels.
        open: opens its bytes.
        unpacked: how many bytes opening it takes in memory.
        path: of the file that it is on the disk; None inside of an archive or data set.
    """

    name: str
    label: int | bytes | None
    open: Callable[[], BinaryIO]
    unpacked: int = 0
    path: pathlib.Path | None = None


@dataclasses.dataclass(frozen=True)
class Source:
    """Images before preparation.

    Attributes:
        kind: what it is: TFDS, PREPARED, DRAWN or a key of `ada_tf.data.sources.folders_and_archives.KINDS`.
        name: short name of the data set.
        path: where it is.
        identity: everything that decides the content, ready for JSON: the cache key.
        entries: the images in their final order; can be gone through more than once.
        size: number of entries.
        split: the part of it that is used.
        label_space: what labels mean; empty without labels.
        notes: lines for the report.
        ignored: (name, reason) of the files that are no entries.
        runs: how many of those are runs of ada-train.
        heic: names of those that are HEIC, which nothing here reads.
        links: how many of them lead out of the folder.
    """

    kind: str
    name: str
    path: pathlib.Path
    identity: dict
    entries: Iterable[Entry]
    size: int
    split: str
    label_space: LabelSpace = NO_LABELS
    notes: tuple[str, ...] = ()
    ignored: tuple[tuple[str, str], ...] = ()
    runs: int = 0
    heic: tuple[str, ...] = ()
    links: int = 0


def short_name(name: str) -> str:
    """A name that other names can be made of: printable, and cut if it is very long."""
    return printable(name).encode()[:_NAME_BYTES].decode(errors="ignore")


NO_IMAGE = (
    "not named like an image"  # why files are left out that nobody meant, or nothing here reads
)
_ENDINGS, _ENDING_SHOWN = 5, 12  # that a sentence names, and characters of each


def common_endings(names: Iterable[str]) -> list[tuple[str, int]]:
    """The commonest endings of files, printable, and how many files have each."""
    endings = (pathlib.PurePosixPath(name).suffix.lower() for name in names)
    found = collections.Counter(filter(None, endings)).most_common(_ENDINGS)
    return [(printable(ending[:_ENDING_SHOWN]), count) for ending, count in found]


def counted_runs(runs: int) -> str:
    """The number of runs, in words."""
    return f"{runs} run{'s' if runs > 1 else ''} of ada-train"
