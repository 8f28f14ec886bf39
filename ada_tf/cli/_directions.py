"""Directions in flags: where latents are pushed, and the two sides that show a new direction.

Imports nothing heavy, as `_program`.
"""

import dataclasses
import os
import pathlib
import re
from typing import NamedTuple

from ada_tf.cli import _values
from ada_tf.cli._flags import missing, option
from ada_tf.cli._generator import OfImages
from ada_tf.cli._pictures import GRID
from ada_tf.errors import UserError
from ada_tf.files import check_local, listed, printable, reading
from ada_tf.inference.label_arguments import named_numbers
from ada_tf.inference.latents import MAX_SEED

FOLDER = "directions"  # default place of the directions of a run
_SEED = re.compile(r"seed(\d{1,10})\.\w+")  # as ada-generate calls its images


@dataclasses.dataclass(frozen=True, kw_only=True)
class Steered(OfImages):
    """Flags that push images along directions."""

    TITLE = "Directions"

    direction: dict[str, float] | None = option(
        None,
        "Push all images along directions of ada-directions, such as smile:2.5,sefa0:-1. The unit is"
        " the standard deviation of w along each.",
        read=named_numbers,
    )
    directions: pathlib.Path | None = option(
        None,
        "File or folder that ada-directions wrote; default: the folder directions of RUN.",
        read=_values.path,
    )

    def __post_init__(self):
        if self.direction is None and self.directions is not None:
            raise UserError("directions goes with --direction=NAME:AMOUNT; give both.")

    def check(self):
        """See `OfNetwork.check`."""
        super().check()
        path = self._directions
        if self.direction is not None and (path is None or not path.exists()):
            given = printable(self.given["direction"])[:80]
            raise UserError(
                f"direction={given} needs directions; give a file of ada-directions with"
                " --directions=FILE, or write them to the folder directions of the run."
            )

    @property
    def _directions(self) -> pathlib.Path | None:
        return folder_of(self.network) if self.directions is None else self.directions

    def edit_of(self, generator):
        """The push, a function of latents of a generator, float32 [N, num_ws, w_dim].

        Raises:
            UserError: the file cannot be read, or holds no such directions of this generator.
        """
        if not self.direction:
            return lambda ws: ws
        import numpy as np

        from ada_tf.inference.directions import read_directions, steered

        found = read_directions(self._directions, generator)
        # Refuses unknown directions now; a film's latents come one after the other.
        steered(np.empty([0, generator.num_ws, generator.w_dim]), found, self.direction)
        return lambda ws: steered(ws, found, self.direction)


def folder_of(network: str) -> pathlib.Path | None:
    """Folder of the directions of a run; None of networks that are no folder."""
    return pathlib.Path(network) / FOLDER if os.path.isdir(network) else None


class Side(NamedTuple):
    """Latents on one side of a direction to be found: of pictures that the generator made, by their
    seeds, and of pictures that ada-project has found one for.

    Attributes:
        seeds: of its pictures, rising.
        files: of latents, as `ada_tf.inference.latents.read_ws` reads them.
    """

    seeds: list[int]
    files: list[pathlib.Path]


def sides_of(positive: list[str] | None, negative: list[str] | None) -> tuple[Side, Side] | None:
    """Both sides; None without them.

    Args:
        positive: parts of --positive, see `_side`.
        negative: parts of --negative.

    Raises:
        UserError: one is missing, is something else, or they have something in common.
    """
    if positive is negative is None:
        return None
    for name, parts in (("positive", positive), ("negative", negative)):
        if parts is None:
            raise missing(name, "0-9,20-29 or a folder")
    positive, negative = _side("positive", positive), _side("negative", negative)
    both = sorted({*positive.seeds} & {*negative.seeds}) + sorted(
        {*positive.files} & {*negative.files}
    )
    if both:
        raise UserError(
            f"positive and negative both hold {listed(list(map(str, both)))}; give each on one side."
        )
    return positive, negative


def _side(name: str, parts: list[str]) -> Side:
    """Read a side: seeds and ranges, .npz files of latents, and folders of these and of pictures.

    Args:
        name: of the flag.
        parts: of its text; pictures in folders must be called as ada-generate calls them.

    Raises:
        UserError: it is something else.
    """
    seeds, files = [], []
    for part in parts:
        check_local(name, part)
        if re.fullmatch(r"[\d\s-]+", part):
            seeds += _values.seeds(name, part)
        elif part.endswith(".npz"):
            files.append(pathlib.Path(part))
        else:
            found = _in_folder(name, pathlib.Path(part))
            seeds += found.seeds
            files += found.files
    return Side(sorted(set(seeds)), files)


def _in_folder(name: str, folder: pathlib.Path) -> Side:
    """The side in a folder; leaves out hidden files and grids of ada-generate.

    Raises:
        UserError: there is no such folder, it holds nothing, or files whose latents nobody knows.
    """
    named = f"{name}={printable(folder)!r}"
    with reading(folder, "a folder", f"--{name} takes seeds, .npz files and folders"):
        files = sorted(file for file in os.listdir(folder) if not file.startswith("."))
    seeds, latents, others = [], [], []
    for file in files:
        if (match := _SEED.fullmatch(file)) and int(match[1]) <= MAX_SEED:
            seeds.append(int(match[1]))
        elif file.endswith(".npz"):
            latents.append(folder / file)
        elif file != GRID:
            others.append(file)
    if others:
        raise UserError(
            f"{named} holds {listed(others, 3)}, of which no latent is known; give pictures by the names"
            " that ada-generate writes (seedNNNN.png), or .npz files of ada-project."
        )
    if not seeds and not latents:
        raise UserError(f"{named} holds no pictures of ada-generate and no .npz files.")
    return Side(seeds, latents)
