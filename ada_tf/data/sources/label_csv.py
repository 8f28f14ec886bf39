"""Labels from the labels.csv of a folder or zip file: a table that a spreadsheet can write.

The first column holds names of files, the first row names of columns. A column of words is the
class; columns of numbers, or of true and false, are attributes.
"""

import csv
import io
import pathlib
from collections.abc import Callable, Iterable
from typing import BinaryIO

from ada_tf.data.sources.labels import MAX_BYTES, MAX_CLASSES, Listed, checked, is_usable
from ada_tf.errors import UserError
from ada_tf.files import listed, printable, quoted, reading
from ada_tf.label_space import MAX_VALUE, MAX_VECTOR, LabelSpace

FILE = "labels.csv"

# Fields of all rows together, 8 bytes and more of memory each: 400,000 images of 40 attributes.
MAX_FIELDS = 2**24

_TRUTH = {"true": 1.0, "false": 0.0}


def read(source: pathlib.Path, open_file: Callable[[int], BinaryIO]) -> Listed | None:
    """Read a table of labels.

    Args:
        source: folder or zip file, for messages.
        open_file: opens labels.csv, given the most bytes it may have.

    Returns:
        The labels; None if there are no rows.

    Raises:
        UserError: it says something else; names the row and the column.
    """
    where = f"data={printable(source)!r}: its {FILE}"
    with reading(source / FILE, "a table of labels", also=(csv.Error,)):
        with open_file(MAX_BYTES) as file:
            text = file.read().decode("utf-8-sig")
        names, table = _table(where, csv.reader(io.StringIO(text, newline=""), strict=True))
    return _labels(where, names, table) if table else None


def _table(where: str, rows: Iterable[list[str]]) -> tuple[list[str], dict[str, list[str]]]:
    """(names of the columns, file -> fields), none of them empty."""
    names = [name.strip() for name in next(iter(rows), [])]
    if not 2 <= len(names) <= MAX_VECTOR + 1:
        raise UserError(
            f"{where} has a first row of {len(names)} fields; must be names of columns with commas"
            f" between them: of the files, and of 1 to {MAX_VECTOR} classes or attributes."
        )
    table, seen = {}, {}
    for number, row in enumerate(rows, start=2):
        if not row:  # an empty line
            continue
        if len(row) != len(names):
            raise UserError(
                f"{where} has {len(row)} fields in row {number}; must be {len(names)}, as in the first."
            )
        if (len(table) + 1) * len(names) > MAX_FIELDS:
            raise UserError(f"{where} has more than {MAX_FIELDS} fields, which is the most.")
        # Fields of one text share it in memory.
        file, *fields = (seen.setdefault(field.strip(), field.strip()) for field in row)
        empty = next(
            (n for n, field in zip(names, (file, *fields), strict=True) if not field), None
        )
        if empty is not None:
            raise UserError(
                f"{where} has no value in row {number}, column {quoted(empty)}; give one, or leave"
                " the row or the column out."
            )
        if file in table:
            raise UserError(
                f"{where} names {quoted(file)} again in row {number}; must be one row an image."
            )
        table[file] = fields
    return names[1:], table


def _labels(where: str, names: list[str], table: dict[str, list[str]]) -> Listed:
    columns = {}
    for name, fields in zip(names, zip(*table.values(), strict=True), strict=True):
        if name in columns:
            raise UserError(f"{where} has two columns {quoted(name)}; must be different names.")
        columns[name] = _values(where, name, list(table), fields)
    words = [name for name, column in columns.items() if isinstance(column[0], str)]
    if len(words) > 1:
        raise UserError(
            f"{where} has the columns of words {listed(words)}; must be one at most, the class: of the"
            " others make a column of 0 and 1 for each word."
        )
    classes = tuple(sorted(set(columns[words[0]]))) if words else ()
    if len(classes) > MAX_CLASSES:
        raise UserError(f"{where} has {len(classes)} classes; must be at most {MAX_CLASSES}.")
    attributes = tuple(name for name in columns if name not in words)
    space = LabelSpace(len(classes), classes, attributes)
    number = {word: index for index, word in enumerate(classes)}
    numbers = [number[word] for word in columns[words[0]]] if words else None
    if not attributes:
        return Listed(FILE, dict(zip(table, numbers, strict=True)), space)
    # Before vectors are made, which may be much larger than the file.
    checked(where, Listed(FILE, table, space))
    vectors = zip(*(columns[name] for name in attributes), strict=True)
    if words:
        ones = [tuple(float(n == one) for n in range(len(classes))) for one in range(len(classes))]
        vectors = (ones[n] + vector for n, vector in zip(numbers, vectors, strict=True))
    return Listed(FILE, dict(zip(table, vectors, strict=True)), space)


def _values(where: str, name: str, files: list[str], fields) -> list[float] | list[str]:
    """A column as numbers if they are some, else as words."""
    values = [_number(field) for field in fields]
    if all(value is None for value in values):
        return list(fields)
    for file, field, value in zip(files, fields, values, strict=True):
        if value is None or not is_usable(value):
            raise UserError(
                f"{where} has {quoted(field)} in the row of {quoted(file)}, column {quoted(name)}, where"
                f" others have numbers; must be a number of {-MAX_VALUE:g} to {MAX_VALUE:g}, or words"
                " in all rows."
            )
    return values


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return _TRUTH.get(text.lower())
