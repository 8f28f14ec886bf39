"""The training images nearest to others, in both orientations, on a scale of their neighbourhood.

A distance alone says little: some images have many like them, some have none. A copy is far nearer to one
training image than to the next ones. So the distance is divided by that to the fifth neighbour (the idea
of arXiv 2301.13188, which divides by the mean of fifty).
"""

import dataclasses

import numpy as np

from ada_tf.errors import UserError
from ada_tf.metrics.measures.samples import distance_blocks

_NEIGHBOURS = 5  # the last gives the scale; as many alike in training would hide copies of them
SAME = 1e-3  # relative distance that is 0 but for round-off


@dataclasses.dataclass(frozen=True)
class Neighbours:
    """Nearest training images of N images, in one view.

    Attributes:
        relative: float64 [N], distance to the nearest training image, divided by `scale`: 0 is a
            copy, 1 is no nearer to one than to five.
        scale: float64 [N], distance to the fifth training image.
        distance: float64 [N], to the nearest training image.
        mirrored: bool [N], whether the mirrored image is the nearer one, relatively.
        indices: int64 [N, up to 5], training images, nearest first, in that orientation.
        apart: float64 [N], `distance` divided by that of this training image to the nearest other one;
            infinite where the relative distance is above a half, which makes it at least a third.
    """

    relative: np.ndarray
    scale: np.ndarray
    distance: np.ndarray
    mirrored: np.ndarray
    indices: np.ndarray
    apart: np.ndarray

    @staticmethod
    def joined(parts: list["Neighbours"]) -> "Neighbours":
        """Join the results of several batches."""
        names = [field.name for field in dataclasses.fields(Neighbours)]
        return Neighbours(*(np.concatenate([getattr(p, name) for p in parts]) for name in names))

    def of(self, chosen) -> "Neighbours":
        """Keep some of the images."""
        return Neighbours(
            *(getattr(self, field.name)[chosen] for field in dataclasses.fields(self))
        )


def find_neighbours(points, mirrored, training, own=None) -> Neighbours:
    """Find the nearest training images.

    Args:
        points: float [N, D], small pixels or features of the images.
        mirrored: float [N, D], the same of the images flipped horizontally.
        training: float [T, D], of the training images.
        own: int64 [N], indices of the images if they are training images themselves; each is left out
            for itself, in both orientations, for many things are nearly symmetric, and an unseen image
            has no mirror image of itself among the training images.

    Raises:
        UserError: there are too few training images.
    """
    left = len(training) - (own is not None)
    if left < 2:
        raise UserError(f"{len(training)} training images are too few to look for copies of them.")
    both = np.concatenate([points, mirrored])
    own = None if own is None else np.concatenate([own, own])
    found = [
        part.reshape(2, len(points), *part.shape[1:])
        for part in _nearest(both, training, own, min(_NEIGHBOURS, left))
    ]
    choice = found[0].argmin(axis=0)  # the image as it is, if both are equally near
    relative, scale, distance, indices = (part[choice, np.arange(len(points))] for part in found)
    chosen = np.arange(len(points)) + choice * len(points)
    apart = _apart(
        relative, scale, distance, indices[:, 0], training, None if own is None else own[chosen]
    )
    return Neighbours(relative, scale, distance, choice == 1, indices, apart)


def _apart(relative, scale, distance, nearest, training, own) -> np.ndarray:
    """Compare distances with those between the nearest training image and its own nearest one.

    Training images that equal the nearest one are not its neighbours, or none could be nearer to it.
    """
    # Nearer than a third of that distance, all others are at least twice as far (triangle inequality).
    (rows,) = np.nonzero(relative <= 0.5)
    found = np.full(len(relative), np.inf)
    for part, between in distance_blocks(training[nearest[rows]], training):
        one = rows[part]
        between[np.arange(len(one)), nearest[one]] = np.inf
        if own is not None:
            between[np.arange(len(one)), own[one]] = np.inf
        others = np.where(between > SAME * scale[one, np.newaxis], between, np.inf).min(axis=1)
        found[one] = np.where(np.isfinite(others), distance[one] / others, np.inf)
    return found


def _nearest(points, training, own, k: int):
    """(relative, scale, distance: float64 [N]; indices: int64 [N, up to 5])."""
    parts = []
    for rows, distances in distance_blocks(points, training):
        if own is not None:
            distances[np.arange(len(distances)), own[rows]] = np.inf
        found = np.argpartition(distances, k - 1, axis=1)[:, :k]
        values = np.take_along_axis(distances, found, axis=1)
        order = np.argsort(values, axis=1, kind="stable")
        values = np.take_along_axis(values, order, axis=1)
        nearest, scale = values[:, 0], values[:, -1]
        # Among equal training images a copy is as near to five of them as to one.
        relative = np.divide(nearest, scale, out=np.zeros(len(values)), where=scale > 0)
        parts.append((relative, scale, nearest, np.take_along_axis(found, order, axis=1)))
    return [np.concatenate(part) for part in zip(*parts, strict=True)]
