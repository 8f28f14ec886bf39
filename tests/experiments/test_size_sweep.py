"""The table of experiments/size_sweep."""

import pytest

from experiments.size_sweep import figures, run

D = {"training": {"sign": 1.0}, "held_out": {"sign": -0.5}, "generated": {"sign": -1.0}}


def line(name, images, kid, copies=(0, 10, 1.0)):
    fixed = {"precision": [0.5, 0.1], "recall": [0.5, 0.1]} | {"met": 0.9, "new": 0.8}
    fixed |= {"d": D, "p": 0.25, "minutes": 20.0, "copies": list(copies)}
    return {"run": name, "images": images, "kid": [kid, 0.002], "kid_training": [0.01, 0], **fixed}


RESULTS = [
    line("00100-noaug-0", 300_000, 0.08, (110, 10, 0.001)),
    line("00100-noaug-0", 40_000, 0.05),
    line("00100-ada-0", 300_000, 0.03),
    line("00300-ada-0", 40_000, 0.04),
]


def test_the_best_state_need_not_be_the_last():
    row = figures.table(figures.by_run(RESULTS)).splitlines()
    (without,) = [r for r in row if "| no |" in r]
    assert "50 ± 2 at 40 | 80 ± 2" in without
    assert "+1.00, -0.50, -1.00" in without
    assert "| 10% |" in without


@pytest.mark.parametrize("figure", [figures.quality, figures.memory])
def test_figures_need_no_complete_results(figure, tmp_path):
    figure(figures.by_run(RESULTS)).savefig(tmp_path / "figure.png")


def test_runs_are_different_ones():
    every = run.sweep()
    assert len({r.name for r in every}) == len({r.flags for r in every}) == len(every) == 14
