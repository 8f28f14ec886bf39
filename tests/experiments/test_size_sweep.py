"""The table of experiments/size_sweep."""

import pytest

from experiments.size_sweep import card, figures, longer, run

MEANS = {"training": 3.0, "held_out": 0.0, "generated": -1.0}
D = {kind: {"mean": mean, "sign": mean / 4} for kind, mean in MEANS.items()}


def line(name, images, kid, copies=(0, 10, 1.0)):
    fixed = {"precision": [0.5, 0.1], "recall": [0.1, 0.1]} | {
        "met": 0.9,
        "new": 0.8,
        "new_drawn": 1,
    }
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
    assert "| 10% | 0.75 | 0.25 |" in without
    assert "| 10% |" in without


@pytest.mark.parametrize("figure", [figures.quality, figures.memory])
def test_figures_need_no_complete_results(figure, tmp_path):
    figure(figures.by_run(RESULTS)).savefig(tmp_path / "figure.png")


def test_runs_are_different_ones():
    every = run.sweep()
    assert len({r.name for r in every}) == len({r.flags for r in every}) == len(every) == 14


def test_the_longer_pair_are_runs_of_the_sweep():
    flags = {r.flags for r in run.sweep()}
    pair = longer.every()
    assert len({r.flags for r in pair} & flags) == len(pair) == 2
    assert {r.kimg for r in pair} == {2 * run.KIMG}


PACE, START = {"noaug": 1.0, "ada": 3.0}, {"noaug": 60.0, "ada": 100.0}


def test_a_card_has_all_runs_if_there_is_time():
    # What is left pays for 14 starts and 14 runs, of which 20 kimg of two are done.
    seconds = 7 * 160 + 7 * 4 * 1040 - 20 * 4
    some = card.plan(run.sweep(), PACE, START, seconds)
    assert {r.kimg for r in some} == {1040}
    assert len(some) == 14
    assert {r.kimg for r in card.plan(run.sweep(), PACE, START, seconds - 1)} == {1000}


def test_a_card_has_fewer_runs_if_there_is_not():
    seconds = 3 * 160 + 3 * 4 * 1000 - 20 * 4
    assert [r.kimg for r in card.plan(run.sweep(), PACE, START, seconds)] == [1000] * 6
    assert [r.kimg for r in card.plan(run.sweep(), PACE, START, seconds - 1)] == [1480] * 4


def test_a_card_has_at_least_a_pair():
    some = card.plan(run.sweep(), PACE, START, 600.0)
    assert [r.name for r in some] == [r.name for r in run.sweep()[:2]]
    assert {r.kimg for r in some} == {120}


def test_a_card_begins_with_the_pictures_that_turn_in_time():
    pictures = [r.name.split("-")[0] for r in run.sweep(order=card.ORDER)]
    assert pictures[:2] == ["01000", "01000"]
    assert pictures[-1] == "10000"
