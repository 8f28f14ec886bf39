"""Do generated pictures carry marks of the augmentation: turned, moved, of other colours?

A distribution has a mean in the space of a kernel, and that of a mixture is the mixture of the means.
So generated pictures are described, as well as a sum of two can, by real pictures and by augmented
ones; what falls to the augmented ones is the share that looks augmented.
"""

import numpy as np

from ada_tf.diagnosis.evidence import Marks
from ada_tf.diagnosis.looks import SIDE
from ada_tf.metrics.copies.small_pixels import cell_means
from ada_tf.metrics.measures.precision_recall import radii
from ada_tf.metrics.measures.samples import distance_blocks

NEIGHBOURS = 5  # of the ball around a picture, within which another is like it


def marks(reals, augmented, fakes) -> Marks:
    """Compare generated pictures with real ones and with the same augmented.

    Args:
        reals: uint8 [N, H, W, C], N above NEIGHBOURS.
        augmented: uint8 [N, H, W, C], the same at probability 1, in the same order.
        fakes: uint8 [M, H, W, C].

    Returns:
        The share, about 0 of real pictures, 1 of augmented ones; it passes both ends by its errors.
        And how many of the pictures are like any of the two at all: where few are, the share means
        nothing.
    """
    a, b, c = _points(reals), _points(augmented), _points(fakes)
    width = float(np.median(_distances(a, a)))
    of = lambda x, y, paired=False: _kernel(_distances(x, y), width, paired)  # noqa: E731
    # An augmented picture is not independent of the one it was: those pairs are left out.
    both = of(a, b, paired=True)
    gram = [[of(a, a, paired=True), both], [both, of(b, b, paired=True)]]
    real, moved = np.linalg.lstsq(np.array(gram), np.array([of(a, c), of(b, c)]), rcond=None)[0]
    return Marks(float(moved / (real + moved)), _explained(np.concatenate([a, b]), c))


def _points(images) -> np.ndarray:
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
    radius = radii(np.asarray(known, np.float64), NEIGHBOURS)
    inside = np.zeros(len(others), bool)
    for rows, distances in distance_blocks(known, others):
        inside |= (distances <= radius[rows, np.newaxis]).any(axis=0)
    return float(inside.mean())
