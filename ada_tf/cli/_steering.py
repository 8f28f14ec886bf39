"""--direction=NAME:AMOUNT and --directions=FILE: where programs push the latents that they show.

Imports nothing heavy, as `_program`.
"""

import os
import pathlib
from collections.abc import Mapping
from typing import NamedTuple

from ada_tf.errors import UserError
from ada_tf.files import check_local, printable
from ada_tf.inference.label_arguments import named_numbers

FOLDER = "directions"  # of a run, where its directions are looked for


class Steering(NamedTuple):
    """What is asked for.

    Attributes:
        amounts: of each direction, by name; none leave latents as they are.
        path: of the file of directions, or its folder.
    """

    amounts: Mapping[str, float]
    path: pathlib.Path | None

    def edit_of(self, generator):
        """What it does to latents of a generator, a function of float32 [N, num_ws, w_dim].

        Raises:
            UserError: the file cannot be read, or holds no such directions of this generator.
        """
        if not self.amounts:
            return lambda ws: ws
        import numpy as np

        from ada_tf.inference.directions import read_directions, steered

        found = read_directions(self.path, generator)
        # Refuses what there is not before a film has begun, whose latents come one after the other.
        steered(np.empty([0, generator.num_ws, generator.w_dim]), found, self.amounts)
        return lambda ws: steered(ws, found, self.amounts)


def steering_of(values, network: str) -> Steering:
    """What --direction and --directions ask for.

    Args:
        values: of the flags.
        network: as it was given.

    Raises:
        UserError: one of them is something else, or there is no file.
    """
    path = values.directions
    if values.direction is None:
        if path is not None:
            raise UserError("directions goes with --direction=NAME:AMOUNT; give both.")
        return Steering({}, None)
    if path is not None:
        check_local("directions", path)
    path = folder_of(network) if path is None else pathlib.Path(path)
    if path is None or not os.path.exists(path):
        raise UserError(
            f"direction={printable(values.direction)[:80]} needs directions; give a file of"
            " ada-directions with --directions=FILE, or write them to the folder directions of the run."
        )
    return Steering(named_numbers("direction", values.direction), path)


def folder_of(network: str) -> pathlib.Path | None:
    """Where directions of a run are kept if nobody says where; None of what is no folder."""
    return pathlib.Path(network) / FOLDER if os.path.isdir(network) else None
