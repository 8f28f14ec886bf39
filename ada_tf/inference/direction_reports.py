"""What is kept of directions beside their file: NAME.png, a strip, and NAME.json, what it shows."""

import dataclasses
import json
import os
import pathlib
from collections.abc import Mapping

import numpy as np

from ada_tf.errors import UserError
from ada_tf.files import listed, printable, write_text, writing
from ada_tf.images import save_grid
from ada_tf.inference.direction_files import read_directions, save_directions
from ada_tf.inference.direction_strips import change_of, with_map
from ada_tf.inference.directions import FILE, check_name
from ada_tf.inference.find_directions import Found

ENDINGS = ("png", "json")


def write_report(folder: pathlib.Path, name: str, found: Found, strip: np.ndarray) -> str:
    """Write both files of a direction, which are replaced.

    Args:
        folder: where.
        name: of the direction.
        found: itself.
        strip: uint8 [N, columns, H, W, channels], of `strip_of`.

    Returns:
        The same in words.

    Raises:
        UserError: they cannot be written.
    """
    change, shown = change_of(strip), with_map(strip)
    numbers = {
        "method": found.method,
        "score": found.score,
        "error": found.error,
        "layers": np.flatnonzero(found.direction.layers).tolist(),
        "deviation": found.direction.deviation,
        "change": dataclasses.asdict(change),
    }
    picture, text = (folder / f"{name}.{ending}" for ending in ENDINGS)
    with writing(picture):
        save_grid(shown.reshape(-1, *shown.shape[2:]), picture, columns=shown.shape[1])
    with writing(text):
        write_text(text, json.dumps(numbers, indent=2) + "\n")
    return f"{change.in_words()} ({found.in_words()})"


def rename_directions(folder, names: Mapping[str, str]) -> None:
    """Give directions of a folder of ada-directions other names, and their reports with them.

    Args:
        folder: the folder.
        names: old name -> new name.

    Raises:
        UserError: there is no such direction, or a new name is none or is taken.
    """
    folder = pathlib.Path(folder)
    directions = read_directions(folder / FILE)
    taken = set(directions)
    for old, new in names.items():
        if old not in directions:
            raise UserError(
                f"rename={printable(old)[:80]} must be one of {listed(tuple(directions))}."
            )
        check_name("rename", new)
        reports = [folder / f"{new}.{ending}" for ending in ENDINGS]
        if new in taken or any(map(os.path.lexists, reports)):
            raise UserError(
                f"rename={old}:{new}: {printable(folder)} already holds {new}; choose another name."
            )
        taken.add(new)
    save_directions(folder / FILE, {names.get(name, name): one for name, one in directions.items()})
    for old, new in names.items():
        for ending in ENDINGS:
            path = folder / f"{old}.{ending}"
            if os.path.lexists(path):
                with writing(path):
                    path.replace(folder / f"{new}.{ending}")
