"""The runs of experiments/methods can be trained, and are different ones."""

import itertools

import pytest

from ada_tf.cli import _command_line, train
from ada_tf.training.check_settings import check
from ada_tf.training.presets import preset
from experiments.methods import cost, run, table
from tests.experiments.test_size_sweep import line

RUNS = {r.name: r for r in run.every()}


def config_of(name):
    given = _command_line.parse(train.Flags, ["ada-train", *RUNS[name].flags]).asked
    return preset(given.pop("preset"), channels=3, resolution=32, settings=given)


@pytest.mark.parametrize("method", run.METHODS)
def test_settings_go_together(method):
    there = [
        config_of(f"100-{method}-{beside}-0")
        for beside, flags in zip(run.PLACES, run.METHODS[method], strict=True)
        if flags is not None
    ]
    for config in there:
        check(config)
    assert all(one != other for one, other in itertools.pairwise(there))
    if run.METHODS[method][1] is not None:
        assert there[-1].augment.mode == "ada"


def test_names_are_different():
    places = sum(place is not None for method in run.METHODS.values() for place in method)
    assert len(RUNS) == len(run.every()) == places * 2 * 3 == len(cost.turns()) * 6


def test_kid_of_a_slower_method_is_read_between_its_states():
    lines = [{"images": 100_000, "kid": [0.08]}, {"images": 180_000, "kid": [0.02]}]
    assert table.kid_after(lines, 140) == pytest.approx(40)
    assert table.kid_after(lines, 180) == pytest.approx(20)


RESULTS = [
    line("100-nothing-alone-0", 180_000, 0.05),
    line("100-nothing-alone-1", 180_000, 0.07),
    line("100-lecam-ada-0", 90_000, 0.06),
    line("100-lecam-ada-0", 180_000, 0.03),
    line("100-apa-ada-0", 120_000, 0.03),
]


COSTS = {"nothing-alone": 0.0, "lecam-ada": 1.0}


def test_a_row_a_method_of_runs_that_are_done():
    rows = table.table(table.by_method(RESULTS), COSTS, 100).splitlines()[2:]
    assert rows == [
        "| nothing | alone | 60 ± 14 | 60 | 0.10 | 0.0% | 0.25 | 2 |",
        "| lecam | with ADA | 30 ± 2 | 60 | 0.10 | 0.0% | 0.25 | 1 |",
    ]


def test_the_figure_has_what_is_done():
    images, minutes = table.figure(table.by_method(RESULTS), COSTS, 100).axes
    assert [label.get_text() for label in images.get_yticklabels()] == ["nothing", "lecam"]
    assert images.get_ylim() == (1.5, -0.5)
    shown = [bars[0].get_xdata()[0] for bars in images.containers]
    assert shown == pytest.approx([50, 70, 30])
    dots = [line.get_xdata()[0] for line in minutes.lines if line.get_marker() != "None"]
    assert dots == pytest.approx([50, 70, 60])
