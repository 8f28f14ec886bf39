"""Directions in w along which pictures change, and pushing latents along them.

    w' = w + a s n,    n a unit vector, s the standard deviation of w along it

in some layers of the synthesis (arXiv 2007.06600, equation 2; layer by layer as in arXiv 2004.02546). One
in twenty latents of the network itself is further than 2 s from the middle. Imports nothing heavy, for
programs.
"""

import dataclasses
import os
import pathlib
import re
from collections.abc import Mapping

import numpy as np

from ada_tf.errors import UserError
from ada_tf.files import listed, printable, reading
from ada_tf.npz_file import read_arrays, save_arrays

# Names become names of files and stand in --direction=NAME:AMOUNT,NAME:AMOUNT.
_NAME = re.compile(r"[\w@+][\w@+.-]{0,63}")
FILE = "directions.npz"
METHODS = ("sefa", "pca")  # of `ada_tf.inference.find_directions`
MOST = 100.0  # of an amount; beyond 10 nothing is a picture any more
_NAMES = "letters, digits, _ - . + and @, at most 64 of them, no - or . at the beginning"


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
    """Return True for a name that a direction may have; see `_NAMES`."""
    return _NAME.fullmatch(text) is not None


def check_name(argument: str, name: str) -> str:
    """A name, if directions may have it.

    Raises:
        UserError: naming the argument.
    """
    if not is_name(name):
        raise UserError(f"{argument}={printable(name)[:80]!r} must be a name of {_NAMES}.")
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


# Files of directions, as ada-directions writes and others share them.
#
# Arrays: names (texts), vectors float32 [K, w_dim], deviations float32 [K], layers bool [K, num_ws].

_KINDS = {"names": "U", "vectors": "f", "deviations": "f", "layers": "b"}
_MOST = 4096  # directions of a file; no network has more that differ


def read_directions(path, generator=None) -> dict[str, Direction]:
    """The directions of an .npz file, which may be a stranger's, by name and in its order.

    Args:
        path: of the file, or the folder that holds it under the name `FILE`.
        generator: a LatentGenerator that they are to fit; None takes those of any.

    Raises:
        UserError: the file is damaged, holds something else, or directions of another network.
    """
    path = pathlib.Path(path)
    path = path / FILE if os.path.isdir(path) else path
    arrays = read_arrays(path, texts=True)
    with reading(path, "directions", "give a file of ada-directions"):
        names, vectors, deviations, layers = _checked(arrays)
    if generator is not None and (layers.shape[1], vectors.shape[1]) != (
        generator.num_ws, generator.w_dim,
    ):  # fmt: skip
        raise UserError(
            f"{printable(path)} holds directions of a network of {layers.shape[1]} layers with"
            f" {vectors.shape[1]} numbers each, where this one has {generator.num_ws} with"
            f" {generator.w_dim}."
        )
    return {
        str(name): Direction(vector, float(deviation), mask)
        for name, vector, deviation, mask in zip(names, vectors, deviations, layers, strict=True)
    }


def save_directions(path, directions: Mapping[str, Direction]) -> None:
    """Write directions of one network; the file appears only when it is complete.

    Args:
        path: of the file, which is replaced.
        directions: by name, 1 to `_MOST`.

    Raises:
        UserError: it cannot be written, or there are too many.
    """
    if len(directions) > _MOST:
        raise UserError(f"{printable(path)} can hold {_MOST} directions, not {len(directions)}.")
    arrays = {
        "names": np.array(list(directions), np.str_),
        "vectors": np.array([one.vector for one in directions.values()], np.float32),
        "deviations": np.array([one.deviation for one in directions.values()], np.float32),
        "layers": np.array([one.layers for one in directions.values()], bool),
    }
    save_arrays(path, arrays)


def _checked(arrays: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """Names, vectors, deviations and layers.

    Raises:
        ValueError, LookupError: they are not what `save_directions` writes.
    """
    for name, kind in _KINDS.items():
        if name not in arrays or arrays[name].dtype.kind != kind:
            raise ValueError(f"it has no array {name} of such a type")
    names, vectors, deviations, layers = (arrays[name] for name in _KINDS)
    count = len(names) if names.ndim == 1 else 0
    if not 0 < count <= _MOST:
        raise ValueError(f"it has no list of 1 to {_MOST} names")
    if not (
        deviations.shape == (count,)
        and vectors.ndim == layers.ndim == 2
        and len(vectors) == len(layers) == count
    ):
        raise ValueError("its arrays are not of one length")
    if len(set(names.tolist())) < count or not all(map(is_name, names.tolist())):
        raise ValueError("its names are no names, or one is there twice")
    vectors, deviations = (np.asarray(a, np.float64) for a in (vectors, deviations))
    lengths = np.linalg.norm(vectors, axis=1)
    if not (np.abs(lengths - 1) < 1e-3).all():  # NaN is not
        raise ValueError("its vectors are not of length 1")
    if not ((deviations >= 0) & (deviations < 1e6)).all():
        raise ValueError("its deviations are not of 0 to a million")
    if not layers.any(axis=1).all():
        raise ValueError("one of its directions moves no layer")
    return [names, vectors.astype(np.float32), deviations, layers]
