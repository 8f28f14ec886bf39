"""Formats of files: each file says its number, and the version that wrote it.

A number goes up when the old reader would misread the new file, or the new reader the old one. A step
of `MIGRATIONS` then leads from the old format to the new one; without a step old files are refused in
words. No number is needed for a setting with a default, which older files mean by their silence, nor
for a renamed setting (`formerly` of `ada_tf.settings.setting`).

Before a number goes up, files of the old format are kept in `tests/formats/`.
"""

import dataclasses
from collections.abc import Callable

from ada_tf.errors import UserError
from ada_tf.files import printable, quoted
from ada_tf.version import __version__

FORMAT, VERSION = "format", "ada_tf"  # the two keys of the stamp
_FIRST_VERSION = "0.1"  # whose files have no stamp
_LONGEST = 40  # characters of a version that are shown


@dataclasses.dataclass(frozen=True)
class Format:
    """A kind of file.

    Attributes:
        name: key of its `MIGRATIONS`.
        number: format that this version writes.
        advice: remedy for an older one, the end of a sentence.
        marks: keys of the files of 0.1, which have no number and count as format 1.
    """

    name: str
    number: int
    advice: str
    marks: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Migration:
    """A step from one format to the next.

    Attributes:
        values: values of the file -> values in the next format. They may be a stranger's: what does
            not look as expected is returned as it is, for the reader to refuse.
        variables: name of a variable of a checkpoint in the next format -> its name in this one,
            both as "generator/mapping.fc.0.kernel"; None for a variable that this format lacks,
            which keeps its initial value.
    """

    values: Callable[[dict], dict] = dict
    variables: Callable[[str], str | None] = str


_RUN = ("preset", "data", "network", "batch")  # keys of every configuration of a run

RUN_OPTIONS = Format("run", 3, "that version alone can continue it", _RUN)
CHECKPOINT = Format(
    "checkpoint", 2, "that version alone can use it, or train anew with this one", _RUN
)
PREPARED = Format("prepared", 5, "give the original images again")
EXPORT = Format("export", 2, "export it again", ("network", "data"))
STATISTICS = Format("statistics", 3, "they are made again")
NETWORK = Format("network", 2, "import it again")


def _in_8_bits(values: dict) -> dict:
    """Say the bits of the images, which were always 8."""
    data = values.get("data")
    return {**values, "data": {**data, "bits": 8}} if isinstance(data, dict) else values


def _with_shape(values: dict) -> dict:
    """Write the shape of the pictures, which were always square."""
    of = values.get("architecture")
    if not isinstance(of, dict) or not {"resolution", "channels"} <= of.keys():
        return values
    rest = {name: value for name, value in of.items() if name not in ("resolution", "channels")}
    side = of["resolution"]
    shape = {"height": side, "width": side, "channels": of["channels"]}
    return {**values, "architecture": {**rest, "shape": shape}}


# (name of a format, number) -> the step to the next number; steps are taken one after the other.
MIGRATIONS = {
    ("run", 2): Migration(_in_8_bits),
    ("export", 1): Migration(),  # the signatures of 0.1 were the same, without a number
    ("network", 1): Migration(_with_shape),
}


class OtherFormat(UserError):
    """A file of another version of ada_tf that this one cannot read."""


def stamped(kind: Format, values: dict) -> dict:
    """Values as they are written: with the format and the version of today."""
    return {FORMAT: kind.number, VERSION: __version__, **values}


def current(kind: Format, record, path) -> dict:
    """The values of a record, in the format of today and without its stamp.

    Args:
        kind: format that it should have.
        record: as it was read; that of a stranger may be no dictionary.
        path: of the file, for messages.

    Raises:
        OtherFormat: another version of ada_tf has written it, and no migration leads here.
        UserError: it does not say its format, as every file of ada_tf does.
    """
    number = number_of(kind, record, path)
    values = {key: value for key, value in record.items() if key not in (FORMAT, VERSION)}
    for step in _steps(kind, number, record, path):
        values = step.values(values)
    return values


def stored_name(kind: Format, record, path, name: str) -> str | None:
    """The name that a variable of today has in a file; None if the file is older than it.

    Args:
        kind: see `current`, as `record` and `path`.
        record: of the file.
        path: of the file.
        name: of the variable today, such as "generator/mapping.fc.0.kernel".

    Raises:
        UserError: see `current`.
    """
    for step in reversed(_steps(kind, number_of(kind, record, path), record, path)):
        name = name and step.variables(name)
    return name


def number_of(kind: Format, record, path) -> int:
    """The format of a record; see `current` for arguments and errors."""
    if not isinstance(record, dict):
        raise UserError(f"{printable(path)} was not written by ada_tf: it holds {quoted(record)}.")
    number = record.get(FORMAT)
    if number is None and kind.marks and all(mark in record for mark in kind.marks):
        return 1
    if type(number) is not int or number < 1:
        raise UserError(
            f"{printable(path)} was not written by ada_tf: format={quoted(number)} must be a number"
            f" of 1 to {kind.number}."
        )
    if number > kind.number:
        raise OtherFormat(
            f"{printable(path)} was written by a newer ada_tf ({_shown(record.get(VERSION))}), this is"
            f" {__version__}; install that version to use it."
        )
    return number


def _steps(kind: Format, number: int, record: dict, path) -> list[Migration]:
    """All migrations from a format to that of today.

    Raises:
        OtherFormat: one is missing.
    """
    steps = [MIGRATIONS.get((kind.name, old)) for old in range(number, kind.number)]
    if None in steps:
        raise OtherFormat(
            f"{printable(path)} was written by ada_tf {_shown(record.get(VERSION) or _FIRST_VERSION)}, in"
            f" format {number} where {__version__} has {kind.number}; {kind.advice}."
        )
    return steps


def _shown(version) -> str:
    """A version that a file names, which may be a stranger's."""
    if not isinstance(version, str):
        return "of unknown version"
    return printable(version[:_LONGEST])
