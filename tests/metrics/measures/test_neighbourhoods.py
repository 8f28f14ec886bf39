import dataclasses

import numpy as np
import pytest

from ada_tf.errors import UserError
from ada_tf.metrics.measures import precision_recall as module
from ada_tf.metrics.measures import samples
from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.metrics.measures.precision_recall import (
    Neighbourhoods,
    density_coverage,
    density_coverage_estimate,
    neighbourhood_errors,
    neighbourhood_estimates,
    neighbourhoods,
    precision_recall,
    precision_recall_estimate,
)
from tests.metrics.spread import ratio_to_spread

NAMES = [field.name for field in dataclasses.fields(Neighbourhoods)]


def points(seed, n=60, d=4):
    return np.random.default_rng(seed).standard_normal([n, d])


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
    ("real", "fake", "k", "sentence"),
    [
        (points(0, 5), points(1), 5, "5 images have no 5 neighbours"),
        (points(0), points(1, 5), 5, "5 images have no 5 neighbours"),
        (points(0), points(1), 0, "neighbours=0 must be at least 1"),
        (points(0), points(1, d=3), 5, "real has 4 features and fake 3"),
        (points(0), points(1) * np.inf, 5, "fake must be finite"),
    ],
)
def test_wrong_sides(real, fake, k, sentence):
    with pytest.raises(UserError, match=sentence):
        neighbourhood_estimates(real, fake, k)
