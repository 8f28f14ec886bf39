"""Samples of features: checked, cut to one size, and the distances of all their pairs."""

from collections.abc import Iterator

import numpy as np

from ada_tf.errors import UserError

_NUMBERS = 2**24  # numbers looked at at a time


def checked(features, name: str, least: int = 1, dtype=np.float64) -> np.ndarray:
    """Check features, and return them as an array of a type.

    Args:
        features: [N, D].
        name: of the argument, for the message.
        least: images that are needed.
        dtype: of the result; None keeps theirs.

    Raises:
        UserError: they are not [N, D], too few, or not finite.
    """
    x = np.asarray(features)
    if x.ndim != 2 or x.dtype.kind not in "fiu" or not x.shape[1]:
        raise UserError(
            f"{name} of shape {list(x.shape)} and type {x.dtype} must be features, numbers [N, D]."
        )
    if len(x) < least:
        raise UserError(f"{name} of {len(x)} images must have at least {least}.")
    step = max(1, _NUMBERS // x.shape[1])
    if not all(np.isfinite(x[i : i + step]).all() for i in range(0, len(x), step)):
        raise UserError(f"{name} must be finite; its images or features are broken.")
    return x if dtype is None else x.astype(dtype, copy=False)


def both(real, fake, least: int = 1, dtype=np.float64) -> tuple[np.ndarray, np.ndarray]:
    """Check features of real and generated images, which must have equally many columns.

    Raises:
        UserError: as `checked`, or the features are of different networks.
    """
    real, fake = checked(real, "real", least, dtype), checked(fake, "fake", least, dtype)
    if real.shape[1] != fake.shape[1]:
        raise UserError(
            f"real has {real.shape[1]} features and fake {fake.shape[1]}; both must be of one"
            " network."
        )
    return real, fake


def note_of_sizes(real: int, fake: int) -> str:
    """Note for protocols of neighbourhood measures if the sizes differ much; else empty."""
    if max(real, fake) <= 2 * min(real, fake):
        return ""
    return (
        f"{real} reals against {fake} fakes: of such unequal sizes the numbers are comparable with"
        " those of the same sizes only"
    )


BLOCK = 2**24  # distances held at a time, 128 MB in float64


def distance_blocks(a, b, block: int = BLOCK) -> Iterator[tuple[slice, np.ndarray]]:
    """Compute Euclidean distances of rows of `a` to all rows of `b`, some rows at a time.

    |a|^2 + |b|^2 - 2 a.b in float64: the matrix product does the work, and round-off stays far
    below that of the features.

    Args:
        a: float [N, D].
        b: float [M, D].
        block: distances at a time.

    Yields:
        (slice of rows of `a`, float64 [rows, M]).
    """
    b = np.asarray(b, np.float64)
    squares = np.square(b).sum(axis=1)
    step = max(1, block // len(b))
    for start in range(0, len(a), step):
        rows = slice(start, min(start + step, len(a)))
        part = np.asarray(a[rows], np.float64)
        squared = np.square(part).sum(axis=1)[:, np.newaxis] + squares - 2 * part @ b.T
        yield rows, np.sqrt(np.maximum(squared, 0))


def to_nearest(a, b=None) -> tuple[np.ndarray, np.ndarray]:
    """Find the nearest row of `b` for each row of `a`.

    Args:
        a: float [N, D].
        b: float [M, D]; None is `a`, where each row is left out in turn.

    Returns:
        (distances, float64 [N]; indices, int64 [N]).
    """
    distances, indices = np.empty(len(a)), np.empty(len(a), np.int64)
    for rows, block in distance_blocks(a, a if b is None else b):
        own = np.arange(len(block))
        if b is None:
            block[own, rows.start + own] = np.inf
        indices[rows] = block.argmin(axis=1)
        distances[rows] = block[own, indices[rows]]
    return distances, indices
