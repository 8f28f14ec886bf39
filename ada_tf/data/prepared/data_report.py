"""`data_report.txt` and `.json`: what became of every file, and why."""

import dataclasses
import json
import pathlib

from ada_tf.channels import has_alpha, in_words
from ada_tf.data.changes import Changes, Cost
from ada_tf.data.crop import CENTER, PAD, RESIZE, Fit
from ada_tf.data.sources.source import Source
from ada_tf.data.stored import Stored
from ada_tf.files import printable, write_text

FILE, JSON = "data_report.txt", "data_report.json"

# What happened to images that lost something, and how to keep it.
_COSTS = {
    Cost.AREA: (
        "more than a quarter cut off",
        "--crop=pad or --crop=resize keeps all of a picture",
    ),
    Cost.SIZE: ("enlarged", "a smaller --resolution has no need to"),
    Cost.ALPHA: ("transparent parts laid on white", "--channels=4 (2 of grey ones) keeps alpha"),
    Cost.COLOUR: ("colours turned grey", "--channels=3 keeps them"),
    Cost.DEPTH: ("16 bits reduced to 8", "--bits=16 keeps them"),
}
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
        skipped: (name, reason) of all others.
    """

    source: Source
    shape: Stored
    fit: Fit
    kept: list[tuple[str, Changes]] = dataclasses.field(default_factory=list)
    duplicates: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    skipped: list[tuple[str, str]] = dataclasses.field(default_factory=list)

    def __post_init__(self):
        self.skipped += self.source.ignored

    @property
    def broken(self) -> int:
        """How many were skipped that looked like images."""
        return len(self.skipped) - len(self.source.ignored)

    def with_cost(self, cost: Cost) -> list[str]:
        """Names of the images written that lost something of a kind."""
        return [name for name, changes in self.kept if cost in changes.costs]

    def costs(self) -> list[str]:
        """What images lost, a line a kind; nothing where nothing is lost."""
        found = {cost: self.with_cost(cost) for cost in Cost}
        return [self._cost(*_COSTS[cost], names) for cost, names in found.items() if names]

    def _cost(self, what: str, advice: str | None, names: list[str]) -> str:
        said = f"{what}: {len(names)} of {len(self.kept)} images, such as {names[0]}"
        return f"{said}; {advice}" if advice else said

    def write(self, path: pathlib.Path) -> None:
        """Write the report as text to `path`, and as JSON beside it."""
        write_text(path, "\n".join(self._lines()) + "\n")
        as_json = path.with_name(path.name.replace(FILE, JSON))
        write_text(as_json, json.dumps(self._record(), indent=1) + "\n")

    def _lines(self) -> list[str]:
        shape = self.shape
        size = f"{shape.width}x{shape.height}"
        alpha = "" if has_alpha(shape.channels) else "transparent parts laid on white, "
        return [
            f"source: {printable(self.source.path)}",
            f"kept: {len(self.kept)}",
            f"skipped: {len(self.skipped)}",
            f"duplicates: {len(self.duplicates)}",
            *self.costs(),
            f"done: turned upright (EXIF), {alpha}{_HOW[self.fit.crop]} to {size}"
            f" ({self.fit.resize_filter}), stored as {shape.bits}-bit {in_words(shape.channels)}",
            *(f"note: {note}" for note in self.source.notes),
            *(f"skipped {name}: {why}" for name, why in self.skipped),
            *(f"duplicate {name}: same as {first}" for name, first in self.duplicates),
            *(f"kept {name}: {', '.join(c.done)}" for name, c in self.kept if c.done),
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
            "notes": list(self.source.notes),
            "files": sorted(kept + copies + skipped, key=lambda file: file["name"]),
        }


def reason(error: Exception) -> str:
    """Say in one line why an image cannot be read."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    text = " ".join(text.split()) or type(error).__name__
    # PIL's message ends in the object it was given, with an address.
    return "not an image" if text.startswith("cannot identify image file") else text
