"""What the sweep counts as met and as new."""

import numpy as np

from experiments.attributes import TOGETHER, met, new


def of(*values):
    return {name: np.array(values) for name in TOGETHER}


def test_all_values_in_their_shares_are_met():
    assert met(of(0, 1, 1, 0), of(0, 0, 1, 1)) == 1


def test_what_is_drawn_too_seldom_is_missing():
    assert met(of(0, 0, 0, 1), of(0, 1, 0, 1)) == 0.75
    assert met(of(0, 0), of(0, 1)) == 0.5
    assert met(of(2, 2), of(0, 1)) == 0


def test_attributes_count_alike():
    read = {"body": np.array([0, 1]), "arms": np.array([0, 0])}
    assert met(read, {"body": np.array([0, 1]), "arms": np.array([1, 0])}) == 0.75


def test_new_is_what_was_not_seen_together():
    training = {**of(0, 1), "arms": np.array([0, 0])}
    assert new({**of(0, 1), "arms": np.array([1, 1])}, training) == 0  # arms are not looked at
    mixed = {**of(0, 1), "colour": np.array([1, 1])}  # each value is known
    assert new(mixed, training) == 0.5
