"""Rules of settings that go together: the first broken one is told, with the settings it names."""

import pytest

from ada_tf.settings import Named, Rule, SettingError, refuse

RULES = (
    Rule(lambda s: s["a.b"] > 1, "{a.b} must be at most 1."),
    Rule(lambda s: s["a.b"] and s["c"], "Without {a.b=} or with {c}; take {c='x'} or {a.b=None}."),
)


def told(**settings):
    values = {"a.b": settings["ab"], "c": settings["c"]}
    with pytest.raises(SettingError) as caught:
        refuse(RULES, values, lambda s, path: s[path])
    return caught.value


def test_nothing_is_refused_while_no_rule_is_broken():
    refuse(RULES, {"a.b": 1, "c": ""}, lambda s, path: s[path])


def test_the_first_broken_rule_is_told():
    assert told(ab=2, c="y").args == (Named("a.b", 2), " must be at most 1.")


def test_settings_are_named_with_their_value_another_one_or_none():
    error = told(ab=1, c="y")
    assert str(error) == "Without a.b or with c='y'; take c='x' or a.b=None."
    assert error.told({"a.b": "--ab", "c": "cflag"}).startswith("Without --ab or with cflag='y'")
