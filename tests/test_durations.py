"""Durations in words."""

import pytest

from ada_tf.durations import in_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 s"),
        (4.04, "4 s"),
        (119, "119 s"),
        (120, "2 min"),
        (150, "2.5 min"),
        (7199, "120 min"),
        (7200, "2 h"),
        (41 * 3600, "41 h"),
        (8.06 * 86400, "8.1 days"),
        (300 * 86400, "300 days"),
        (3.0 * 365.25 * 86400, "3 years"),
        (1e12, "31,688 years"),
    ],
)
def test_in_words(seconds, words):
    assert in_words(seconds) == words


def test_longer_is_never_told_as_shorter():
    """Across the borders of units."""
    units = {"s": 1, "min": 60, "h": 3600, "days": 86400, "years": 365.25 * 86400}
    told = []
    for step in range(400):
        number, unit = in_words(1.07**step).split()
        told.append(float(number.replace(",", "")) * units[unit])
    assert told == sorted(told)
