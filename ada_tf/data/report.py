"""`data_report.txt`: what preparation did, what it left out, and why."""

import dataclasses
import pathlib

from ada_tf.data.scan import Shape
from ada_tf.data.sources import Source

FILE = "data_report.txt"


@dataclasses.dataclass
class Tally:
    """Counts of one preparation.

    Attributes:
        source: what was prepared.
        shape: to which resolution and channels.
        resize_filter: with which filter.
        kept: pictures written.
        enlarged: pictures among them that were smaller than the resolution.
        skipped: (name, reason) of the others.
    """

    source: Source
    shape: Shape
    resize_filter: str
    kept: int = 0
    enlarged: int = 0
    skipped: list[tuple[str, str]] = dataclasses.field(default_factory=list)

    def write(self, path: pathlib.Path) -> None:
        """Write the report."""
        side = self.shape.resolution
        colour = "grey" if self.shape.channels == 1 else "RGB"
        lines = [
            f"source: {self.source.identity['path']}",
            f"kept: {self.kept}",
            f"skipped: {len(self.skipped)}",
            f"enlarged: {self.enlarged} of the kept ones were smaller than {side} pixels",
            f"done: turned upright (EXIF), transparent parts laid on white, centre cropped to a "
            f"square, resized to {side}x{side} ({self.resize_filter}), stored as 8-bit {colour}",
            *(f"note: {note}" for note in self.source.notes),
            *(f"skipped {name}: {why}" for name, why in self.skipped),
        ]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def reason(error: Exception) -> str:
    """Say in one line why a picture cannot be read."""
    text = " ".join(str(error).split()) or type(error).__name__
    # PIL's message ends in the object it was given, with an address.
    return "not a picture" if text.startswith("cannot identify image file") else text
