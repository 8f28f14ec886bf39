"""What the first lines say of a prepared set, kept in it: they are said again whenever it is opened."""

import json
import pathlib
from typing import NamedTuple

from ada_tf import files
from ada_tf.files import printable

FILE = "remarks.json"

# What may be said, in this order: what happened, and what to do.
REMARKS = {
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


def lines(remarks: dict[str, Some]) -> list[str]:
    """A line a remark: how many images, an example, and what to do.

    Args:
        remarks: keys of REMARKS, those that apply.
    """
    return [
        f"{what}: {some.count} of {some.of} images, such as {some.example}"
        + (f"; {advice}" if advice else "")
        for key, (what, advice) in REMARKS.items()
        if (some := remarks.get(key))
    ]


def write(folder: pathlib.Path, remarks: dict[str, Some]) -> None:
    """Write them into the folder of a set."""
    record = {key: some._asdict() for key, some in remarks.items()}
    files.write_text(folder / FILE, json.dumps(record, indent=1) + "\n")


def read(folder: pathlib.Path) -> dict[str, Some]:
    """Read them; none of a set that has no such file, or one that is none of ours."""
    try:
        record = files.read_json(folder / FILE, _MAX_BYTES)
        return {key: _some(record[key]) for key in REMARKS if key in record}
    except (OSError, ValueError, TypeError, RecursionError):
        return {}


def _some(record) -> Some:
    found = Some(**record)
    if not (type(found.count) is type(found.of) is int and isinstance(found.example, str)):
        raise TypeError("is no remark")
    return found._replace(example=printable(found.example)[:_SHOWN])
