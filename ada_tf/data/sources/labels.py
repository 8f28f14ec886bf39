"""Class numbers from the dataset.json of a folder or zip file."""

import json
import pathlib
from collections.abc import Callable
from typing import BinaryIO

from ada_tf.errors import UserError
from ada_tf.files import printable, quoted, reading

LABEL_FILE = "dataset.json"

# Millions of images fit; in memory JSON may need twenty times as much.
MAX_BYTES = 2**26

# ImageNet-21k, the largest labelled collection there is, has 21,841 classes.
MAX_CLASSES = 100_000


def read_labels(
    source: pathlib.Path, open_file: Callable[[int], BinaryIO]
) -> dict[str, int] | None:
    """Read {"labels": [[file name, class number], ...]}.

    Args:
        source: folder or zip file, for messages.
        open_file: opens dataset.json, given the most bytes it may have.

    Returns:
        Class numbers by file name; None if there are none.

    Raises:
        UserError: it says something else.
    """
    advice = 'it must read {"labels": [[file, class number], ...]}'
    with reading(source / LABEL_FILE, "class labels", advice):
        with open_file(MAX_BYTES) as file:
            pairs = json.load(file)["labels"]
        labels = {} if pairs is None else dict(pairs)
    for label in labels.values():
        if type(label) is not int or not 0 <= label < MAX_CLASSES:
            raise UserError(
                f"data={printable(source)!r}: its {LABEL_FILE} has the label {quoted(label)};"
                f" labels must be integers of 0 to {MAX_CLASSES - 1}."
            )
    return labels or None
