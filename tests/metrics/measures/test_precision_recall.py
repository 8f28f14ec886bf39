"""Precision, recall, density and coverage: by hand, together, and their errors."""

import dataclasses

import numpy as np
import pytest

from ada_tf.metrics.measures import precision_recall as module
from ada_tf.metrics.measures import samples
from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.metrics.measures.precision_recall import (
    Neighbourhoods,
    density_coverage,
    density_coverage_estimate,
    inside,
    neighbourhood_errors,
    neighbourhood_estimates,
    neighbourhoods,
    precision_recall,
    precision_recall_estimate,
    radii,
)
from ada_tf.metrics.measures.samples import distance_blocks
from tests.metrics.spread import ratio_to_spread
from tests.sentences import refused


def points(seed, n=60, d=4):
    return np.random.default_rng(seed).standard_normal([n, d])


def exact_points(seed, n=60, d=4):
    """Multiples of 1/1024, whose squared distances float64 holds exactly."""
    return np.round(1024 * np.random.default_rng(seed).standard_normal([n, d])) / 1024


def direct(real, fake, k):
    """(density, coverage) as the paper writes them, with all distances at once."""
    distance = lambda a, b: np.linalg.norm(a[:, None] - b[None], axis=-1)  # noqa: E731
    radius = np.sort(distance(real, real), axis=1)[:, k]  # [0] is the image itself
    inside = distance(fake, real) < radius  # [M, N]
    return inside.sum() / (k * len(fake)), inside.any(axis=0).mean()


@pytest.mark.parametrize("k", [1, 3, 5])
@pytest.mark.parametrize("fakes", [45, 80])
def test_against_the_definition(k, fakes):
    real, fake = exact_points(0), exact_points(1, fakes) * 1.25 + 0.75
    found = density_coverage(real, fake, k)
    np.testing.assert_allclose(found, direct(real, fake, k), rtol=1e-12)
    assert 0 < found[0] != 1
    assert 0 < found[1] < 1


def test_five_neighbours_unless_said():
    real, fake = exact_points(0), exact_points(1)
    assert density_coverage(real, fake) == density_coverage(real, fake, 5)
    assert density_coverage(real, fake) != density_coverage(real, fake, 4)


def test_density_and_coverage_of_same_and_far():
    """In its ball lie an image itself and the nearer ones of its k neighbours: k in all."""
    real = exact_points(2)
    assert density_coverage(real, real) == (1, 1)
    assert density_coverage(real, real + 1000) == (0, 0)


def test_samples_of_one_distribution():
    """Lemma 2 of the paper: a ball is empty if the k nearest of all other images are reals."""
    n, m, k = 300, 200, 3
    trials = [density_coverage(exact_points(i, n), exact_points(1000 + i, m), k) for i in range(40)]
    steps = np.arange(1, k + 1)
    expected = 1, 1 - np.prod((n - steps) / (n + m - steps))
    error = np.std(trials, axis=0) / np.sqrt(len(trials))
    assert (np.abs(np.mean(trials, axis=0) - expected) < 4 * error).all()
    assert (error < 0.01).all()


def test_a_real_outlier_lets_nothing_in():
    """Its ball, which reaches to the others, is worth one ball of many, and one real of many."""
    real, fake = exact_points(3), exact_points(4) * 0.05 + 6  # apart from the reals
    far = np.concatenate([real, np.full([1, 4], 12.0)])
    assert precision_recall(far, fake, 3, half=False)[0] == 1
    density, coverage = density_coverage(far, fake)
    assert density <= 1 / 5
    assert coverage == 1 / len(far)


def test_fake_outliers_cover_nothing():
    """One fake far away makes all reals part of the fakes for recall, and none for coverage."""
    real, fake = exact_points(5), exact_points(6) * 0.05 + 40
    spread = np.concatenate([fake, np.full([4, 4], -1000.0) + exact_points(7, 4)])
    assert precision_recall(real, spread, 5, half=False)[1] == 1
    assert density_coverage(real, spread) == (0, 0)


def test_dropped_modes_cost_coverage_only():
    real = np.concatenate([exact_points(3), exact_points(4) + 50])
    density, coverage = density_coverage(real, exact_points(5) * 0.5)
    assert density >= 1
    assert coverage <= 0.5


def test_too_few_for_density():
    with refused("5"):
        density_coverage(exact_points(0, n=5), exact_points(1))


NAMES = [field.name for field in dataclasses.fields(Neighbourhoods)]


@pytest.mark.parametrize("sizes", [(60, 45), (30, 80)])
@pytest.mark.parametrize("k", [1, 5])
def test_together_as_one_by_one(sizes, k):
    real, fake = points(0, sizes[0]), 1.2 * points(1, sizes[1]) + 1
    found = neighbourhoods(real, fake, k)
    assert (found.precision, found.recall) == precision_recall(real, fake, k, half=False)
    assert (found.density, found.coverage) == density_coverage(real, fake, k)
    assert len(set(dataclasses.astuple(found)) - {0, 1}) == 4


def test_blocks_change_nothing(monkeypatch):
    real, fake = points(0), points(1, 45)
    whole = neighbourhood_estimates(real, fake)
    monkeypatch.setattr(samples.distance_blocks, "__defaults__", (45 * 7,))
    assert neighbourhood_estimates(real, fake) == whole


def test_ends_of_the_rim():
    """On a line of whole numbers a fake lies on rims: among the reals, but in no ball."""
    real, fake = np.array([[0.0], [2.0], [4.0], [6.0]]), np.array([[8.0], [100.0]])
    found = neighbourhoods(real, fake, 1)
    assert (found.precision, found.density, found.coverage) == (0.5, 0, 0)
    assert found.recall == 1


def test_the_published_numbers_have_errors():
    real, fake = points(2), points(3, 50)
    errors = neighbourhood_errors(real, fake, 3)
    assert precision_recall_estimate(real, fake) == tuple(
        map(Estimate, precision_recall(real, fake), (errors.precision, errors.recall))
    )
    errors = neighbourhood_errors(real, fake, 5)
    assert density_coverage_estimate(real, fake) == tuple(
        map(Estimate, density_coverage(real, fake), (errors.density, errors.coverage))
    )


@pytest.mark.parametrize("sizes", [(60, 60), (40, 120), (120, 40)])
@pytest.mark.parametrize(("scale", "shift"), [(1, 0), (1.3, 0.5)])
@pytest.mark.parametrize("name", NAMES)
def test_error_is_the_spread_of_independent_samples(sizes, scale, shift, name):
    def compare(rng):
        real = rng.standard_normal([sizes[0], 6])
        fake = scale * rng.standard_normal([sizes[1], 6]) + shift
        return neighbourhood_estimates(real, fake, 3)[NAMES.index(name)]

    assert 1 / 1.6 < ratio_to_spread(compare, 40) < 1.6  # of 40 draws, a deviation of 11 %


def test_seed_draws_the_halves_only():
    real, fake = points(4), points(5)
    first, second = neighbourhood_estimates(real, fake), neighbourhood_estimates(real, fake, seed=1)
    assert first == neighbourhood_estimates(real, fake)
    for a, b in zip(first, second, strict=True):
        assert a.value == b.value
        assert a.error != b.error


def test_no_error_of_too_few_or_too_many(monkeypatch):
    few = neighbourhood_estimates(points(0, 11), points(1, 40))
    assert {estimate.error for estimate in few} == {None}
    assert None not in {e.error for e in neighbourhood_estimates(points(0, 12), points(1, 40))}
    monkeypatch.setattr(module, "HELD", 39)
    many = neighbourhood_estimates(points(0, 12), points(1, 40))
    assert {estimate.error for estimate in many} == {None}


def test_same_far_and_constant():
    x = points(6)
    values = lambda a, b: [estimate.value for estimate in neighbourhood_estimates(a, b)]  # noqa: E731
    assert values(x, x) == [1, 1, 1, 1]
    assert values(x, x + 1000) == [0, 0, 0, 0]
    same = np.ones([20, 3])
    assert values(same, same) == [1, 1, 0, 0]  # balls without a rim are empty


@pytest.mark.parametrize(
    ("real", "fake", "k"),
    [
        (points(0, 5), points(1), 5),
        (points(0), points(1, 5), 5),
        (points(0), points(1), 0),
        (points(0), points(1, d=3), 5),
        (points(0), points(1) * np.inf, 5),
    ],
)
def test_wrong_sides(real, fake, k):
    with refused():
        neighbourhood_estimates(real, fake, k)


def brute(real, fake, k):
    """(precision, recall) by loops."""
    distance = lambda a, b: np.linalg.norm(a[:, None] - b[None], axis=-1)  # noqa: E731
    ball = lambda x: np.sort(distance(x, x), axis=1)[:, k]  # noqa: E731
    covered = lambda probes, x: (distance(probes, x) <= ball(x)).any(axis=1).mean()  # noqa: E731
    return covered(fake, real), covered(real, fake)


@pytest.mark.parametrize("k", [1, 3])
def test_against_loops(k):
    real, fake = points(0), points(1, n=45) * 1.5
    assert precision_recall(real, fake, k, half=False) == brute(real, fake, k)


def test_same_and_far():
    x = points(2)
    assert precision_recall(x, x) == (1, 1)
    assert precision_recall(x, x + 100) == (0, 0)


def test_dropped_modes_cost_recall_only():
    real = np.concatenate([points(3), points(4) + 50])
    precision, recall = precision_recall(real, points(5) * 0.5, half=False)
    assert precision == 1
    assert recall <= 0.5


def test_blocks_cover_everything():
    a, b = points(6, n=7), points(7, n=5)
    blocks = list(distance_blocks(a, b, block=12))
    assert [rows.stop - rows.start for rows, _ in blocks] == [2, 2, 2, 1]
    found = np.concatenate([d for _, d in blocks])
    np.testing.assert_allclose(found, np.linalg.norm(a[:, None] - b[None], axis=-1), atol=1e-12)


def test_half_keeps_its_type():
    x = points(8).astype(np.float16)
    assert radii(x, 3).dtype == np.float16
    assert inside(x, x, radii(x, 3)).all()


def test_too_few():
    with refused("3"):
        precision_recall(points(0, n=3), points(1))
