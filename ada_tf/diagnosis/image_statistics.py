"""Statistics of pictures by small pixels: distance, variety, near twins, blanks, marks of augmentation.

No feature network is used, so that pictures of every run can be compared anywhere, in a second. They show
progress; quality is the matter of `ada_tf.metrics`.
"""

import math

import numpy as np

from ada_tf.diagnosis.evidence import Look, Marks, Reals, Variety
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


_FEWEST = 12  # pictures of a draw, below which the median of distances says nothing
_DRAWS = 16  # whose distances are put together


def variety(reals, fakes, real_classes=None, fake_classes=None) -> Variety | None:
    """Compare distances of generated pictures to their nearest sisters with those of real ones.

    A handful of motifs leaves each picture a twin, though two pictures of different motifs are far apart. Half as
    many as there are real pictures are drawn of each side. So a generator that knows N pictures by
    heart, and makes all of them, has few twins in a draw: it is varied.

    Args:
        reals: uint8 [N, H, W, C], each once.
        fakes: uint8 [M, H, W, C].
        real_classes: int [N], the class of each; None without classes.
        fake_classes: int [M].

    Returns:
        None if there are too few pictures. Classes of too few are left out.
    """
    a, b = _shapes_of(reals), _shapes_of(fakes)
    whole = _sisters(a, b)
    if whole is None:
        return None
    of_classes = {}
    if real_classes is not None and fake_classes is not None:
        for number in np.unique(real_classes).tolist():
            found = _sisters(a[real_classes == number], b[fake_classes == number])
            if found is not None:
                of_classes[number] = found
    return Variety(whole, of_classes)


def _sisters(a, b) -> float | None:
    """Median distance to the nearest sister in draws of `b`, relative to draws of `a`."""
    count = min(len(a) // 2, len(b))
    if count < _FEWEST:
        return None
    return _nearest_sister(b, count) / max(_nearest_sister(a, count), 1e-6)


def _nearest_sister(points, count: int) -> float:
    rng, found = np.random.default_rng(0), []
    for _ in range(_DRAWS):
        drawn = points[rng.permutation(len(points))[:count]]
        distances = _distances(drawn, drawn)
        np.fill_diagonal(distances, np.inf)
        found.append(distances.min(axis=1))
    return float(np.median(np.concatenate(found)))


# Two pictures are almost the same (re-saved, resized, recoloured a little) if their distance is below this,
# relative to the median of all. Noise of 3 grey levels gives 0.03 to 0.04; nearly all nearest neighbours
# of creatures, emoji and digits lie above 0.2, but icons that are alike on purpose lie below.
_TWIN = 0.1
# Grey levels between the darkest and the brightest part of a picture of one colour, at most: noise of a
# scanner, and nothing that anybody sees.
_BLANK = 8


def look_at_reals(images, count: int) -> Reals:
    """Count near twins and blank ones among training pictures.

    Args:
        images: uint8 [N, H, W, C], some or all training pictures, N above 2, each once.
        count: number of all training pictures.
    """
    blank = _ranges(images) < _BLANK
    # Of blank pictures only noise is left to compare.
    near = _twins_among(small_pixels(images[~blank])) if (~blank).sum() > 2 else np.zeros([0, 0])
    return Reals(count, int(near.any(axis=1).sum()), len(images), int(blank.sum()))


def _ranges(images) -> np.ndarray:
    """Levels between the least and the greatest mean of a cell, over all channels: float [N]."""
    cells = cell_means(images, SIDE)  # [N, C, SIDE, SIDE]
    return np.ptp(cells, axis=(2, 3)).max(axis=1)


def _twins_among(points) -> np.ndarray:
    """Mark pairs of points that are almost the same: bool [N, N], False on the diagonal."""
    distances = _distances(points, points)
    near = distances < _TWIN * np.median(distances)
    np.fill_diagonal(near, False)
    return near


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
