"""`data_report.txt` and `.json`: what became of every file, and why."""

import collections
import dataclasses
import json
import pathlib
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ada_tf import files
from ada_tf.channels import has_alpha, in_words
from ada_tf.data.crop import CENTER, PAD, RESIZE, Fit
from ada_tf.data.fitting_costs import Changes, Cost
from ada_tf.data.sources.source import NO_IMAGE, Source, common_endings
from ada_tf.data.stored import Stored
from ada_tf.files import MAX_JSON, open_regular, printable, write_text, writing

# Thousands of files in a few lines: grouped by result and by the ending of their names.

# Names that are listed of a group, and groups of a section; endings as long as this are part of a name.
MOST_NAMES, MOST_GROUPS, _LONGEST_ENDING = 10, 40, 8


class Line(NamedTuple):
    """A file in a section.

    Attributes:
        kind: what it has in common with others.
        name: of the file.
        detail: what of it is its own, in words; may be empty.
    """

    kind: str
    name: str
    detail: str = ""


def section(lines: Iterable[Line]) -> Iterator[str]:
    """Lines of text: each kind with how many there are, the largest first, and some of the names."""
    groups = collections.defaultdict(list)
    for line in lines:
        groups[line.kind].append(line)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    for kind, found in ordered[:MOST_GROUPS]:
        yield f"{kind}: {len(found)}"
        for line in found[:MOST_NAMES]:
            yield f"  {line.name}{': ' if line.detail else ''}{line.detail}"
        if len(found) > MOST_NAMES:
            yield f"  and {len(found) - MOST_NAMES} more"
    others = sum(len(found) for _, found in ordered[MOST_GROUPS:])
    if others:
        yield f"of {len(ordered) - MOST_GROUPS} other kinds: {others}"


def common(reason: str) -> str:
    """A reason as many files have it: those that are cut short differ in numbers alone."""
    return re.sub(r"\d+", "N", reason)


def left_out(files: Iterable[tuple[str, str]]) -> Iterator[Line]:
    """Files that were not used, (name, reason), by reason and ending."""
    for name, why in files:
        kind = common(why)
        ending = pathlib.PurePosixPath(name).suffix.lower()
        of = f" ({ending})" if 1 < len(ending) <= _LONGEST_ENDING else ""
        yield Line(f"skipped, {kind}{of}", name, "" if why == kind else why)


# Remarks: the first lines on a prepared set, kept in it and said again whenever it is opened.

REMARKS_FILE = "remarks.json"

# Remarks in their order: what happened, and what to do.
_REMARKS = {
    "unreadable": ("cannot be read and left out", ""),
    "duplicate": ("left out as duplicates", ""),
    "twin": (
        "the same pixels as another at this size",
        "they are kept, and count twice; delete one of each",
    ),
    "cropped": (
        "more than a quarter cut off",
        "--crop=pad or --crop=resize keeps all of a picture",
    ),
    "enlarged": ("enlarged", "a smaller --resolution has no need to"),
    "alpha": ("transparent parts laid on white", "--channels=4 (2 of grey ones) keeps alpha"),
    "colour": ("colours turned grey", "--channels=3 keeps them"),
    "depth": ("16 bits reduced to 8", "--bits=16 keeps them"),
}

# A stranger's file may say anything: this much is read, and so many characters of an example shown.
_MAX_BYTES, _SHOWN = 2**20, 200


class Some(NamedTuple):
    """Some of the images.

    Attributes:
        count: how many.
        of: of how many.
        example: one of them, in words.
    """

    count: int
    of: int
    example: str


def remark_lines(remarks: dict[str, Some]) -> list[str]:
    """A line a remark: how many images, an example, and what to do.

    Args:
        remarks: keys of REMARKS, those that apply.
    """
    return [
        f"{what}: {some.count} of {some.of} images, such as {some.example}"
        + (f"; {advice}" if advice else "")
        for key, (what, advice) in _REMARKS.items()
        if (some := remarks.get(key))
    ]


def write_remarks(folder: pathlib.Path, remarks: dict[str, Some]) -> None:
    """Write them into the folder of a set."""
    record = {key: some._asdict() for key, some in remarks.items()}
    files.write_text(folder / REMARKS_FILE, json.dumps(record, indent=1) + "\n")


def read_remarks(folder: pathlib.Path) -> dict[str, Some]:
    """Read them; none of a set that has no such file, or one that is none of ours."""
    try:
        record = files.read_json(folder / REMARKS_FILE, _MAX_BYTES)
        return {key: _some(record[key]) for key in _REMARKS if key in record}
    except (OSError, ValueError, TypeError, RecursionError):
        return {}


def _some(record) -> Some:
    found = Some(**record)
    if not (type(found.count) is type(found.of) is int and isinstance(found.example, str)):
        raise TypeError("is no remark")
    return found._replace(example=printable(found.example)[:_SHOWN])


FILE, JSON = "data_report.txt", "data_report.json"

_HOW = {
    CENTER: "centre cropped, resized",
    PAD: "resized, padded",
    RESIZE: "resized in another aspect",
}


@dataclasses.dataclass
class Tally:
    """Counts and reasons of one preparation: files kept, changed, left out.

    Attributes:
        source: what was prepared.
        shape: to which it was brought.
        fit: in which way.
        kept: (name, what was done to it) of the images written.
        duplicates: (name, the kept image with the same bytes and label).
        twins: (name, the image before it with the same pixels and label) of images written.
        skipped: (name, reason) of all others.
    """

    source: Source
    shape: Stored
    fit: Fit
    kept: list[tuple[str, Changes]] = dataclasses.field(default_factory=list)
    duplicates: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    twins: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    skipped: list[tuple[str, str]] = dataclasses.field(default_factory=list)

    def __post_init__(self):
        self.skipped += self.source.ignored

    @property
    def broken(self) -> list[tuple[str, str]]:
        """Entries of `skipped` that looked like images."""
        return self.skipped[len(self.source.ignored) :]

    def with_cost(self, cost: Cost) -> list[str]:
        """Names of the images written that lost something of a kind."""
        return [name for name, changes in self.kept if cost in changes.costs]

    def remarks(self) -> dict[str, Some]:
        """Remarks that are worth a line when the set is opened; see `_REMARKS`."""
        whole, kept = self.source.size, len(self.kept)
        found = {
            "unreadable": Some(len(self.broken), whole, self.broken_example()),
            "duplicate": _pairs(self.duplicates, whole, "the same file as"),
            "twin": _pairs(self.twins, kept, "as"),
        }
        for cost in Cost:
            names = self.with_cost(cost)
            found[cost.value] = Some(len(names), kept, "".join(names[:1]))
        return {key: some for key, some in found.items() if some.count}

    def broken_example(self) -> str:
        """An image that cannot be read, for the commonest reason."""
        reasons = collections.Counter(common(why) for _, why in self.broken)
        most = max(reasons, key=reasons.get, default=None)
        found = (f"{name} ({why})" for name, why in self.broken if common(why) == most)
        return next(found, "")

    def others(self) -> str:
        """Clause on files beside the images, which may be pictures of another kind; "" without any."""
        names = [name for name, why in self.source.ignored if why == NO_IMAGE]
        if not names:
            return ""
        what = f"{len(names)} file{'s' if len(names) > 1 else ''} not named like images"
        common = ", ".join(f"{count} {ending}" for ending, count in common_endings(names))
        return f", without {what}{common and f' ({common})'}"

    def write(self, path: pathlib.Path) -> None:
        """Write the report as text to `path`, and as JSON beside it."""
        write_text(path, "\n".join(self._lines(path)) + "\n")
        write_text(_json_of(path), json.dumps(self._record(), indent=1) + "\n")

    def _lines(self, path: pathlib.Path) -> list[str]:
        shape = self.shape
        size = f"{shape.width}x{shape.height}"
        alpha = "" if has_alpha(shape.channels) else "transparent parts laid on white, "
        as_they_are = [Line("kept as they are", name) for name, c in self.kept if not c.steps]
        changed = [_kept(name, changes) for name, changes in self.kept if changes.steps]
        copies = [Line("duplicates", name, f"same as {first}") for name, first in self.duplicates]
        twins = [Line("twins", name, f"same pixels as {first}") for name, first in self.twins]
        return [
            f"source: {printable(self.source.path)}",
            f"kept: {len(self.kept)}",
            f"skipped: {len(self.skipped)}",
            f"duplicates: {len(self.duplicates)}",
            *remark_lines(self.remarks()),
            f"done: turned upright (EXIF), {alpha}{_HOW[self.fit.crop]} to {size}"
            f" ({self.fit.resize_filter}), stored as {shape.bits}-bit {in_words(shape.channels)}",
            *(f"note: {note}" for note in self.source.notes),
            f"every file: {_json_of(path).name} in the folder of the prepared set",
            "",
            *section(left_out(self.skipped)),
            *section(copies),
            *section(twins),
            *section(changed),
            *section(as_they_are),
        ]

    def _record(self) -> dict:
        kept = [{"name": n, "status": "kept", "done": list(c.done)} for n, c in self.kept]
        copies = [{"name": n, "status": "duplicate", "of": first} for n, first in self.duplicates]
        skipped = [{"name": n, "status": "skipped", "why": why} for n, why in self.skipped]
        return {
            "source": printable(self.source.path),
            "kind": self.source.kind,
            "split": self.source.split,
            "resolution": self.shape.resolution,
            "channels": self.shape.channels,
            "bits": self.shape.bits,
            **dataclasses.asdict(self.fit),
            "counts": {
                "kept": len(kept),
                "duplicate": len(copies),
                "skipped": len(skipped),
            },
            "costs": {cost.value: len(self.with_cost(cost)) for cost in Cost},
            "twins": [{"name": name, "of": first} for name, first in self.twins],
            "notes": list(self.source.notes),
            "files": sorted(kept + copies + skipped, key=lambda file: file["name"]),
        }


def _pairs(pairs: list[tuple[str, str]], of: int, word: str) -> Some:
    example = f"{pairs[0][0]}, {word} {pairs[0][1]}" if pairs else ""
    return Some(len(pairs), of, example)


def _kept(name: str, changes: Changes) -> Line:
    what = ", ".join(step.what for step in changes.steps)
    details = ", ".join(step.detail for step in changes.steps if step.detail)
    return Line(f"kept, {what}", name, details)


def _json_of(path: pathlib.Path) -> pathlib.Path:
    return path.with_name(path.name.replace(FILE, JSON))


def copy(prepared: pathlib.Path, folder: pathlib.Path) -> None:
    """Write the report of a prepared set into another folder, with where the set is.

    Raises:
        UserError: it cannot be written.
    """
    try:
        with open_regular(prepared / FILE, MAX_JSON) as file:
            text = file.read().decode("utf-8", "replace")
    except OSError:  # a set that somebody else has made need not have one
        return
    with writing(folder / FILE):
        write_text(folder / FILE, f"prepared set: {printable(prepared.resolve())}\n{text}")
