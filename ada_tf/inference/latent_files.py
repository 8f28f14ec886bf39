"""Intermediate latents in files, such as those of projected pictures: key `w`, [N, num_ws, w_dim]."""

import numpy as np

from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.interop.npz_file import read_arrays, save_arrays

KEY = "w"


def read_ws(path, generator) -> np.ndarray:
    """The intermediate latents of an .npz file, which may be a stranger's.

    Args:
        path: of the file; other arrays than `w` in it are left alone.
        generator: a LatentGenerator that they are to fit.

    Returns:
        float32 [N, num_ws, w_dim], N at least 1.

    Raises:
        UserError: the file is damaged, holds none, or they do not fit.
    """
    found = read_arrays(path).get(KEY)
    wanted = [generator.num_ws, generator.w_dim]
    if found is None:
        raise UserError(f"{printable(path)} holds no array {KEY!r}; give a file of ada-project.")
    if found.dtype.kind != "f" or list(found.shape[1:]) != wanted or len(found) == 0:
        raise UserError(
            f"{printable(path)} holds {KEY} of shape {list(found.shape)}, {found.dtype}, where this"
            f" generator takes floats [N, {wanted[0]}, {wanted[1]}], N at least 1."
        )
    with np.errstate(over="ignore"):  # what float32 cannot hold is infinite, and refused
        ws = np.asarray(found, np.float32)
    if not np.isfinite(ws).all():
        raise UserError(f"{printable(path)} holds NaN or infinity in {KEY}.")
    return ws


def save_ws(path, ws, **more) -> None:
    """Write intermediate latents; the file appears only when it is complete.

    Args:
        path: of the file, which is replaced.
        ws: float [N, num_ws, w_dim].
        more: other arrays of numbers, by name.

    Raises:
        UserError: it cannot be written.
    """
    save_arrays(path, {KEY: np.asarray(ws, np.float32), **more})
