import pytest

from ada_tf.label_space import MAX_VECTOR, NO_LABELS, LabelSpace, counted
from tests.sentences import refused

RANGES = ((0.0, 1.0, 1.0), (-2.0, 0.5, 4.0))
BOTH = LabelSpace(2, ("cat", "dog"), ("smiling", "age"), RANGES)


def test_classes_come_before_attributes():
    assert BOTH.vector({1: 1}, {"age": 3, "smiling": 0}) == (0, 1, 0, 3)
    assert BOTH.vector({0: 0.25, 1: 0.75}, {"age": -1, "smiling": 1}) == (0.25, 0.75, 1, -1)
    assert BOTH.label_dim == 4


def test_what_is_left_out_is_as_most_images_have_it():
    assert BOTH.vector({0: 1}, {}) == (1, 0, 1, 0.5)
    assert LabelSpace(attributes=("a", "b")).vector({}, {"b": 2}) == (0, 2)


def test_classes_alone_are_numbers():
    assert LabelSpace(3).are_classes
    assert not BOTH.are_classes
    assert not LabelSpace(attributes=("a",)).are_classes
    assert not NO_LABELS.are_classes
    assert NO_LABELS.label_dim == 0


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1e7])
def test_values_that_no_label_has(value):
    with refused("label="):
        BOTH.vector({0: 1}, {"age": value})


def test_attributes_that_there_are_not():
    with refused("label='hat'"):
        BOTH.vector({0: 1}, {"hat": 1})


@pytest.mark.parametrize(
    ("space", "problem"),
    [
        (BOTH, None),
        (NO_LABELS, None),
        (LabelSpace(2), None),
        (LabelSpace(2, ("a",)), "are 1 names of 2 classes"),
        (LabelSpace(0, (), ("a", "a")), "two attributes of one name"),
        (LabelSpace(0, (), tuple(map(str, range(MAX_VECTOR + 1)))), "4097 numbers wide"),
        (LabelSpace(MAX_VECTOR, (), ("a",)), "4097 numbers wide"),
        (LabelSpace(MAX_VECTOR + 1), None),
        (LabelSpace(0, (), ("a", "b"), RANGES[:1]), "are 1 ranges of 2 attributes"),
        (LabelSpace(0, (), ("a",), ((0, float("nan"), 1),)), "ranges that end nowhere"),
        (LabelSpace(2, (), ("a",), (), ((1e6, 1e-9),)), None),
        (LabelSpace(2, (), ("a",), (), ((0, 1),) * 3), "have 3 scales of 1 attributes"),
        (LabelSpace(0, (), ("a",), (), ((float("nan"), 1),)), "scales that no number fits"),
        (LabelSpace(0, (), ("a",), (), ((1.1e6, 1),)), "scales that no number fits"),
        (LabelSpace(0, (), ("a",), (), ((0, 0),)), "scales that no number fits"),
        (LabelSpace(0, (), ("a",), (), ((0, 2e9),)), "scales that no number fits"),
        (LabelSpace(2, shares=(0.25, 0.75)), None),
        (LabelSpace(2, shares=(1,)), "have 1 shares of 2 classes"),
        (LabelSpace(2, shares=(1.5, -0.5)), "nothing can be dealt out by"),
        (LabelSpace(2, shares=(0, 0)), "nothing can be dealt out by"),
        (LabelSpace(2, shares=(float("nan"), 1)), "nothing can be dealt out by"),
    ],
)
def test_what_cannot_be_labels(space, problem):
    found = space.problem()
    assert found is None if problem is None else problem in found


def test_in_words():
    assert (BOTH.in_words(), NO_LABELS.in_words()) == ("2 classes, 2 attributes", "")
    assert (counted(1, 0), counted(0, 1)) == ("1 class", "1 attribute")
