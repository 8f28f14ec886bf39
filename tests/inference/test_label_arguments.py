"""Tests of label_arguments."""

import subprocess
import sys

import pytest

from ada_tf.inference.label_arguments import asked_label, attribute_values, class_number
from ada_tf.label_space import LabelSpace
from tests.sentences import refused

ANIMALS = ("cat", "great dog", "Cat")
# As folders are sorted: class 2 is called 10.
NUMBERS = ("0", "1", "10", "2")


@pytest.mark.parametrize(
    ("name", "names", "count", "number"),
    [
        *((name, ANIMALS, None, number) for number, name in enumerate(ANIMALS)),
        *((name, NUMBERS, None, number) for number, name in enumerate(NUMBERS)),
        ("2", ANIMALS, None, 2),
        ("2", (), 3, 2),
        ("02", (), 3, 2),
        ("cat", ("dog", "cat", "cat"), None, 1),  # of two that are alike the first
    ],
)
def test_a_class_has_a_number(name, names, count, number):
    assert class_number(name, names, count) == number


@pytest.mark.parametrize(
    ("name", "names", "count"),
    [
        ("bird", ANIMALS, None),
        ("3", ANIMALS, None),
        ("3", NUMBERS, None),
        ("02", NUMBERS, None),
        ("3", (), 3),
        ("-1", (), 3),
        ("1.0", (), 3),
        ("\u0661", (), 3),
        ("", (), 3),
        ("9" * 80, (), 3),
    ],
)
def test_another_one_is_told_which_there_are(name, names, count):
    with refused(f"class={name}"):
        class_number(name, names, count)


def test_at_most_ten_names_are_listed():
    names = [f"n{i}" for i in range(1000)]
    with refused("class="):
        class_number("x" * 1000, names)


def test_it_is_known_before_tensorflow():
    program = (
        "import sys, ada_tf; ada_tf.class_number; print({'tensorflow', 'numpy'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr


# Labels as people ask for them.

CLASSES = LabelSpace(3, ("cat", "dog", "a:1,b"))
NUMBERED = LabelSpace(3)
ATTRIBUTES = LabelSpace(
    attributes=("smiling", "hair = red"), ranges=((0.0, 1.0, 1.0), (0.0, 0.2, 1.0))
)
BOTH = LabelSpace(2, ("cat", "dog"), ("smiling", "age"), ((0.0, 0.0, 1.0), (-2.0, 0.5, 4.0)))


@pytest.mark.parametrize(
    ("space", "classes", "attributes", "label"),
    [
        (CLASSES, "dog", None, 1),
        (CLASSES, "2", None, 2),
        (CLASSES, "a:1,b", None, 2),
        (CLASSES, "dog:1", None, 1),
        (CLASSES, "dog:0.25,cat:0.75", None, (0.75, 0.25, 0)),
        (NUMBERED, "2:0.5, 0:0.5", None, (0.5, 0, 0.5)),
        (NUMBERED, "0:0.333,1:0.333,2:0.333", None, (0.333, 0.333, 0.333)),
        (ATTRIBUTES, None, "smiling:0", (0, 0.2)),
        (ATTRIBUTES, None, "hair = red:-1e2 , smiling:1", (1, -100)),
        (BOTH, "dog", None, (0, 1, 0, 0.5)),
        (BOTH, "1", "age:3", (0, 1, 0, 3)),
        (BOTH, "cat:0.5,dog:0.5", "smiling:1,age:0", (0.5, 0.5, 1, 0)),
    ],
)
def test_a_label(space, classes, attributes, label):
    assert asked_label(space, classes, attributes) == label


@pytest.mark.parametrize(
    ("space", "classes", "attributes"),
    [
        (CLASSES, None, None),
        (CLASSES, "hen", None),
        (CLASSES, "hen:0.5,dog:0.5", None),
        (CLASSES, "cat:0.5,dog:0.4", None),
        (CLASSES, "cat:1.5,dog:-0.5", None),
        (CLASSES, "dog:0.5,1:0.5", None),
        (CLASSES, "cat:x,dog:1", None),
        (CLASSES, "cat:nan,dog:1", None),
        (CLASSES, "cat:0.5,cat:0.5", None),
        (CLASSES, "cat", "smiling:1"),
        (ATTRIBUTES, "cat", None),
        (ATTRIBUTES, None, None),
        (ATTRIBUTES, None, "smiling"),
        (ATTRIBUTES, None, "smiling:"),
        (ATTRIBUTES, None, "hat:1"),
        (ATTRIBUTES, None, "smiling:1e9"),
        (BOTH, None, "age:1"),
    ],
)  # fmt: skip
def test_no_label(space, classes, attributes):
    with refused() as caught:
        asked_label(space, classes, attributes)
    assert len(str(caught.value)) < 300


def test_sentences_stay_short():
    with refused("label=") as caught:
        attribute_values("x" * 10_000)
    assert len(str(caught.value)) < 300


def test_it_imports_nothing_heavy():
    code = "import sys, ada_tf.inference.label_arguments; print({'tensorflow', 'numpy'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
