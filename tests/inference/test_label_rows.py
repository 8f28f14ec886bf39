"""Grids with a row for each class or attribute."""

import numpy as np
import pytest

from ada_tf.inference.label_rows import MOST, STEPS, attribute_rows, class_rows
from ada_tf.label_space import LabelSpace
from tests.sentences import refused

BOTH = LabelSpace(2, ("cat", "dog"), ("smiling", "age"), ((0.0, 0.0, 1.0), (-2.0, 0.5, 4.0)))


def test_a_row_for_each_class_and_a_column_for_each_seed():
    rows = class_rows(LabelSpace(3), [7, 8], {})
    assert (rows.seeds, rows.columns) == ([7, 8, 7, 8, 7, 8], 2)
    np.testing.assert_array_equal(rows.labels, [0, 0, 1, 1, 2, 2])
    assert rows.labels.dtype.kind == "i"


def test_rows_of_classes_may_have_attributes():
    rows = class_rows(BOTH, [7], {"age": 1})
    np.testing.assert_array_equal(rows.labels, [[1, 0, 0, 1], [0, 1, 0, 1]])


def test_a_row_for_each_attribute_from_low_to_high():
    rows = attribute_rows(BOTH, [7, 8], (0, 1, 0, 0.5))
    assert (len(rows.seeds), rows.columns) == (4 * STEPS, STEPS)
    labels = rows.labels.reshape(2, 2, STEPS, 4)
    seeds = np.reshape(rows.seeds, (2, 2, STEPS))
    assert (seeds == np.array([7, 8])[:, None]).all()
    np.testing.assert_allclose(labels[0, :, :, 2], [np.linspace(0, 1, STEPS)] * 2, rtol=1e-6)
    np.testing.assert_allclose(labels[1, :, :, 3], [np.linspace(-2, 4, STEPS)] * 2, rtol=1e-6)
    assert (labels[..., :2] == [0, 1]).all()
    assert (labels[0, ..., 3] == 0.5).all()
    assert (labels[1, ..., 2] == 0).all()


@pytest.mark.parametrize(
    "make",
    [
        lambda: class_rows(LabelSpace(attributes=("a",)), [1], {}),
        lambda: class_rows(LabelSpace(3), [1], {"age": 1}),
        lambda: class_rows(LabelSpace(MOST + 1), [1], {}),
        lambda: attribute_rows(LabelSpace(3), [1], (1, 0, 0)),
        lambda: attribute_rows(LabelSpace(attributes=("a",)), [1], (0,)),
        lambda: attribute_rows(BOTH, range(MOST), (0, 1, 0, 0)),
    ],
)  # fmt: skip
def test_rows_that_cannot_be(make):
    with refused():
        make()
