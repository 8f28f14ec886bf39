"""Statistics of real images on disk, under a key of everything that decides them."""

import contextlib
import hashlib
import json
import os
import pathlib

import numpy as np

from ada_tf import files, formats
from ada_tf.errors import UserError
from ada_tf.npz_file import read_arrays

_LIMIT = 4 * 2**30  # bytes of all statistics together; 50,000 images have 400 MB of Inception's


def cache_folder(folder=None) -> pathlib.Path:
    """Folder of features and weights, created if it is missing.

    Args:
        folder: of the user's choice; None is `ada_tf` in the user's cache.
    """
    folder = files.user_cache() if folder is None else pathlib.Path(folder)
    files.check_local("cache_dir", folder)
    return files.make_cache(folder)


def key_of(**details) -> str:
    """A name for JSON values: equal only if all of them are, and the format."""
    text = json.dumps({"format": formats.STATISTICS.number, **details}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def load(folder: pathlib.Path, key: str) -> dict | None:
    """The arrays kept under a key; None if there are none, damaged ones, or those of another format."""
    path = folder / f"{key}.npz"
    try:
        arrays = read_arrays(path)
        found = formats.current(formats.STATISTICS, arrays | _stamp(arrays), path)
    except UserError:
        return None
    with contextlib.suppress(OSError):  # of another user: then it is not known when it was used
        os.utime(path)
    return found


def prune(folder: pathlib.Path, limit: int = _LIMIT) -> None:
    """Delete the files that were not used for longest, until `limit` bytes are left."""
    total = 0
    for path, state in sorted(_kept(folder), key=lambda item: -item[1].st_mtime):
        total += state.st_size
        if total > limit:
            with contextlib.suppress(OSError):
                path.unlink()


def _kept(folder: pathlib.Path) -> list:
    """List (path, its state) of all files; one that disappears meanwhile is left out."""
    found = []
    for path in folder.glob("*.npz"):
        with contextlib.suppress(OSError):
            found.append((path, path.stat()))
    return found


def save(folder: pathlib.Path, key: str, arrays: dict) -> None:
    """Keep arrays; they appear only when they are complete.

    Raises:
        UserError: they cannot be written.
    """
    path = folder / f"{key}.npz"
    with files.writing(path):
        folder.mkdir(parents=True, exist_ok=True)
        with files.replacing(path) as temporary:
            stamp = formats.stamped(formats.STATISTICS, {})
            version = np.frombuffer(stamp[formats.VERSION].encode(), np.uint8)
            np.savez(temporary, **arrays, **stamp | {formats.VERSION: version})
    prune(folder)


def _stamp(arrays: dict) -> dict:
    """The stamp of a file as it was before it became arrays, as far as it is one."""
    number, version = arrays.get(formats.FORMAT), arrays.get(formats.VERSION)
    is_number = number is not None and number.shape == () and number.dtype.kind in "iu"
    return {
        formats.FORMAT: int(number) if is_number else None,
        formats.VERSION: None if version is None else version.tobytes().decode("ascii", "replace"),
    }
