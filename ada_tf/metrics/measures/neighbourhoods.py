"""Precision, recall, density and coverage together, and how sure they are.

All four come from the same three sets of distances: within the reals, within the fakes, between.
"""

import dataclasses

import numpy as np

from ada_tf.errors import UserError
from ada_tf.metrics.measures import density_coverage, precision_recall
from ada_tf.metrics.measures.distances import distance_blocks
from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.metrics.measures.precision_recall import radii
from ada_tf.metrics.measures.sides import both

NEIGHBOURS = 5  # of the paper of density and coverage, whose authors' program takes it for all four
HALVES = 30  # drawn for an error, which is then known to 13 %
HELD = 4000  # images of a side up to which there are errors: three times 128 MB of distances


@dataclasses.dataclass(frozen=True)
class Neighbourhoods:
    """Measures of arXiv 1904.06991 and 2002.09797.

    Attributes:
        precision: part of the fakes in the ball of any real image, with its rim.
        recall: part of the reals in the ball of any fake, with its rim.
        density: balls of reals that a fake lies in, without their rims, in the mean over the fakes,
            divided by the number of neighbours.
        coverage: part of the balls of reals, without their rims, that hold a fake.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def neighbourhoods(real, fake, neighbours: int = NEIGHBOURS) -> Neighbourhoods:
    """The four measures, from distances in float64 that are computed once.

    Args:
        real: float [N, D].
        fake: float [M, D].
        neighbours: k; the ball of an image reaches to its k-th neighbour on its own side.

    Raises:
        UserError: they are not features of one network, or a side has no k neighbours.
    """
    real, fake = both(real, fake)
    of_real, of_fake = radii(real, _checked(neighbours)), radii(fake, neighbours)
    return _measures(of_real, of_fake, distance_blocks(real, fake), neighbours)


def neighbourhood_estimates(
    real, fake, neighbours: int = NEIGHBOURS, seed: int = 0
) -> tuple[Estimate, Estimate, Estimate, Estimate]:
    """`neighbourhoods` with standard errors: (precision, recall, density, coverage)."""
    found = dataclasses.astuple(neighbourhoods(real, fake, neighbours))
    errors = dataclasses.astuple(neighbourhood_errors(real, fake, neighbours, seed))
    return tuple(Estimate(*pair) for pair in zip(found, errors, strict=True))


def precision_recall_estimate(real, fake, neighbours=precision_recall.NEIGHBOURS):
    """`precision_recall` as published, rounded to float16: two Estimates."""
    found = precision_recall.precision_recall(real, fake, neighbours)
    errors = neighbourhood_errors(real, fake, neighbours)
    return Estimate(found[0], errors.precision), Estimate(found[1], errors.recall)


def density_coverage_estimate(real, fake, neighbours=density_coverage.NEIGHBOURS):
    """`density_coverage`: two Estimates."""
    found = density_coverage.density_coverage(real, fake, neighbours)
    errors = neighbourhood_errors(real, fake, neighbours)
    return Estimate(found[0], errors.density), Estimate(found[1], errors.coverage)


def neighbourhood_errors(real, fake, neighbours: int = NEIGHBOURS, seed: int = 0):
    """Standard errors of the four measures, by half samples (the jackknife that leaves out half).

    Halves drawn without an image twice from samples of both sides spread about the whole as whole
    samples spread about their distribution. A bootstrap draws images twice, each of which then is
    its own neighbour at distance 0; its errors are up to 30 times too large for coverage. Those of
    halves are 0.65 to 1.7 times the spread, mostly 1 to 1.4.

    Args:
        real: float [N, D].
        fake: float [M, D].
        neighbours: k.
        seed: of the halves.

    Returns:
        `Neighbourhoods` of the errors; each None if a side has more than HELD images, or half of it
        no k neighbours.
    """
    real, fake = both(real, fake)
    n, m = len(real) // 2, len(fake) // 2
    if max(len(real), len(fake)) > HELD or min(n, m) <= _checked(neighbours):
        return Neighbourhoods(None, None, None, None)
    within_real, within_fake, between = (
        np.concatenate([block for _, block in distance_blocks(a, b)])
        for a, b in ((real, real), (fake, fake), (real, fake))
    )
    rng, found = np.random.default_rng(seed), []
    for _ in range(HALVES):
        i, j = rng.permutation(len(real))[:n], rng.permutation(len(fake))[:m]
        of_real, of_fake = (
            np.partition(within[np.ix_(drawn, drawn)], neighbours, axis=1)[:, neighbours]
            for within, drawn in ((within_real, i), (within_fake, j))
        )
        blocks = [(slice(0, n), between[np.ix_(i, j)])]
        found.append(dataclasses.astuple(_measures(of_real, of_fake, blocks, neighbours)))
    return Neighbourhoods(*np.std(found, axis=0, ddof=1).tolist())


def _measures(of_real, of_fake, blocks, neighbours: int) -> Neighbourhoods:
    """From the radii of both sides, [N] and [M], and blocks of the distances between, [rows, M]."""
    among_reals = np.zeros(len(of_fake), bool)
    among_fakes = held = covered = 0
    for rows, distances in blocks:
        radius = of_real[rows, np.newaxis]
        among_reals |= (distances <= radius).any(axis=0)
        among_fakes += np.count_nonzero((distances <= of_fake).any(axis=1))
        in_ball = np.count_nonzero(distances < radius, axis=1)
        held += in_ball.sum()
        covered += np.count_nonzero(in_ball)
    n, m = len(of_real), len(of_fake)
    found = among_reals.mean(), among_fakes / n, held / (neighbours * m), covered / n
    return Neighbourhoods(*map(float, found))


def _checked(neighbours) -> int:
    if neighbours < 1:
        raise UserError(f"neighbours={neighbours} must be at least 1.")
    return neighbours
