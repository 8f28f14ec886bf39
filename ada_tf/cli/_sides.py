"""--positive and --negative: two sides of latents that a direction is to tell apart.

The latent of a picture is known of pictures that the generator made, by their seeds, and of those that
ada-project has found one for; nothing else is taken. Imports nothing heavy, as `_program`.
"""

import os
import pathlib
import re
from typing import NamedTuple

from ada_tf.cli import _values
from ada_tf.cli._pictures import GRID
from ada_tf.errors import UserError
from ada_tf.files import check_local, listed, printable, reading

_SEED = re.compile(r"seed(\d{1,10})\.\w+")  # as ada-generate calls its images


class Side(NamedTuple):
    """One of both.

    Attributes:
        seeds: of its pictures, rising.
        files: of latents, as `ada_tf.inference.latents.read_ws` reads them.
    """

    seeds: list[int]
    files: list[pathlib.Path]


def sides_of(values) -> tuple[Side, Side] | None:
    """What --positive and --negative give; None without them.

    Raises:
        UserError: only one of them is given, it is something else, or they have a seed or a file in common.
    """
    given = {name: values[name].value for name in ("positive", "negative")}
    if not any(given.values()):
        return None
    _values.require(*((name, text, "0-9,20-29 or a folder") for name, text in given.items()))
    positive, negative = (side_of(name, text) for name, text in given.items())
    both = sorted({*positive.seeds} & {*negative.seeds}) + sorted(
        {*positive.files} & {*negative.files}
    )
    if both:
        raise UserError(
            f"positive and negative both hold {listed(list(map(str, both)))}; give each on one side."
        )
    return positive, negative


def side_of(flag: str, parts: list[str]) -> Side:
    """Seeds and files of one side.

    Args:
        flag: its name.
        parts: seeds and ranges, .npz files of latents, and folders of these files and of pictures that
            are called as ada-generate calls them.

    Raises:
        UserError: it is something else.
    """
    from ada_tf.inference.latents import MAX_SEED

    seeds, files = [], []
    for part in parts:
        check_local(flag, part)
        if re.fullmatch(r"[\d\s-]+", part):
            seeds += _values.parse_numbers(flag, part, MAX_SEED)
        elif part.endswith(".npz"):
            files.append(pathlib.Path(part))
        else:
            found = in_folder(flag, pathlib.Path(part))
            seeds += found.seeds
            files += found.files
    return Side(sorted(set(seeds)), files)


def in_folder(flag: str, folder: pathlib.Path) -> Side:
    """The same of a folder; hidden files and grids of ada-generate are left out.

    Raises:
        UserError: there is no such folder, it holds nothing, or files whose latents nobody knows.
    """
    from ada_tf.inference.latents import MAX_SEED

    named = f"{flag}={printable(folder)!r}"
    with reading(folder, "a folder", f"--{flag} takes seeds, .npz files and folders"):
        names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
    seeds, files, others = [], [], []
    for name in names:
        if (match := _SEED.fullmatch(name)) and int(match[1]) <= MAX_SEED:
            seeds.append(int(match[1]))
        elif name.endswith(".npz"):
            files.append(folder / name)
        elif name != GRID:
            others.append(name)
    if others:
        raise UserError(
            f"{named} holds {listed(others, 3)}, of which no latent is known; give pictures by the names"
            " that ada-generate writes (seedNNNN.png), or .npz files of ada-project."
        )
    if not seeds and not files:
        raise UserError(f"{named} holds no pictures of ada-generate and no .npz files.")
    return Side(seeds, files)
