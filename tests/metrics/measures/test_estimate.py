"""Estimates: shares, the best of several, differences."""

import numpy as np
import pytest

from ada_tf.metrics.measures.estimate import Estimate, Scored, as_good, best_of, difference, share
from tests.metrics.spread import ratio_to_spread

# The best of noisy scores is better by more than they can err.


def scored(values, error=None):
    return [Scored(100 * i, Estimate(value, error)) for i, value in enumerate(values)]


def test_a_score_that_is_no_number_is_never_the_best():
    nan, good = (Scored(i, Estimate(value, 0.1)) for i, value in enumerate((float("nan"), 3.0)))
    assert best_of([nan, good]) is good
    assert best_of([good, nan]) is good
    assert best_of([nan]) is None


@pytest.mark.parametrize(
    ("values", "error", "best"),
    [
        ([3, 1, 2], None, 100),
        ([3, 1, 1], None, 100),  # the first of equals
        ([3, 1, 0.5, 2], 0.4, 100),  # 0.5 is within sqrt(2) * 0.4 of 1
        ([3, 1, 0.4, 2], 0.4, 200),
        ([3, 2.7, 2.4, 2.1], 0.4, 200),  # steps within the errors add up: 2.4 beats 3
        ([3], 0.4, 0),
    ],
)
def test_lower_is_better_beyond_the_errors(values, error, best):
    found = scored(values, error)
    assert best_of(found).images == best
    assert best_of(reversed(found)).images == best
    upside_down = scored([-value for value in values], error)
    assert best_of(upside_down, higher_is_better=True).images == best


def test_none():
    assert best_of([]) is None


def test_those_that_cannot_be_told_from_the_best():
    found = scored([3, 1, 0.5, 2], 0.4)
    assert [one.images for one in as_good(found, found[1])] == [200]


def test_differences():
    assert difference(Estimate(5, 3), Estimate(1, 4)) == Estimate(4, 5)
    assert difference(Estimate(5, 3), Estimate(1)) == Estimate(4, None)


def test_an_error_may_be_unknown():
    assert Estimate(1.5) == Estimate(1.5, None)
    assert Estimate(1.5, 0.1) != Estimate(1.5)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.98])
def test_error_of_a_share(part):
    assert 0.85 < ratio_to_spread(lambda rng: share(rng.random(60) < part), 400) < 1.2


def test_a_share_of_few():
    assert share([True, False, False, False]).value == 0.25
    for hits in (np.zeros(10), np.ones(10)):  # none of ten is not certain
        assert 0.05 < share(hits).error < 0.1
