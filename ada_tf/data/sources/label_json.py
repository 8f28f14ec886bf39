"""Labels from the dataset.json of a folder or zip file."""

import json
import pathlib
from collections.abc import Callable
from typing import BinaryIO

from ada_tf.data.sources.labels import MAX_BYTES, MAX_CLASSES, Listed, checked, is_usable, pack
from ada_tf.errors import UserError
from ada_tf.files import printable, quoted, reading
from ada_tf.label_space import MAX_VALUE, LabelSpace

FILE = "dataset.json"


def read(source: pathlib.Path, open_file: Callable[[int], BinaryIO]) -> Listed | None:
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
    with reading(source / FILE, "class labels", advice):
        with open_file(MAX_BYTES) as file:
            values = json.load(file)
        pairs = values["labels"]
        labels = {} if pairs is None else dict(pairs)
        names = values.get("attributes")
    if not labels:
        return None
    where = f"data={printable(source)!r}: its {FILE}"
    if isinstance(next(iter(labels.values())), list):
        return checked(where, _vectors(where, labels, names))
    for label in labels.values():
        if type(label) is not int or not 0 <= label < MAX_CLASSES:
            raise UserError(
                f"{where} has the label {quoted(label)}; labels must be integers of 0 to"
                f" {MAX_CLASSES - 1}, or all of them lists of numbers."
            )
    return Listed(FILE, labels, None)


def _vectors(where: str, labels: dict, names) -> Listed:
    width = len(next(iter(labels.values())))
    for label in labels.values():
        fits = isinstance(label, list) and 0 < len(label) == width
        if not fits or not all(map(is_usable, label)):
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
    return Listed(FILE, vectors, LabelSpace(attributes=tuple(names)))
