"""Directions in w along which pictures change, and pushing latents along them.

    w' = w + a s n,    n a unit vector, s the standard deviation of w along it

in some layers of the synthesis (arXiv 2007.06600, equation 2; layer by layer as in arXiv 2004.02546): of
the latents of the network itself, one in twenty is further than 2 s from the middle. Imports nothing
heavy, for programs.
"""

import dataclasses
import re
from collections.abc import Mapping

import numpy as np

from ada_tf.errors import UserError
from ada_tf.files import listed, printable

# Names become names of files and stand in --direction=NAME:AMOUNT,NAME:AMOUNT.
_NAME = re.compile(r"[\w@+][\w@+.-]{0,63}")
FILE = "directions.npz"
METHODS = ("sefa", "pca")  # of `ada_tf.inference.find_directions`
MOST = 100.0  # of an amount; beyond 10 nothing is a picture any more
NAMES = "letters, digits, _ - . + and @, at most 64 of them, no - or . at the beginning"


@dataclasses.dataclass(frozen=True, eq=False)
class Direction:
    """One of them.

    Attributes:
        vector: float32 [w_dim], of length 1.
        deviation: the standard deviation of w along it: what an amount of 1 moves.
        layers: bool [num_ws], which it moves; at least one.
    """

    vector: np.ndarray
    deviation: float
    layers: np.ndarray


def is_name(text: str) -> bool:
    """Whether a direction may be called so; see `NAMES`."""
    return _NAME.fullmatch(text) is not None


def check_name(argument: str, name: str) -> str:
    """A name, if directions may have it.

    Raises:
        UserError: naming the argument.
    """
    if not is_name(name):
        raise UserError(f"{argument}={printable(name)[:80]!r} must be a name of {NAMES}.")
    return name


def steered(ws, directions: Mapping[str, Direction], amounts: Mapping[str, float]) -> np.ndarray:
    """Push intermediate latents along directions.

    Args:
        ws: float [N, num_ws, w_dim], truncated or not.
        directions: by name.
        amounts: how far along which of them, in standard deviations of w along each; negative goes
            the other way. They add up, in any order.

    Returns:
        float32 [N, num_ws, w_dim].

    Raises:
        UserError: there is no such direction, it is of another network, or an amount is beyond `MOST`.
    """
    ws = np.array(ws, np.float32)
    for name in sorted(amounts):
        if name not in directions:
            raise UserError(
                f"direction={printable(name)[:80]} must be one of {listed(tuple(directions))}."
            )
        if not abs(amounts[name]) <= MOST:  # NaN is not
            raise UserError(
                f"direction={printable(name)[:80]}:{amounts[name]:g} must be a number of {-MOST:g} to"
                f" {MOST:g}, standard deviations."
            )
        one = directions[name]
        if (len(one.layers), len(one.vector)) != ws.shape[1:]:
            raise UserError(
                f"direction={printable(name)[:80]} is of a network of {len(one.layers)} layers with"
                f" {len(one.vector)} numbers each, where this one has {ws.shape[1]} with {ws.shape[2]}."
            )
        ws[:, one.layers] += np.float32(amounts[name] * one.deviation) * one.vector
    return ws
