"""Labels from the labels.csv of a folder or zip file: a table that a spreadsheet can write.

The first column holds names of files, the first row names of columns. A column of words is the
class; columns of numbers, or of true and false, are attributes. The first row below the names
decides which is which.
"""

import csv
import dataclasses
import io
import pathlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

from ada_tf.data.sources.labels import (
    MAX_BYTES,
    MAX_CLASSES,
    MAX_NUMBERS,
    Listed,
    checked,
    is_usable,
    pack,
)
from ada_tf.errors import UserError
from ada_tf.files import listed, printable, quoted, reading
from ada_tf.label_space import MAX_VALUE, MAX_VECTOR, LabelSpace

FILE = "labels.csv"

# Characters of a line; names of thousands of attributes fit.
MAX_LINE = 2**20

# Each takes some hundred bytes.
MAX_IMAGES = 2**20

_TRUTH = {"true": 1.0, "false": 0.0}


@dataclasses.dataclass(frozen=True)
class _Column:
    """A column: its name, and whether it holds words, that is, the class."""

    name: str
    holds_words: bool


def read(source: pathlib.Path, open_file: Callable[[int], BinaryIO]) -> Listed | None:
    """Read a table of labels, a row at a time.

    Args:
        source: folder or zip file, for messages.
        open_file: opens labels.csv, given the most bytes it may have.

    Returns:
        The labels; None if there are no rows.

    Raises:
        UserError: it says something else; names the row and the column.
    """
    where = f"data={printable(source)!r}: its {FILE}"
    table = reading(source / FILE, "a table of labels", also=(csv.Error,))
    with table, open_file(MAX_BYTES) as file:
        text = io.TextIOWrapper(file, "utf-8-sig", newline="")
        return _read(where, csv.reader(_lines(where, text), strict=True))


def _lines(where: str, text) -> Iterator[str]:
    """Lines of a bounded length, so that no row has more fields than memory."""
    while line := text.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise UserError(f"{where} has a line of more than {MAX_LINE} characters.")
        yield line


def _read(where: str, rows: Iterator[list[str]]) -> Listed | None:
    names, columns = _names(where, next(rows, [])), None
    classes, words, table = {}, {}, {}
    for number, row in enumerate(rows, start=2):
        if not row:  # an empty line
            continue
        file, *fields = _fields(where, number, names, row)
        if columns is None:
            columns = _columns(where, names[1:], fields)
        if file in table:
            raise UserError(
                f"{where} names {quoted(file)} again in row {number}; must be one row an image."
            )
        table[file] = pack(_numbers(where, number, columns, fields))
        if len(table) * len(names) > MAX_NUMBERS or len(table) > MAX_IMAGES:
            raise UserError(
                f"{where} has more than {MAX_IMAGES} rows, or {MAX_NUMBERS} fields, which are the most."
            )
        for column, field in zip(columns, fields, strict=True):
            if column.holds_words:
                words[file] = classes.setdefault(field, field)  # one text for all its rows
    return _labels(where, columns, sorted(classes), words, table) if table else None


def _names(where: str, row: list[str]) -> list[str]:
    names = [name.strip() for name in row]
    if not 2 <= len(names) <= MAX_VECTOR + 1:
        raise UserError(
            f"{where} has a first row of {len(names)} fields; must be names of columns with commas"
            f" between them: of the files, and of 1 to {MAX_VECTOR} classes or attributes."
        )
    return names


def _fields(where: str, number: int, names: list[str], row: list[str]) -> list[str]:
    """The fields of a row, none of them empty."""
    if len(row) != len(names):
        raise UserError(
            f"{where} has {len(row)} fields in row {number}; must be {len(names)}, as in the first."
        )
    fields = [field.strip() for field in row]
    if not all(fields):
        empty = names[fields.index("")]
        raise UserError(
            f"{where} has no value in row {number}, column {quoted(empty)}; give one, or leave the row"
            " or the column out."
        )
    return fields


def _columns(where: str, names: list[str], fields: list[str]) -> list[_Column]:
    """What the columns hold, by the first row of labels."""
    columns = [
        _Column(name, _number(field) is None) for name, field in zip(names, fields, strict=True)
    ]
    words = [column.name for column in columns if column.holds_words]
    if len(words) > 1:
        raise UserError(
            f"{where} has the columns of words {listed(words)}; must be one at most, the class: of the"
            " others make a column of 0 and 1 for each word."
        )
    return columns


def _numbers(where: str, number: int, columns: list[_Column], fields: list[str]) -> list[float]:
    """The attributes of a row."""
    found = []
    for column, field in zip(columns, fields, strict=True):
        value = _number(field)
        if column.holds_words != (value is None) or not (value is None or is_usable(value)):
            what = "a word" if column.holds_words else f"{-MAX_VALUE:g} to {MAX_VALUE:g}"
            raise UserError(
                f"{where} has {quoted(field)} in row {number}, column {quoted(column.name)}; must be"
                f" {what}, as the column begins."
            )
        if value is not None:
            found.append(value)
    return found


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return _TRUTH.get(text.lower())


def _labels(where: str, columns, classes: list[str], words: dict, table: dict) -> Listed:
    """Labels of all files: class numbers, or vectors."""
    if len(classes) > MAX_CLASSES:
        raise UserError(f"{where} has {len(classes)} classes; must be at most {MAX_CLASSES}.")
    attributes = tuple(column.name for column in columns if not column.holds_words)
    space = LabelSpace(len(classes), tuple(classes), attributes)
    number = {word: index for index, word in enumerate(classes)}
    if not attributes:
        return Listed(FILE, {file: number[word] for file, word in words.items()}, space)
    # Before vectors are made, which may be much larger than the file.
    checked(where, Listed(FILE, table, space))
    ones = {word: pack(float(i == n) for i in range(len(classes))) for word, n in number.items()}
    vectors = {file: ones.get(words.get(file), b"") + vector for file, vector in table.items()}
    return Listed(FILE, vectors, space)
