"""Directions in files, as ada-directions writes and others share them.

Arrays names (texts), vectors float32 [K, w_dim], deviations float32 [K], layers bool [K, num_ws].
"""

import os
import pathlib
from collections.abc import Mapping

import numpy as np

from ada_tf.errors import UserError
from ada_tf.files import printable, reading
from ada_tf.inference.directions import FILE, Direction, is_name
from ada_tf.interop.npz_file import read_arrays, save_arrays

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
