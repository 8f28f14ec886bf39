"""Statistics of real images on disk, under a key of everything that decides them."""

import hashlib
import json
import os
import pathlib
import zipfile

import numpy as np

from ada_tf.errors import UserError


def cache_folder(folder=None) -> pathlib.Path:
    """Where statistics and weights are kept; created if need be.

    Args:
        folder: of the user's choice; None is `ada_tf` in the user's cache.
    """
    if folder is None:
        user_cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
        folder = pathlib.Path(user_cache) / "ada_tf"
    folder = pathlib.Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"cache_dir={str(folder)!r}: must be a folder that can be written ({error.strerror})."
        ) from error
    return folder


def key_of(**details) -> str:
    """A name for JSON values: equal only if all of them are."""
    text = json.dumps(details, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def read_arrays(path) -> dict[str, np.ndarray]:
    """All arrays of an .npz file.

    Raises:
        OSError, ValueError: there is no such file, or it is damaged.
    """
    with open(path, "rb") as file:  # NumPy leaves a damaged file open if it opens it itself
        try:
            with np.load(file, allow_pickle=False) as arrays:
                return {name: arrays[name] for name in arrays.files}
        except (EOFError, KeyError, AttributeError, zipfile.BadZipFile) as error:
            raise ValueError(f"{path} is damaged") from error


def load(folder: pathlib.Path, key: str) -> dict | None:
    """The arrays kept under a key; None if there are none, or the file is damaged."""
    try:
        return read_arrays(folder / f"{key}.npz")
    except (OSError, ValueError):
        return None


def save(folder: pathlib.Path, key: str, arrays: dict) -> None:
    """Keep arrays; they appear only when they are complete."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{key}.{os.getpid()}.npz"
    try:
        np.savez(temporary, **arrays)
        os.replace(temporary, folder / f"{key}.npz")
    finally:
        temporary.unlink(missing_ok=True)
