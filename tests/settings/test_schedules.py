"""Settings over time: by hand, as text, inside of a configuration, and what is refused."""

import dataclasses
import json
import math

import pytest

from ada_tf.errors import UserError
from ada_tf.settings import (
    Schedule,
    SettingError,
    at,
    check,
    from_dict,
    leaves_by_path,
    peaks,
    scheduled,
    setting,
    to_dict,
    value_at,
)
from tests.sentences import refused


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("constant:0.3", {0: 0.3, 5_000: 0.3, 10**9: 0.3}),
        ("linear:1@0,0@10", {0: 1, 2_500: 0.75, 10_000: 0, 11_000: 0}),
        ("linear:1@2,3@4,0@10", {0: 1, 2_000: 1, 3_000: 2, 4_000: 3, 7_000: 1.5, 99_000: 0}),
        ("cosine:2@0,0@8", {0: 2, 2_000: 1 + math.sqrt(0.5), 4_000: 1, 8_000: 0, 9_000: 0}),
        ("steps:1@0,0.1@200,0.2@300", {0: 1, 199_999: 1, 200_000: 0.1, 299_999: 0.1, 300_000: 0.2}),
    ],
)
def test_numbers_by_hand(text, points):
    schedule = Schedule.parse(text)
    assert {images: schedule(images) for images in points} == pytest.approx(points)
    assert str(schedule) == text
    assert Schedule.parse(str(schedule)) == schedule


def test_text_keeps_every_bit():
    schedule = Schedule("linear", (0.1 + 0.2, 1e-17, 1 / 3), (0, 1 / 7, 1e6))
    assert Schedule.parse(str(schedule)) == schedule


@pytest.mark.parametrize(
    "text",
    [
        "0.1",
        "sine:1@0",
        "linear:1@0,x@2",
        "linear:1@0,nan@2",
        "linear:1@0,inf@2",
        "linear:1@0,2@y",
        "linear:",
        "linear:1@3,2@3",
        "linear:1,2",
        "linear:1@-1,2@3",
        "constant:1@0,2@1",
        "linear:" + ",".join(f"1@{i}" for i in range(65)),
    ],
)
def test_what_is_no_schedule_is_a_sentence(text):
    with refused():
        Schedule.parse(text)


def test_it_is_true_unless_it_is_0_throughout():
    assert Schedule.parse("linear:0@0,1@5")
    assert not Schedule.parse("linear:0@0,0@5")


@dataclasses.dataclass(frozen=True)
class Inner:
    rate: float = setting(0.5, "Rate.", above=0, at_most=1, scheduled=True, names_run="rate")
    limit: float | None = setting(None, "Limit.", at_least=0, scheduled=True)
    fixed: float = setting(1.0, "Fixed.")

    def __post_init__(self):
        check(self)


@dataclasses.dataclass(frozen=True)
class Outer:
    inner: Inner
    count: int = 3

    def __post_init__(self):
        check(self)


DOWN = Schedule.parse("linear:1@0,0.5@10")


def test_a_configuration_with_schedules_survives_a_file():
    config = Outer(Inner(rate=DOWN, limit=Schedule.parse("steps:0@0,4@2")))
    plain = json.loads(json.dumps(to_dict(config)))
    assert plain == {
        "inner": {"rate": "linear:1@0,0.5@10", "limit": "steps:0@0,4@2", "fixed": 1.0},
        "count": 3,
    }
    assert from_dict(Outer, plain) == config


def test_numbers_at_a_place():
    config = Inner(rate=DOWN)
    assert scheduled(config) == {"rate": DOWN}
    assert vars(at(config, 5_000)) == {"rate": 0.75, "limit": None, "fixed": 1.0}
    assert peaks(config).rate == 1
    assert peaks(Inner()) == Inner()
    assert (value_at(DOWN, 5_000), value_at(0.2, 5_000), value_at(None, 5_000)) == (0.75, 0.2, None)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("inner.rate", "linear:1@0,0@10"),  # 0 is not above 0
        ("inner.rate", "linear:1.5@0,1@10"),
        ("inner.rate", "bogus:1@0"),
        ("inner.limit", "linear:none@0"),
        ("inner.fixed", "linear:1@0"),
        ("count", "steps:1@0,2@5"),
    ],
)
def test_every_value_is_checked_against_the_bounds_of_its_setting(path, text):
    with pytest.raises(SettingError) as caught:
        leaves_by_path(Outer)[path].parse(text)
    assert caught.value.path == path
    head, _, name = path.rpartition(".")
    values = {name: text} if not head else {head: {name: text}}
    with pytest.raises(UserError):
        from_dict(Outer, {"inner": {}, **values})


def test_flags_take_the_text_and_runs_are_named_by_its_ends():
    rate = leaves_by_path(Outer)["inner.rate"]
    assert rate.parse("linear:1@0,0.5@10") == DOWN
    assert rate.parse("0.25") == 0.25
    assert rate.word(DOWN) == "rate1-linear-0.5"
    assert "or a schedule" in rate.accepted
    assert "schedule" not in leaves_by_path(Outer)["inner.fixed"].accepted
