"""The files beside images that may hold their labels; a new kind is a row here."""

import pathlib
from collections.abc import Callable
from typing import BinaryIO

from ada_tf.data.sources import label_csv, label_json
from ada_tf.data.sources.labels import Listed
from ada_tf.errors import UserError
from ada_tf.files import printable

LABEL_FILES = {label_json.FILE: label_json.read, label_csv.FILE: label_csv.read}


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
