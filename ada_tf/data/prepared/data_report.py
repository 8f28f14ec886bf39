"""`data_report.txt` and `.json`: what became of every file, and why."""

import collections
import dataclasses
import json
import pathlib

from ada_tf.channels import has_alpha, in_words
from ada_tf.data.changes import Changes, Cost
from ada_tf.data.crop import CENTER, PAD, RESIZE, Fit
from ada_tf.data.prepared import grouping, remarks
from ada_tf.data.prepared.grouping import Line
from ada_tf.data.prepared.remarks import Some
from ada_tf.data.sources.source import Source
from ada_tf.data.stored import Stored
from ada_tf.files import MAX_JSON, open_regular, printable, write_text, writing

FILE, JSON = "data_report.txt", "data_report.json"

_HOW = {
    CENTER: "centre cropped, resized",
    PAD: "resized, padded",
    RESIZE: "resized in another aspect",
}


@dataclasses.dataclass
class Tally:
    """What became of the files of one preparation.

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
        """Those of `skipped` that looked like images."""
        return self.skipped[len(self.source.ignored) :]

    def with_cost(self, cost: Cost) -> list[str]:
        """Names of the images written that lost something of a kind."""
        return [name for name, changes in self.kept if cost in changes.costs]

    def remarks(self) -> dict[str, Some]:
        """What is worth a line when the set is opened; see `remarks.REMARKS`."""
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
        reasons = collections.Counter(grouping.common(why) for _, why in self.broken)
        most = max(reasons, key=reasons.get, default=None)
        found = (f"{name} ({why})" for name, why in self.broken if grouping.common(why) == most)
        return next(found, "")

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
            *remarks.lines(self.remarks()),
            f"done: turned upright (EXIF), {alpha}{_HOW[self.fit.crop]} to {size}"
            f" ({self.fit.resize_filter}), stored as {shape.bits}-bit {in_words(shape.channels)}",
            *(f"note: {note}" for note in self.source.notes),
            f"every file: {_json_of(path).name} in the folder of the prepared set",
            "",
            *grouping.section(grouping.left_out(self.skipped)),
            *grouping.section(copies),
            *grouping.section(twins),
            *grouping.section(changed),
            *grouping.section(as_they_are),
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


def reason(error: Exception) -> str:
    """Say in one line why an image cannot be read."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    text = " ".join(text.split()) or type(error).__name__
    # PIL's message ends in the object it was given, with an address.
    return "not an image" if text.startswith("cannot identify image file") else text
