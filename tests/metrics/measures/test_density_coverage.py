import numpy as np
import pytest

from ada_tf.errors import UserError
from ada_tf.metrics.measures.precision_recall import density_coverage, precision_recall


def points(seed, n=60, d=4):
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
    real, fake = points(0), points(1, fakes) * 1.25 + 0.75
    found = density_coverage(real, fake, k)
    np.testing.assert_allclose(found, direct(real, fake, k), rtol=1e-12)
    assert 0 < found[0] != 1
    assert 0 < found[1] < 1


def test_five_neighbours_unless_said():
    real, fake = points(0), points(1)
    assert density_coverage(real, fake) == density_coverage(real, fake, 5)
    assert density_coverage(real, fake) != density_coverage(real, fake, 4)


def test_same_and_far():
    """In its ball lie an image itself and the nearer ones of its k neighbours: k in all."""
    real = points(2)
    assert density_coverage(real, real) == (1, 1)
    assert density_coverage(real, real + 1000) == (0, 0)


def test_samples_of_one_distribution():
    """Lemma 2 of the paper: a ball is empty if the k nearest of all other images are reals."""
    n, m, k = 300, 200, 3
    trials = [density_coverage(points(i, n), points(1000 + i, m), k) for i in range(40)]
    steps = np.arange(1, k + 1)
    expected = 1, 1 - np.prod((n - steps) / (n + m - steps))
    error = np.std(trials, axis=0) / np.sqrt(len(trials))
    assert (np.abs(np.mean(trials, axis=0) - expected) < 4 * error).all()
    assert (error < 0.01).all()


def test_a_real_outlier_lets_nothing_in():
    """Its ball, which reaches to the others, is worth one ball of many, and one real of many."""
    real, fake = points(3), points(4) * 0.05 + 6  # apart from the reals
    far = np.concatenate([real, np.full([1, 4], 12.0)])
    assert precision_recall(far, fake, 3, half=False)[0] == 1
    density, coverage = density_coverage(far, fake)
    assert density <= 1 / 5
    assert coverage == 1 / len(far)


def test_fake_outliers_cover_nothing():
    """One fake far away makes all reals part of the fakes for recall, and none for coverage."""
    real, fake = points(5), points(6) * 0.05 + 40
    spread = np.concatenate([fake, np.full([4, 4], -1000.0) + points(7, 4)])
    assert precision_recall(real, spread, 5, half=False)[1] == 1
    assert density_coverage(real, spread) == (0, 0)


def test_dropped_modes_cost_coverage_only():
    real = np.concatenate([points(3), points(4) + 50])
    density, coverage = density_coverage(real, points(5) * 0.5)
    assert density >= 1
    assert coverage <= 0.5


def test_too_few():
    with pytest.raises(UserError, match="5 images have no 5 neighbours"):
        density_coverage(points(0, n=5), points(1))
