"""`data_report.txt` and `.json`: what became of every file, and why."""

import dataclasses
import json
import pathlib

from ada_tf.channels import has_alpha, in_words
from ada_tf.data.decode import Changes
from ada_tf.data.sources.source import Source
from ada_tf.data.stored import Stored
from ada_tf.files import printable, write_text

FILE, JSON = "data_report.txt", "data_report.json"


@dataclasses.dataclass
class Tally:
    """What became of the files of one preparation.

    Attributes:
        source: what was prepared.
        shape: to which it was brought.
        resize_filter: with which filter.
        kept: (name, what was done to it) of the images written.
        duplicates: (name, the kept image with the same bytes and label).
        skipped: (name, reason) of all others.
    """

    source: Source
    shape: Stored
    resize_filter: str
    kept: list[tuple[str, Changes]] = dataclasses.field(default_factory=list)
    duplicates: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    skipped: list[tuple[str, str]] = dataclasses.field(default_factory=list)

    def __post_init__(self):
        self.skipped += self.source.ignored

    @property
    def broken(self) -> int:
        """How many were skipped that looked like images."""
        return len(self.skipped) - len(self.source.ignored)

    def write(self, path: pathlib.Path) -> None:
        """Write the report as text to `path`, and as JSON beside it."""
        write_text(path, "\n".join(self._lines()) + "\n")
        as_json = path.with_name(path.name.replace(FILE, JSON))
        write_text(as_json, json.dumps(self._record(), indent=1) + "\n")

    def _lines(self) -> list[str]:
        shape = self.shape
        size = f"{shape.width}x{shape.height}"
        alpha = "" if has_alpha(shape.channels) else "transparent parts laid on white, "
        enlarged = sum(changes.enlarged for _, changes in self.kept)
        return [
            f"source: {printable(self.source.path)}",
            f"kept: {len(self.kept)}",
            f"skipped: {len(self.skipped)}",
            f"duplicates: {len(self.duplicates)}",
            f"enlarged: {enlarged} of the kept ones were smaller than {shape.size} pixels",
            f"done: turned upright (EXIF), {alpha}centre cropped to the ratio of {size}, resized to"
            f" {size} ({self.resize_filter}), stored as {shape.bits}-bit {in_words(shape.channels)}",
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
            "resize_filter": self.resize_filter,
            "counts": {
                "kept": len(kept),
                "duplicate": len(copies),
                "skipped": len(skipped),
            },
            "notes": list(self.source.notes),
            "files": sorted(kept + copies + skipped, key=lambda file: file["name"]),
        }


def reason(error: Exception) -> str:
    """Say in one line why an image cannot be read."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    text = " ".join(text.split()) or type(error).__name__
    # PIL's message ends in the object it was given, with an address.
    return "not an image" if text.startswith("cannot identify image file") else text
