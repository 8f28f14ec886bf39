import subprocess
import sys

import pytest

from ada_tf.errors import UserError
from ada_tf.inference.label_arguments import class_number

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
    ("name", "names", "count", "words"),
    [
        ("bird", ANIMALS, None, "one of cat, great dog, Cat, or a number of 0 to 2"),
        ("3", ANIMALS, None, "one of cat, great dog, Cat, or a number of 0 to 2"),
        ("3", NUMBERS, None, "one of 0, 1, 10, 2"),
        ("02", NUMBERS, None, "one of 0, 1, 10, 2"),
        ("3", (), 3, "a number of 0 to 2"),
        ("-1", (), 3, "a number of 0 to 2"),
        ("1.0", (), 3, "a number of 0 to 2"),
        ("\u0661", (), 3, "a number of 0 to 2"),
        ("", (), 3, "a number of 0 to 2"),
        ("9" * 80, (), 3, "a number of 0 to 2"),
    ],
)
def test_another_one_is_told_which_there_are(name, names, count, words):
    with pytest.raises(UserError) as caught:
        class_number(name, names, count)
    assert str(caught.value) == f"class={name} must be {words}."


def test_at_most_ten_names_are_listed():
    names = [f"n{i}" for i in range(1000)]
    with pytest.raises(UserError) as caught:
        class_number("x" * 1000, names)
    listed = ", ".join(names[:10])
    assert str(caught.value) == (
        f"class={'x' * 80} must be one of {listed} and 990 more, or a number of 0 to 999."
    )


def test_it_is_known_before_tensorflow():
    program = (
        "import sys, ada_tf; ada_tf.class_number; print({'tensorflow', 'numpy'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr
