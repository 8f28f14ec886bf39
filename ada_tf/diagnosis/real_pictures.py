"""What the training pictures are like: how many are the same, and whether they are of two kinds.

Where things stand in a picture does not tell kinds apart: light and dark grounds alone make two groups.
So kinds are looked for by how pictures are made: colours, contrast, edges. Each picture is joined with
the nearest of this sort, and where the web that this makes falls apart, or nearly, there are two kinds.
"""

import numpy as np
import scipy.sparse.csgraph

from ada_tf.diagnosis.evidence import Reals
from ada_tf.metrics.copies.small_pixels import cell_means, small_pixels
from ada_tf.metrics.measures.samples import distance_blocks

# Distance between two pictures, relative to the median of all, below which they are almost the same:
# re-saved, resized or recoloured by little. Noise of 3 grey levels gives 0.03 to 0.04; the nearest
# neighbours of creatures, emoji, icons and digits lie above 0.2 but for a few.
TWIN = 0.1
NEIGHBOURS = 5  # that each picture is joined with
SMALLEST = 0.05  # part of the pictures of a kind; fewer are odd ones out


def look_at_reals(images, count: int) -> Reals:
    """Look at training pictures.

    Args:
        images: uint8 [N, H, W, C], some or all of them, N above 2, each once.
        count: how many there are.
    """
    near = near_twins(small_pixels(images))
    # Of pictures that are there several times one is enough: they would be their own neighbours.
    alone = images[~np.tril(near, -1).any(axis=1)]
    joined, smaller = two_kinds(styles(alone)) if len(alone) > NEIGHBOURS else (1.0, 0.0)
    return Reals(count, int(near.any(axis=1).sum()), len(images), joined, smaller)


def near_twins(points) -> np.ndarray:
    """Which two of the points are almost the same: bool [N, N], False on the diagonal."""
    distances = np.concatenate([block for _, block in distance_blocks(points, points)])
    near = distances < TWIN * np.median(distances)
    np.fill_diagonal(near, False)
    return near


def styles(images) -> np.ndarray:
    """How pictures are made, whatever they show: float64 [N, 8], each of mean 0 and deviation 1.

    Mean and deviation of colourfulness, contrast, edges both ways, and three quantiles of how far
    pixels are from the most usual brightness; of 16 x 16 means.

    Args:
        images: uint8 [N, H, W, 1 or 3].
    """
    cells = cell_means(images).astype(np.float64)  # [N, C, 16, 16]
    grey, colour = cells.mean(axis=1), cells.max(axis=1) - cells.min(axis=1)
    away = np.abs(grey - np.median(grey, axis=(1, 2), keepdims=True))
    inside = (1, 2)
    found = np.stack(
        [
            colour.mean(inside),
            colour.std(inside),
            grey.std(inside),
            np.abs(np.diff(grey, axis=1)).mean(inside),
            np.abs(np.diff(grey, axis=2)).mean(inside),
            *np.quantile(away, [0.25, 0.5, 0.75], axis=inside),
        ],
        axis=1,
    )
    return (found - found.mean(axis=0)) / np.maximum(found.std(axis=0), 1e-9)


def two_kinds(points) -> tuple[float, float]:
    """How well a web of nearest neighbours holds together, and where it would be cut.

    The second eigenvalue of its normalised Laplacian (Fiedler 1973; Shi and Malik 2000): 0 if it is
    in pieces; how few threads the best cut meets bounds it from above.

    Args:
        points: float [N, D].

    Returns:
        (the eigenvalue, 0 and above; part of the points in the smaller of both parts). Pieces of
        less than SMALLEST are left out.
    """
    web = _web(points)
    pieces, piece = scipy.sparse.csgraph.connected_components(web, directed=False)
    sizes = np.bincount(piece, minlength=pieces)
    large = np.sort(sizes[sizes >= SMALLEST * len(points)])[::-1]
    if len(large) > 1:
        return 0.0, float(large[1:].sum() / large.sum())
    web = web[np.ix_(*[piece == sizes.argmax()] * 2)]
    scale = 1 / np.sqrt(web.sum(axis=1))
    values, vectors = np.linalg.eigh(np.eye(len(web)) - web * scale[:, np.newaxis] * scale)
    side = vectors[:, 1] > 0
    return float(values[1]), float(min(side.mean(), 1 - side.mean()))


def _web(points) -> np.ndarray:
    """1 where one of two points is among the nearest of the other, else 0: float64 [N, N]."""
    web = np.zeros([len(points)] * 2)
    count = min(NEIGHBOURS, len(points) - 1)
    for rows, distances in distance_blocks(points, points):
        own = np.arange(len(distances))
        distances[own, rows.start + own] = np.inf
        nearest = np.argpartition(distances, count - 1, axis=1)[:, :count]
        web[rows.start + own[:, np.newaxis], nearest] = 1
    return np.maximum(web, web.T)
