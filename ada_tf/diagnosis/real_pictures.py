"""What the training pictures are like: how many are the same, and whether they are of two kinds."""

import numpy as np

from ada_tf.diagnosis.evidence import Reals
from ada_tf.diagnosis.looks import points
from ada_tf.metrics.copies.small_pixels import small_pixels
from ada_tf.metrics.measures.distances import distance_blocks, to_nearest

# Distance between two pictures, relative to the median of all, below which they are almost the same:
# re-saved, resized or recoloured by little. Noise of 3 grey levels gives 0.03 to 0.04; the nearest
# neighbours of creatures, emoji, icons and digits lie above 0.2 but for a few.
TWIN = 0.1
NEIGHBOURS = 5
_AXES, _ROUNDS = 8, 20  # principal axes in which groups are looked for; rounds of 2-means


def look_at_reals(images, count: int) -> Reals:
    """Look at training pictures.

    Args:
        images: uint8 [N, H, W, C], some or all of them, N above 2, each once.
        count: how many there are.
    """
    between, smaller = two_kinds(points(images))
    return Reals(count, twins(images), len(images), between, smaller)


def twins(images) -> int:
    """How many pictures have another that is almost the same."""
    small = small_pixels(images)
    return int(np.count_nonzero(to_nearest(small)[0] < TWIN * _usual(small)))


def _usual(points) -> float:
    """The median distance between any two points."""
    return float(np.median(np.concatenate([b.ravel() for _, b in distance_blocks(points, points)])))


def two_kinds(points) -> tuple[float, float]:
    """The best cut of points into two groups.

    2-means along the first principal axes, begun at both ends of the first, so that nothing is drawn.

    Args:
        points: float [N, D].

    Returns:
        (`bridges` between them, part of the points in the smaller group).
    """
    centred = np.asarray(points, np.float64) - np.mean(points, axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    axes = left[:, :_AXES] * sizes[:_AXES]
    second = axes[:, 0] > np.median(axes[:, 0])
    for _ in range(_ROUNDS):
        if second.all() or not second.any():
            return 1.0, 0.0
        centres = np.stack([axes[~second].mean(axis=0), axes[second].mean(axis=0)])
        distances = np.linalg.norm(axes[:, np.newaxis] - centres, axis=2)
        moved = distances[:, 1] < distances[:, 0]
        if (moved == second).all():
            break
        second = moved
    return bridges(points, second), float(min(second.mean(), 1 - second.mean()))


def bridges(points, second) -> float:
    """How often the nearest neighbours of a point are of the other group, relative to chance.

    Args:
        points: float [N, D].
        second: bool [N], which are in the second group; neither is empty.

    Returns:
        0 where nothing lies between the groups, about 1 where they mean nothing.
    """
    count = min(NEIGHBOURS, len(points) - 1)
    crossing = 0
    for rows, distances in distance_blocks(points, points):
        own = np.arange(len(distances))
        distances[own, rows.start + own] = np.inf
        nearest = np.argpartition(distances, count - 1, axis=1)[:, :count]
        crossing += np.count_nonzero(second[nearest] != second[rows, np.newaxis])
    chance = 2 * second.mean() * (1 - second.mean())
    return float(crossing / (len(points) * count * chance))
