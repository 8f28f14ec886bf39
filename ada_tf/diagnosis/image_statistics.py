"""Statistics of pictures by small pixels: distance, variety, near twins, kinds, marks of augmentation.

No feature network is used, so that pictures of every run can be compared anywhere, in a second. They show
progress; quality is the matter of `ada_tf.metrics`.
"""

import math

import numpy as np
import scipy.sparse.csgraph

from ada_tf.diagnosis.evidence import Look, Marks, Reals
from ada_tf.metrics.copies.small_pixels import cell_means, small_pixels
from ada_tf.metrics.measures.kernel import all_pairs
from ada_tf.metrics.measures.precision_recall import (
    DC_NEIGHBOURS,
    density_coverage,
    expected_coverage,
    radii,
)
from ada_tf.metrics.measures.samples import distance_blocks

SIDE = 8  # cells in a row and in a column of a picture: noise of single pixels does not count
MOST = 500  # pictures of a side; distances of more take longer than they are worth


def _shapes_of(images) -> np.ndarray:
    """Describe pictures by small pixels: uint8 [N, H, W, C] to float32 [N, D], of length sqrt(D).

    With this length the kernel of KID, which divides by D, sees the cosine between two pictures.
    """
    found = small_pixels(images, SIDE)
    return found * math.sqrt(found.shape[1])


def look(reals, fakes, kimg: float) -> Look:
    """Compare generated pictures with real ones.

    Args:
        reals: uint8 [N, H, W, C], N above 2.
        fakes: uint8 [M, H, W, C], M above 2.
        kimg: place in the run where they were made.
    """
    a, b = _shapes_of(reals), _shapes_of(fakes)
    neighbours = min(DC_NEIGHBOURS, len(a) - 1)
    _, coverage = density_coverage(a, b, neighbours)
    return Look(
        kimg,
        all_pairs(a, b),
        coverage / expected_coverage(len(a), len(b), neighbours),
        _mean_distance(b) / max(_mean_distance(a), 1e-6),
    )


def _mean_distance(points) -> float:
    """Mean distance of two points, over all pairs: float [N, D], N at least 2."""
    total = sum(float(block.sum()) for _, block in distance_blocks(points, points))
    return total / (len(points) * (len(points) - 1))


def sample(images, most: int = MOST, seed: int = 0) -> np.ndarray:
    """Draw some of the images, in their order: [up to `most`, H, W, C]."""
    chosen = np.random.default_rng(seed).permutation(len(images))[:most]
    return images[np.sort(chosen)]


# Two pictures are almost the same (re-saved, resized, recoloured a little) if their distance is below this,
# relative to the median of all. Noise of 3 grey levels gives 0.03 to 0.04; nearly all nearest neighbours
# of creatures, emoji, icons and digits lie above 0.2.
_TWIN = 0.1
_JOINED_WITH = 5  # neighbours that each picture is joined with
_SMALLEST = 0.05  # part of the pictures that makes a kind; fewer are odd ones out


def look_at_reals(images, count: int) -> Reals:
    """Count near twins among training pictures, and look for two kinds.

    Kinds are told apart by the way pictures are made: colours, contrast, edges. The places of things do
    not matter, for light and dark grounds alone would make two groups.

    Args:
        images: uint8 [N, H, W, C], some or all training pictures, N above 2, each once.
        count: number of all training pictures.
    """
    near = _twins_among(small_pixels(images))
    # One of each group of twins is enough: they would be neighbours of each other alone.
    alone = images[~np.tril(near, -1).any(axis=1)]
    joined, smaller = two_kinds(styles(alone)) if len(alone) > _JOINED_WITH else (1.0, 0.0)
    return Reals(count, int(near.any(axis=1).sum()), len(images), joined, smaller)


def _twins_among(points) -> np.ndarray:
    """Mark pairs of points that are almost the same: bool [N, N], False on the diagonal."""
    distances = np.concatenate([block for _, block in distance_blocks(points, points)])
    near = distances < _TWIN * np.median(distances)
    np.fill_diagonal(near, False)
    return near


def styles(images) -> np.ndarray:
    """Describe the way pictures are made: float64 [N, 8], each column of mean 0 and deviation 1.

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
    """Measure how well a web of nearest neighbours holds together, and cut it at its weakest place.

    Each point is joined with its nearest neighbours. The measure is the second eigenvalue of the normalised
    Laplacian (Fiedler 1973; Shi and Malik 2000): 0 if the web is in pieces, and small if a cut through
    few threads divides it.

    Args:
        points: float [N, D].

    Returns:
        (the eigenvalue, 0 and above; part of the points in the smaller of both parts). Pieces of
        less than _SMALLEST are left out.
    """
    web = _web(points)
    pieces, piece = scipy.sparse.csgraph.connected_components(web, directed=False)
    sizes = np.bincount(piece, minlength=pieces)
    large = np.sort(sizes[sizes >= _SMALLEST * len(points)])[::-1]
    if len(large) > 1:
        return 0.0, float(large[1:].sum() / large.sum())
    web = web[np.ix_(*[piece == sizes.argmax()] * 2)]
    scale = 1 / np.sqrt(web.sum(axis=1))
    # Eigenvalues ascend, and the first is always 0.
    values, vectors = np.linalg.eigh(np.eye(len(web)) - web * scale[:, np.newaxis] * scale)
    side = vectors[:, 1] > 0
    return float(values[1]), float(min(side.mean(), 1 - side.mean()))


def _web(points) -> np.ndarray:
    """Join points: 1 if one of two is among the nearest of the other, else 0: float64 [N, N]."""
    web = np.zeros([len(points)] * 2)
    count = min(_JOINED_WITH, len(points) - 1)
    for rows, distances in distance_blocks(points, points):
        own = np.arange(len(distances))
        distances[own, rows.start + own] = np.inf
        nearest = np.argpartition(distances, count - 1, axis=1)[:, :count]
        web[rows.start + own[:, np.newaxis], nearest] = 1
    return np.maximum(web, web.T)


BALL_NEIGHBOURS = 5  # the ball around a picture reaches to its fifth neighbour


def marks(reals, augmented, fakes) -> Marks:
    """Estimate the share of generated pictures that look augmented.

    In the space of a kernel the mean of a mixture is the mixture of the means. So the mean of the generated
    pictures is fitted by a weighted sum of the means of real and of augmented ones.

    Args:
        reals: uint8 [N, H, W, C], N above NEIGHBOURS.
        augmented: uint8 [N, H, W, C], the same at probability 1, in the same order.
        fakes: uint8 [M, H, W, C].

    Returns:
        The share, about 0 of real pictures and 1 of augmented ones; by its errors it may pass both
        ends. And the part of the pictures that are like any of the two; if it is small, the share
        means nothing.
    """
    a, b, c = _cells(reals), _cells(augmented), _cells(fakes)
    width = float(np.median(_distances(a, a)))
    of = lambda x, y, paired=False: _kernel(_distances(x, y), width, paired)  # noqa: E731
    # An augmented picture depends on its original, so those pairs are left out.
    both = of(a, b, paired=True)
    gram = [[of(a, a, paired=True), both], [both, of(b, b, paired=True)]]
    real, moved = np.linalg.lstsq(np.array(gram), np.array([of(a, c), of(b, c)]), rcond=None)[0]
    return Marks(float(moved / (real + moved)), _explained(np.concatenate([a, b]), c))


def _cells(images) -> np.ndarray:
    """Means of cells, with brightness and contrast, which augmentations change: float32 [N, D]."""
    return cell_means(images, SIDE).reshape(len(images), -1)


def _distances(a, b) -> np.ndarray:
    return np.concatenate([block for _, block in distance_blocks(a, b)])


def _kernel(distances, width: float, paired: bool) -> float:
    """The mean of a Gaussian kernel over all pairs, or all but those of one number."""
    values = np.exp(-np.square(distances / width) / 2)
    if not paired:
        return float(values.mean())
    n = len(values)
    return float((values.sum() - np.trace(values)) / (n * (n - 1)))


def _explained(known, others) -> float:
    """Part of the others in the ball of any known picture."""
    radius = radii(np.asarray(known, np.float64), BALL_NEIGHBOURS)
    inside = np.zeros(len(others), bool)
    for rows, distances in distance_blocks(known, others):
        inside |= (distances <= radius[rows, np.newaxis]).any(axis=0)
    return float(inside.mean())
