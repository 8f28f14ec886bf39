"""Euclidean distances between all pairs, some rows at a time."""

from collections.abc import Iterator

import numpy as np

BLOCK = 2**24  # distances held at a time, 128 MB in float64


def distance_blocks(a, b, block: int = BLOCK) -> Iterator[tuple[slice, np.ndarray]]:
    """Distances of rows of `a` to all rows of `b`.

    |a|^2 + |b|^2 - 2 a.b in float64: the matrix product does the work, and round-off stays far
    below that of the features.

    Args:
        a: float [N, D].
        b: float [M, D].
        block: distances at a time.

    Yields:
        (which rows of `a`, float64 [rows, M]).
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
    """The nearest row of `b` to each row of `a`.

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
