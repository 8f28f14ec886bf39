"""Labels that a file beside the images gives, and what such a file may hold."""

import csv
import dataclasses
import io
import json
import pathlib
import struct
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

import numpy as np

from ada_tf.errors import UserError
from ada_tf.files import listed, printable, quoted, reading
from ada_tf.label_space import MAX_VALUE, MAX_VECTOR, LabelSpace

# Millions of images fit; in memory they may need twenty times as much.
_MAX_BYTES = 2**26

# ImageNet-21k, the largest labelled collection there is, has 21,841 classes.
MAX_CLASSES = 100_000

# Numbers of all label vectors together: CelebA has 8 million.
_MAX_NUMBERS = 2**26

# Characters of the name of an attribute.
_MAX_NAME = 100


@dataclasses.dataclass(frozen=True)
class Listed:
    """Labels of a file.

    Attributes:
        file: its name.
        labels: file name of an image -> its class number, or its packed vector where there are
            attributes.
        label_space: what they mean; None for class numbers without names.
    """

    file: str
    labels: dict[str, int | bytes]
    label_space: LabelSpace | None


def checked(where: str, listed: Listed) -> Listed:
    """Refuse labels that networks or people could not use.

    Args:
        where: the file, for messages.
        listed: its labels.

    Raises:
        UserError: naming the attribute, or how many numbers there are.
    """
    space = listed.label_space
    for name in space.attributes:
        if not _is_name(name):
            raise UserError(
                f"{where} has the attribute {quoted(name)}; names of attributes must be 1 to {_MAX_NAME}"
                " printable characters, without commas, colons, and spaces around them."
            )
    problem = space.problem()
    if problem is not None:
        raise UserError(f"{where} holds labels that {problem}.")
    numbers = len(listed.labels) * space.label_dim
    if not space.are_classes and numbers > _MAX_NUMBERS:
        raise UserError(
            f"{where} holds vectors of {numbers} numbers together, at most {_MAX_NUMBERS} are read."
        )
    return listed


def _is_name(name) -> bool:
    if not isinstance(name, str) or not 0 < len(name) <= _MAX_NAME:
        return False
    return name == name.strip() == printable(name) and not set(name) & set(",:")


def _is_usable(number) -> bool:
    """Return True for a number that an attribute may have."""
    return isinstance(number, int | float) and type(number) is not bool and abs(number) <= MAX_VALUE


def pack(vector: Iterable[float]) -> bytes:
    """A label vector in little memory: float32, as bytes that can be compared and hashed."""
    numbers = tuple(vector)
    return struct.pack(f"<{len(numbers)}f", *numbers)


def unpack(label: bytes) -> np.ndarray:
    """A packed label vector as float32 [label_dim]."""
    return np.frombuffer(label, "<f4")


# Labels from the labels.csv of a folder or zip file: a table that a spreadsheet can write.
#
# The first column holds names of files, the first row names of columns. A column of words is the
# class; columns of numbers, or of true and false, are attributes. The first row below the names
# decides which is which.

_CSV_FILE = "labels.csv"

# Characters of a line; names of thousands of attributes fit.
_MAX_LINE = 2**20

# Each takes some hundred bytes.
_MAX_IMAGES = 2**20

_TRUTH = {"true": 1.0, "false": 0.0}


@dataclasses.dataclass(frozen=True)
class _Column:
    """A column: its name, and whether it holds words, that is, the class."""

    name: str
    holds_words: bool


def _read_csv(source: pathlib.Path, open_file: Callable[[int], BinaryIO]) -> Listed | None:
    """Read a table of labels, a row at a time.

    Args:
        source: folder or zip file, for messages.
        open_file: opens labels.csv, given the most bytes it may have.

    Returns:
        The labels; None if there are no rows.

    Raises:
        UserError: it says something else; names the row and the column.
    """
    where = f"data={printable(source)!r}: its {_CSV_FILE}"
    table = reading(source / _CSV_FILE, "a table of labels", also=(csv.Error,))
    with table, open_file(_MAX_BYTES) as file:
        text = io.TextIOWrapper(file, "utf-8-sig", newline="")
        return _read_table(where, csv.reader(_lines(where, text), strict=True))


def _lines(where: str, text) -> Iterator[str]:
    """Lines of a bounded length, so that no row has more fields than memory."""
    while line := text.readline(_MAX_LINE + 1):
        if len(line) > _MAX_LINE:
            raise UserError(f"{where} has a line of more than {_MAX_LINE} characters.")
        yield line


def _read_table(where: str, rows: Iterator[list[str]]) -> Listed | None:
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
        if len(table) * len(names) > _MAX_NUMBERS or len(table) > _MAX_IMAGES:
            raise UserError(
                f"{where} has more than {_MAX_IMAGES} rows, or {_MAX_NUMBERS} fields, which are the most."
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
    """Tell the kind of each column by the first row of labels."""
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
        if column.holds_words != (value is None) or not (value is None or _is_usable(value)):
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
        return Listed(_CSV_FILE, {file: number[word] for file, word in words.items()}, space)
    # Before vectors are made, which may be much larger than the file.
    checked(where, Listed(_CSV_FILE, table, space))
    ones = {word: pack(float(i == n) for i in range(len(classes))) for word, n in number.items()}
    vectors = {file: ones.get(words.get(file), b"") + vector for file, vector in table.items()}
    return Listed(_CSV_FILE, vectors, space)


# Labels from the dataset.json of a folder or zip file.

_JSON_FILE = "dataset.json"


def _read_json(source: pathlib.Path, open_file: Callable[[int], BinaryIO]) -> Listed | None:
    """Read {"labels": [[file name, label], ...]}; a label is a class number, or a list of numbers.

    Numbers of a list are attributes, called "0", "1" and so on, or as a list {"attributes": [...]}
    says.

    Args:
        source: folder or zip file, for messages.
        open_file: opens dataset.json, given the most bytes it may have.

    Returns:
        The labels; None if there are none.

    Raises:
        UserError: it says something else.
    """
    advice = 'it must read {"labels": [[file, class number or list of numbers], ...]}'
    with reading(source / _JSON_FILE, "class labels", advice):
        with open_file(_MAX_BYTES) as file:
            values = json.load(file)
        pairs = values["labels"]
        labels = {} if pairs is None else dict(pairs)
        names = values.get("attributes")
    if not labels:
        return None
    where = f"data={printable(source)!r}: its {_JSON_FILE}"
    if isinstance(next(iter(labels.values())), list):
        return checked(where, _vectors(where, labels, names))
    for label in labels.values():
        if type(label) is not int or not 0 <= label < MAX_CLASSES:
            raise UserError(
                f"{where} has the label {quoted(label)}; labels must be integers of 0 to"
                f" {MAX_CLASSES - 1}, or all of them lists of numbers."
            )
    return Listed(_JSON_FILE, labels, None)


def _vectors(where: str, labels: dict, names) -> Listed:
    width = len(next(iter(labels.values())))
    for label in labels.values():
        fits = isinstance(label, list) and 0 < len(label) == width
        if not fits or not all(map(_is_usable, label)):
            raise UserError(
                f"{where} has the label {quoted(label)}; labels that are lists must be of {width or 1}"
                f" numbers of {-MAX_VALUE:g} to {MAX_VALUE:g}, as the first one."
            )
    names = list(map(str, range(width))) if names is None else names
    if not isinstance(names, list) or len(names) != width:
        raise UserError(
            f"{where} has the attributes {quoted(names)}; must be a list of {width} names."
        )
    vectors = {name: pack(label) for name, label in labels.items()}
    return Listed(_JSON_FILE, vectors, LabelSpace(attributes=tuple(names)))


# The files beside images that may hold their labels; a new kind is a row here.

LABEL_FILES = {_JSON_FILE: _read_json, _CSV_FILE: _read_csv}


def read_labels(source: pathlib.Path, found: dict[str, Callable[[int], BinaryIO]]) -> Listed | None:
    """Read the labels of a folder or zip file.

    Args:
        source: folder or zip file, for messages.
        found: name -> opens the file, given the most bytes it may have; of `LABEL_FILES`.

    Returns:
        The labels; None if there are none.

    Raises:
        UserError: there are two such files, or one cannot be read.
    """
    if len(found) > 1:
        raise UserError(
            f"data={printable(source)!r}: holds labels in {' and in '.join(found)}; keep one of them."
        )
    return next((LABEL_FILES[name](source, open_file) for name, open_file in found.items()), None)
