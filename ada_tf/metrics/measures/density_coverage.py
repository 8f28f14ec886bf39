"""Density and coverage by nearest neighbours (arXiv 2002.09797).

Precision asks whether a fake lies in any ball around a real image, and one outlier among the reals,
whose ball is large, lets in much. Density counts in how many balls a fake lies, coverage asks of
each real image whether its own ball holds a fake; neither draws balls around fakes.
"""

import numpy as np

from ada_tf.metrics.measures.distances import distance_blocks
from ada_tf.metrics.measures.precision_recall import radii

NEIGHBOURS = 5  # of the paper


def density_coverage(real, fake, neighbours: int = NEIGHBOURS) -> tuple[float, float]:
    """How densely fakes lie among the reals, and how many of the reals have fakes beside them.

    The ball of a real image reaches to its k-th nearest neighbour among the reals, without its rim.
    Density is the mean over fakes of the number of balls they lie in, divided by k; coverage the
    part of the balls that hold a fake. Two samples of one distribution are expected to have a
    density of 1, whatever their sizes, and, if they are of one size, a coverage of about
    1 - 1/2^k (lemma 2): more fakes cover more, about 1 - (N / (N + M))^k.

    Args:
        real: float [N, D].
        fake: float [M, D].
        neighbours: k.

    Returns:
        (density, 0 and above, coverage in [0, 1]).

    Raises:
        UserError: the reals have no k neighbours.
    """
    radius = radii(np.asarray(real, np.float64), neighbours)
    inside = covered = 0
    for rows, distances in distance_blocks(real, fake):
        held = (distances < radius[rows, np.newaxis]).sum(axis=1)  # fakes in each ball
        inside += held.sum()
        covered += np.count_nonzero(held)
    return float(inside / (neighbours * len(fake))), float(covered / len(real))
