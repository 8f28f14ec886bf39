"""One setting: which values it has, in words and in texts."""

import dataclasses
import math

import pytest

from ada_tf.registry import Registry
from ada_tf.settings import Named, SettingError, check, leaves, setting
from tests.sentences import refused


def only(kind, **about):
    """The setting of a configuration that has one."""
    made = dataclasses.make_dataclass("Config", [("a", kind, setting(help="", **about))])
    return leaves(made)[0]


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        (float, {"at_least": 0}),
        (float, {"above": 0}),
        (float, {"at_least": 0, "at_most": 1}),
        (float, {"at_least": 0, "below": 1}),
        (float | None, {"above": 0, "at_most": 1}),
        (float, {}),
        (int, {"at_least": 1}),
        (int, {"at_least": -(2**63), "at_most": 3}),
        (int | str | None, {"only": bool, "only_words": "something"}),
        (str, {"choices": ("on", "off")}),
        (int | None, {"choices": (1, 3)}),
        (str, {}),
        (bool, {}),
        (tuple[int, int], {}),
        (tuple[float, ...], {"above": 0}),
    ],
)  # fmt: skip
def test_sentences_say_what_is_accepted(kind, about):
    with refused("a=nan", kind=SettingError):
        only(kind, **about).check(math.nan)


@pytest.mark.parametrize(
    ("kind", "about", "inside", "outside"),
    [
        (float, {"at_least": 0}, [0, 0.0, 3e38], [-1e-9, 4e38, math.inf, True, "1", None, 1j]),
        (float, {"above": 0}, [1e-30], [0, -1]),
        (float, {"below": 1}, [-3e38, 0.999], [1, -4e38, -math.inf]),
        (float, {"at_most": 1e60}, [1e60, 1e50], [1.1e60]),
        (float | None, {}, [None, -1.5], [math.nan]),
        (int, {}, [-5, 2**31 - 1], [2**31, 1.0, False]),
        (int | str, {"only": lambda v: int(v) % 3 == 0}, [3, "6"], [4, "7", 3.0, None, True]),
        (str, {"choices": ("on", "off")}, ["on"], ["", "ON", None, {}]),
        (int, {"choices": (1, 3)}, [1, 3], [2, "1", True]),
        (bool, {}, [True, False], [1, "true", None]),
        (
            tuple[int, int],
            {"at_least": 4},
            [(4, 8)],
            [(4,), (4, 8, 8), [4, 8], (4, 2), 4, (4, 8.0)],
        ),
        (tuple[float, ...], {}, [(), (1, 0.5)], [("1",), (math.nan,)]),
    ],
)
def test_values(kind, about, inside, outside):
    a = only(kind, **about)
    for value in inside:
        assert a.accepts(value), value
    for value in outside:
        assert not a.accepts(value), value


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (int, "12", 12),
        (float, "1e-3", 0.001),
        (float | None, "none", None),
        (float | None, "2", 2.0),
        (str, "none", "none"),
        (str | None, "None", None),
        (bool, "True", True),
        (bool, "false", False),
        (tuple[int, int], "4, 8", (4, 8)),
        (tuple[float, ...] | None, "1,0.5,2", (1.0, 0.5, 2.0)),
    ],
)
def test_texts(kind, text, value):
    found = only(kind).parse(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (int, "1.5"),
        (int, "none"),
        (int, "9999999999"),
        (float, "nan"),
        (float, "much"),
        (bool, "1"),
        (tuple[int, int], "4"),
        (int, "x" * 999),
    ],
)
def test_texts_that_stand_for_nothing(kind, text):
    with refused("a=", kind=SettingError):
        only(kind).parse(text)


@pytest.mark.parametrize(
    ("prefix", "value", "word"),
    [
        ("gamma", 0.5, "gamma0.5"),
        ("gamma", 10.0, "gamma10"),
        ("subset", 1000000, "subset1000000"),
        ("", "bgc", "bgc"),
        ("mirror", True, "mirror"),
        ("mirror", False, None),
        ("target", None, None),
        (None, 3, None),
    ],
)
def test_words_of_a_name(prefix, value, word):
    assert only(int, names_run=prefix).word(value) == word


def test_an_error_has_the_names_of_its_reader():
    error = SettingError(Named("batch", 7), " is no multiple of ", Named("batch_gpu"), ".")
    assert str(error) == "batch=7 is no multiple of batch_gpu."
    assert error.told({"batch": "B"}) == "B=7 is no multiple of batch_gpu."
    inside = error.inside("run")
    assert str(inside) == "run.batch=7 is no multiple of run.batch_gpu."
    assert (inside.path, type(inside)) == ("run.batch", SettingError)


def test_a_configuration_checks_itself():
    @dataclasses.dataclass(frozen=True)
    class Inner:
        a: int = setting(1, "", at_least=1)

        def __post_init__(self):
            check(self)

    @dataclasses.dataclass(frozen=True)
    class Outer:
        inner: Inner = Inner()
        b: str = setting("x", "", choices=("x", "y"))

        def __post_init__(self):
            check(self, free=["b"] if self.b == "free" else [])

    Outer(Inner(2), "y")
    Outer(b="free")
    for wrong in (
        lambda: Inner(0),
        lambda: Outer({"a": 1}),
        lambda: Outer(b="z"),
    ):
        with refused(kind=SettingError):
            wrong()


@pytest.mark.parametrize("of_table", [lambda table: table, lambda table: lambda: table])
def test_choices_follow_a_table(of_table):
    table = Registry("colour")
    table.add("red", 1)
    colour = only(str, choices=of_table(table))
    assert colour.accepts("red")
    assert not colour.accepts("blue")
    table.add("blue", 2)
    assert colour.accepts("blue")
    assert colour.accepted == "one of red, blue"
    assert colour.choices == ("red", "blue")
    with refused("a='green'", kind=SettingError):
        colour.check("green")
