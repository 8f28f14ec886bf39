import numpy as np
import pytest

from ada_tf.metrics.measures.estimate import Estimate, share
from tests.metrics.spread import ratio_to_spread


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
