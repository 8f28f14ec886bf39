"""Tables that anybody may add to."""

import pytest

from ada_tf.errors import UserError
from ada_tf.registry import Registry, UnknownName
from tests.sentences import refused


def colours() -> Registry:
    table = Registry("colour")
    for name in ("red", "green", "blue"):
        table.add(name, name.upper())
    return table


def test_rows_come_back_in_the_order_of_registration():
    table = colours()
    assert list(table) == ["red", "green", "blue"]
    assert list(table.values()) == ["RED", "GREEN", "BLUE"]
    assert table.add("amber", "AMBER") == table["amber"] == "AMBER"
    assert list(table)[-1] == "amber"


def test_a_name_that_is_taken_keeps_its_row():
    table = colours()
    with refused("'red'"):
        table.add("red", "another")
    assert table["red"] == "RED"


@pytest.mark.parametrize("name", ["", "1red", "dark red", "dark-red", "../red", "r" * 41, None, 3])
def test_a_malformed_name_is_refused(name):
    table = colours()
    with refused("40"):
        table.add(name, "row")
    assert list(table) == ["red", "green", "blue"]


def test_a_table_may_have_names_of_another_form():
    table = Registry("size", form="[0-9]+px")
    table.add("16px", 16)
    with refused("'large'", "[0-9]+px"):
        table.add("large", 99)


def test_an_unknown_name_lists_those_that_exist():
    table = colours()
    with pytest.raises(UnknownName) as caught:
        _ = table["gren"]
    assert isinstance(caught.value, UserError)
    sentence = "there is no colour 'gren', only red, green, blue; did you mean 'green'?"
    assert str(caught.value) == sentence
    with pytest.raises(UnknownName, match="^there is no colour 3, only red, green, blue.$"):
        _ = table[3]
    assert table.get("gren") is None
    assert "gren" not in table


def test_a_name_of_a_stranger_is_shown_short_and_in_one_line():
    with pytest.raises(UnknownName) as caught:
        _ = colours()["x\n" * 1000]
    assert len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)
