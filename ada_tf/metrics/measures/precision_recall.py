"""Precision and recall (arXiv 1904.06991), density and coverage (arXiv 2002.09797), by nearest neighbours.

Precision is the part of the fakes in the ball of any real image; one outlier among the reals, whose ball is
large, lets in much. Density counts the balls that a fake lies in, coverage the balls that hold a fake;
neither draws balls around fakes. All four come from the same distances: within the reals, within the
fakes, between.
"""

import dataclasses
import math

import numpy as np

from ada_tf.errors import UserError
from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.metrics.measures.samples import both, distance_blocks

PR_NEIGHBOURS = 3  # of the paper


def precision_recall(real, fake, neighbours=PR_NEIGHBOURS, half=True) -> tuple[float, float]:
    """Compute the part of the fakes among the reals, and of the reals among the fakes.

    Both depend on the numbers of images: a ball is the smaller the more images its side has, and
    the more balls there are, the more they hold. Numbers are comparable with those of the same
    sizes and the same k only; where one side has many more images, its balls find more of the
    other: of equal distributions (Gaussians of 16 dimensions) 300 against 300 images give 0.77 and
    0.76, 100 reals against 2,000 fakes 0.84 and 0.78.

    Args:
        real: float [N, D].
        fake: float [M, D].
        neighbours: k of the k-th nearest neighbour.
        half: round features, distances and radii to float16, as published numbers do.

    Returns:
        (precision, recall), both in [0, 1].

    Raises:
        UserError: a side has no k neighbours.
    """
    rounded = np.float16 if half else np.float64
    real, fake = np.asarray(real, rounded), np.asarray(fake, rounded)
    return (
        float(inside(fake, real, radii(real, neighbours)).mean()),
        float(inside(real, fake, radii(fake, neighbours)).mean()),
    )


def radii(points, neighbours: int) -> np.ndarray:
    """Distance of each point to its k-th neighbour: [N, D] -> [N], of the same type."""
    if len(points) <= neighbours:
        raise UserError(
            f"{len(points)} images have no {neighbours} neighbours; give {neighbours + 1} or more."
        )
    found = np.empty([len(points)], points.dtype)
    for rows, distances in distance_blocks(points, points):
        # The nearest of all is the point itself, at index 0.
        found[rows] = np.partition(distances, neighbours, axis=1)[:, neighbours]
    return found


def inside(probes, points, radius) -> np.ndarray:
    """Tell which probes lie in the ball of any point: bool [number of probes]."""
    found = np.empty([len(probes)], bool)
    for rows, distances in distance_blocks(probes, points):
        found[rows] = (distances.astype(points.dtype) <= radius).any(axis=1)
    return found


DC_NEIGHBOURS = 5  # of the paper


def density_coverage(real, fake, neighbours: int = DC_NEIGHBOURS) -> tuple[float, float]:
    """Compute the density of fakes among the reals, and the part of the reals beside fakes.

    The ball of a real image reaches to its k-th nearest neighbour among the reals, without its rim.
    Density is the mean over fakes of the number of balls they lie in, divided by k; coverage the
    part of the balls that hold a fake. Two samples of one distribution have an expected density of 1,
    whatever their sizes. Their expected coverage is about 1 - (N / (N + M))^k, which is 1 - 1/2^k at equal
    sizes (lemma 2).

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


DC_NEIGHBOURS = (
    5  # of the paper of density and coverage, whose authors' program takes it for all four
)
_HALVES = 30  # drawn for an error, which is then known to 13 %
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


def neighbourhoods(real, fake, neighbours: int = DC_NEIGHBOURS) -> Neighbourhoods:
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
    real, fake, neighbours: int = DC_NEIGHBOURS, seed: int = 0
) -> tuple[Estimate, Estimate, Estimate, Estimate]:
    """`neighbourhoods` with standard errors: (precision, recall, density, coverage)."""
    found = dataclasses.astuple(neighbourhoods(real, fake, neighbours))
    errors = dataclasses.astuple(neighbourhood_errors(real, fake, neighbours, seed))
    return tuple(Estimate(*pair) for pair in zip(found, errors, strict=True))


def precision_recall_estimate(real, fake, neighbours=PR_NEIGHBOURS):
    """`precision_recall` as published, rounded to float16: two Estimates."""
    found = precision_recall(real, fake, neighbours)
    errors = neighbourhood_errors(real, fake, neighbours)
    return Estimate(found[0], errors.precision), Estimate(found[1], errors.recall)


def density_coverage_estimate(real, fake, neighbours=DC_NEIGHBOURS):
    """`density_coverage`: two Estimates."""
    found = density_coverage(real, fake, neighbours)
    errors = neighbourhood_errors(real, fake, neighbours)
    return Estimate(found[0], errors.density), Estimate(found[1], errors.coverage)


def neighbourhood_errors(real, fake, neighbours: int = DC_NEIGHBOURS, seed: int = 0):
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
    n, m = len(real) // 2, len(fake) // 2  # sizes of the halves
    if max(len(real), len(fake)) > HELD or min(n, m) <= _checked(neighbours):
        return Neighbourhoods(None, None, None, None)
    within_real, within_fake, between = (
        np.concatenate([block for _, block in distance_blocks(a, b)])
        for a, b in ((real, real), (fake, fake), (real, fake))
    )
    rng, found = np.random.default_rng(seed), []
    for _ in range(_HALVES):
        i, j = rng.permutation(len(real))[:n], rng.permutation(len(fake))[:m]
        of_real, of_fake = (
            # Index 0 is the image itself, at distance 0.
            np.partition(within[np.ix_(drawn, drawn)], neighbours, axis=1)[:, neighbours]
            for within, drawn in ((within_real, i), (within_fake, j))
        )
        blocks = [(slice(0, n), between[np.ix_(i, j)])]
        found.append(dataclasses.astuple(_measures(of_real, of_fake, blocks, neighbours)))
    return Neighbourhoods(*np.std(found, axis=0, ddof=1).tolist())


def _measures(of_real, of_fake, blocks, neighbours: int) -> Neighbourhoods:
    """Compute the four measures from radii, [N] and [M], and blocks of distances, [rows, M]."""
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


def expected_coverage(real: int, fake: int, neighbours: int) -> float:
    """Coverage of two samples of one distribution (arXiv 2002.09797, lemma 2).

    A ball reaches to the k-th of real - 1 others. It holds no fake if, of all others and all fakes in
    their order of distance, the first k are others.
    """
    k = min(neighbours, real - 1)
    return 1 - math.prod((real - 1 - i) / (real - 1 + fake - i) for i in range(k))
