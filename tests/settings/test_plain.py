"""Configurations come back from JSON; what was never one is refused, see also tests/hostile."""

import dataclasses
import json

import pytest

from ada_tf.data import DataConfig
from ada_tf.settings import from_dict, to_dict
from ada_tf.training.config import RunConfig
from ada_tf.training.presets import NAMES, preset
from tests.sentences import refused


@pytest.mark.parametrize("name", NAMES)
def test_configurations_come_back(name):
    config = preset(name, data=DataConfig("photos", resolution=64, channels=3))
    assert from_dict(RunConfig, json.loads(json.dumps(to_dict(config)))) == config


@dataclasses.dataclass(frozen=True)
class Inner:
    count: int = 1


@dataclasses.dataclass(frozen=True)
class Outer:
    share: float
    inner: Inner = Inner()
    limit: float | None = None
    name: str = ""
    on: bool = False
    sides: tuple[int, int] = (4, 4)
    bands: tuple[float, ...] | None = None


@pytest.mark.parametrize(
    "values",
    [
        {"share": 1.5},
        {"share": 2},  # a whole number is a number
        {"share": 0.0, "limit": None, "on": True},
        {"share": -1e30, "limit": 3, "inner": {"count": 10**9}},
        {"share": 1.0, "inner": {}},
    ],
)
def test_values_of_the_types_are_kept(values):
    built = from_dict(Outer, values)
    for name, value in values.items():
        if name != "inner":
            assert getattr(built, name) is value
    assert built.inner == Inner(**values.get("inner", {}))


def test_tuples_come_back_from_json():
    ours = Outer(0.5, sides=(4, 8), bands=(0.5, 1))
    assert from_dict(Outer, json.loads(json.dumps(to_dict(ours)))) == ours


@pytest.mark.parametrize(
    "values",
    [
        [],
        {},
        {"shares": 1},
        {"share": True},
        {"share": "1"},
        {"share": None},
        {"share": float("nan")},
        {"share": float("-inf")},
        {"share": 1, "limit": "x"},
        {"share": 1, "limit": float("nan")},
        {"share": -1e300},  # not of the device
        {"share": 1, "inner": {"count": 2**31}},
        {"share": 1, "sides": [4]},
        {"share": 1, "sides": [4, 8.0]},
        {"share": 1, "sides": 4},
        {"share": 1, "name": 3},
        {"share": 1, "on": 1},
        {"share": 1, "inner": 3},
        {"share": 1, "inner": {"count": 1.0}},
        {"share": 1, "inner": {"count": False}},
    ],
)
def test_other_values_are_a_sentence(values):
    with refused():
        from_dict(Outer, values)
