"""How near, how varied and how much apart generated pictures are, by small pixels alone.

No network looks at them, so that every run can be looked at anywhere, in a second, and pictures of one
run can be compared. They say whether it goes forwards; how good it is say `ada_tf.metrics`.
"""

import math

import numpy as np

from ada_tf.diagnosis.evidence import Look
from ada_tf.metrics.copies.small_pixels import small_pixels
from ada_tf.metrics.measures.kernel import all_pairs
from ada_tf.metrics.measures.precision_recall import DC_NEIGHBOURS, density_coverage
from ada_tf.metrics.measures.samples import distance_blocks
from ada_tf.metrics.summary import expected_coverage

SIDE = 8  # cells of a picture in a row and in a column: noise of single pixels is not seen
MOST = 500  # pictures of a side that are looked at; distances of more take longer than they tell


def points(images) -> np.ndarray:
    """What is looked at: uint8 [N, H, W, C] to float32 [N, D], of length sqrt(D).

    With this length the kernel of KID, which divides by D, sees the cosine between two pictures.
    """
    found = small_pixels(images, SIDE)
    return found * math.sqrt(found.shape[1])


def look(reals, fakes, kimg: float) -> Look:
    """Look at generated pictures beside real ones.

    Args:
        reals: uint8 [N, H, W, C], N above 2.
        fakes: uint8 [M, H, W, C], M above 2.
        kimg: when they were made.
    """
    a, b = points(reals), points(fakes)
    neighbours = min(DC_NEIGHBOURS, len(a) - 1)
    _, coverage = density_coverage(a, b, neighbours)
    return Look(
        kimg,
        all_pairs(a, b),
        coverage / expected_coverage(len(a), len(b), neighbours),
        mean_distance(b) / max(mean_distance(a), 1e-6),
    )


def mean_distance(points) -> float:
    """Between two of the points, in the mean over all pairs: float [N, D], N at least 2."""
    total = sum(float(block.sum()) for _, block in distance_blocks(points, points))
    return total / (len(points) * (len(points) - 1))


def sample(images, most: int = MOST, seed: int = 0) -> np.ndarray:
    """Some of the images, at random: [up to `most`, H, W, C]."""
    chosen = np.random.default_rng(seed).permutation(len(images))[:most]
    return images[np.sort(chosen)]
