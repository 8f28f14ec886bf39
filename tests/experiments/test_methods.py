"""The runs of experiments/methods can be trained, and are different ones."""

import pytest
from absl import flags

from ada_tf.cli import _program, train
from ada_tf.training.consistency import check
from ada_tf.training.presets import preset
from experiments.methods import run

RUNS = {r.name: r for r in run.every()}


def config_of(name):
    values = flags.FlagValues()
    train.define_flags(values)
    _program.parse_flags(["ada-train", *RUNS[name].flags], values=values)
    given = train.settings_of(values)
    return preset(given.pop("preset"), channels=3, resolution=32, settings=given)


@pytest.mark.parametrize("method", run.METHODS)
def test_settings_go_together(method):
    alone = config_of(f"100-{method}-alone-0")
    check(alone)
    if run.METHODS[method][1] is None:
        return
    beside = config_of(f"100-{method}-ada-0")
    check(beside)
    assert alone != beside
    assert beside.augment.mode == "ada"


def test_names_are_different():
    places = sum(place is not None for method in run.METHODS.values() for place in method)
    assert len(RUNS) == len(run.every()) == places * 2 * 3
