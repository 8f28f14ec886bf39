import numpy as np
import pytest

from ada_tf.data.creatures import CHOICES, MAX_NUMBER, RANGES, attributes, creature

MANY = 4000


@pytest.fixture(scope="module")
def many():
    return attributes(range(MANY))


def test_a_number_is_one_creature():
    assert creature(3) == creature(3)
    assert creature(3) != creature(4)
    assert creature(MAX_NUMBER).number == MAX_NUMBER


@pytest.mark.parametrize("name", CHOICES)
def test_all_values_are_equally_frequent(many, name):
    counts = np.array([np.count_nonzero(many[name] == value) for value in CHOICES[name]])
    assert counts.sum() == MANY
    expected = MANY / len(counts)
    # Within 4.5 standard deviations of a binomial count.
    assert np.abs(counts - expected).max() < 4.5 * np.sqrt(expected)


@pytest.mark.parametrize("name", RANGES)
def test_ranges_are_filled_evenly(many, name):
    low, high = RANGES[name]
    part = (many[name] - low) / (high - low)
    assert part.min() >= 0
    assert part.max() <= 1
    np.testing.assert_allclose(np.quantile(part, [0.1, 0.5, 0.9]), [0.1, 0.5, 0.9], atol=0.03)


def test_attributes_do_not_depend_on_each_other(many):
    names = [*CHOICES, *RANGES]
    ranks = [np.unique(many[name], return_inverse=True)[1] for name in names]
    found = np.corrcoef(ranks) - np.eye(len(names))
    assert np.abs(found).max() < 5 / np.sqrt(MANY)


def test_there_are_over_a_million_combinations():
    assert np.prod([len(values) for values in CHOICES.values()]) > 10_000_000


def test_a_fixed_attribute_changes_no_other():
    one, other = creature(5), creature(5, body="ghost", tilt=0.0)
    changed = {name for name in (*CHOICES, *RANGES) if getattr(one, name) != getattr(other, name)}
    assert changed == {"body", "tilt"}
