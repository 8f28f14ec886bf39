"""What experiments/shapes counts as read right."""

import numpy as np
import pytest

from experiments.shapes import reader


def test_classes_are_read_by_the_largest_number():
    asked = np.eye(3)[[0, 1, 2, 2]]
    read = np.array([[0.2, 0.1, 0.1], [0.4, 0.5, 0], [0, 0.6, 0.5], [-1, -1, -0.9]])
    assert reader.right(read, asked, (), 3) == {"class": 0.75}


def test_a_switch_counts_as_much_on_as_off():
    asked = np.array([0, 0, 0, 1.0])[:, None]
    assert reader.right(0 * asked, asked, ("ears",), 0) == {"ears": 0.5}
    assert reader.right(asked, asked, ("ears",), 0) == {"ears": 1.0}
    assert reader.right(1 - asked, asked, ("ears",), 0) == {"ears": 0.0}


def test_a_value_is_right_if_it_is_close():
    asked = np.array([-1, -0.2, 0.3, 1.0])[:, None]
    read = asked + np.array([0.4, -0.4, 0.6, -0.6])[:, None]
    assert reader.right(read, asked, ("tilt",), 0) == {"tilt": 0.5}


@pytest.mark.parametrize("classes", [0, 2])
def test_attributes_come_after_the_classes(classes):
    asked = np.array([[1, 0, 1], [0, 1, 0]])[:, 2 - classes :]
    found = reader.right(asked, asked, ("ears",), classes)
    assert found == {**({"class": 1.0} if classes else {}), "ears": 1.0}
