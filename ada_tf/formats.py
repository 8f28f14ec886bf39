"""Formats of what ada_tf writes: each file says its number, and the version that wrote it.

A number goes up when the old reader would misread the new file, or the new reader the old one. What
is older is carried over by a migration, if there is one, or refused in words; nothing is guessed. A
setting that has a default needs no number: files from before it mean the default.
"""

import dataclasses
from collections.abc import Callable

from ada_tf.errors import UserError
from ada_tf.files import printable, quoted
from ada_tf.version import __version__

FORMAT, VERSION = "format", "ada_tf"  # the two keys of the stamp
FIRST_VERSION = "0.1"  # which did not say so
_LONGEST = 40  # characters of a version that are shown


@dataclasses.dataclass(frozen=True)
class Format:
    """A kind of file.

    Attributes:
        number: which format this version writes.
        advice: what to do about an older one, the end of a sentence.
        marks: names that files of 0.1 had, which had no number: they count as format 1.
        migrations: number -> makes values of the next format of those of this one.
    """

    number: int
    advice: str
    marks: tuple[str, ...] = ()
    migrations: dict[int, Callable[[dict], dict]] = dataclasses.field(default_factory=dict)


_RUN = ("preset", "data", "network", "batch")  # of every configuration of a run


def _in_8_bits(values: dict) -> dict:
    """A run of format 2, whose images had 8 bits, whatever their files had."""
    data = values.get("data")
    return {**values, "data": {**data, "bits": 8}} if isinstance(data, dict) else values


RUN_OPTIONS = Format(3, "that version alone can continue it", _RUN, {2: _in_8_bits})
CHECKPOINT = Format(2, "that version alone can use it, or train anew with this one", _RUN)
PREPARED = Format(5, "give the original images again")
# The signatures of 0.1 were the same; it only did not say its number.
EXPORT = Format(2, "export it again", ("network", "data"), migrations={1: dict})
STATISTICS = Format(3, "they are made again")


def _with_shape(values: dict) -> dict:
    """A network of format 1, whose pictures were square, with their shape."""
    of = values.get("architecture")
    if not isinstance(of, dict) or not {"resolution", "channels"} <= of.keys():
        return values  # which is refused by who reads it
    rest = {name: value for name, value in of.items() if name not in ("resolution", "channels")}
    side = of["resolution"]
    shape = {"height": side, "width": side, "channels": of["channels"]}
    return {**values, "architecture": {**rest, "shape": shape}}


NETWORK = Format(2, "import it again", migrations={1: _with_shape})


class OtherFormat(UserError):
    """What another version of ada_tf has written, and this one cannot read."""


def stamped(kind: Format, values: dict) -> dict:
    """Values as they are written: with the format and the version of today."""
    return {FORMAT: kind.number, VERSION: __version__, **values}


def current(kind: Format, record, path) -> dict:
    """The values of a record that was read, in the format of today and without its stamp.

    Args:
        kind: what it should be.
        record: as it was read; what a stranger has written may be no dictionary.
        path: of the file, for messages.

    Raises:
        OtherFormat: another version of ada_tf has written it, and no migration leads here.
        UserError: it does not say its format, as everything of ada_tf does.
    """
    if not isinstance(record, dict):
        raise UserError(f"{printable(path)} was not written by ada_tf: it holds {quoted(record)}.")
    values = {key: value for key, value in record.items() if key not in (FORMAT, VERSION)}
    number, version = record.get(FORMAT), record.get(VERSION)
    if number is None and kind.marks and all(mark in record for mark in kind.marks):
        number = 1
    if type(number) is not int or number < 1:
        raise UserError(
            f"{printable(path)} was not written by ada_tf: format={quoted(number)} must be a number"
            f" of 1 to {kind.number}."
        )
    if number > kind.number:
        raise OtherFormat(
            f"{printable(path)} was written by a newer ada_tf ({_shown(version)}), this is"
            f" {__version__}; install that version to use it."
        )
    for step in range(number, kind.number):
        if step not in kind.migrations:
            raise OtherFormat(
                f"{printable(path)} was written by ada_tf {_shown(version or FIRST_VERSION)}, in format {number}"
                f" where {__version__} has {kind.number}; {kind.advice}."
            )
        values = kind.migrations[step](values)
    return values


def _shown(version) -> str:
    """A version that a file names, which may be a stranger's."""
    if not isinstance(version, str):
        return "of unknown version"
    return printable(version[:_LONGEST])
