"""What experiments/leak counts as turned, recoloured and cut."""

import numpy as np
import pytest

from experiments.leak import figures, measure, pictures, run


class Reader:
    """Says of every picture what was given to it: degrees of angle and hue."""

    def __init__(self, angles, hues):
        both = np.deg2rad(np.stack([angles, hues], axis=1))
        self._said = np.concatenate([np.sin(both), np.cos(both)], axis=1)

    def predict(self, images, verbose):
        return self._said


WHITE = np.full((4, 16, 16, 3), 255, np.uint8)


def test_upright_creatures_of_both_colours_show_nothing():
    red, blue = measure.hues().values()
    reader = Reader([0, 15, -15, 5], [red, blue, red + 30, blue - 30])
    found = measure.read(reader, WHITE)
    assert {found[name] for name in figures.SEEN_AS.values()} == {0.0}
    assert found["red"] == 0.5
    assert found["degrees"] == pytest.approx(10)


def test_turned_and_recoloured_are_counted():
    red, blue = measure.hues().values()
    reader = Reader([30, 180, -95, -45], [red, (red + blue) / 2, red, red - 60])
    found = measure.read(reader, WHITE)
    assert found["turned"] == 1
    assert found["by_quarters"] == 0.5  # by 180 and -95, not by -45
    assert found["recoloured"] == 0.5
    assert found["red"] >= 0.75  # the second is as far from both


@pytest.mark.parametrize(("side", "cut"), [(8, 1.0), (5, 1.0), (4, 0.0)])
def test_a_grey_square_is_a_cut(side, cut):
    images = WHITE.copy()
    images[:, :side, :side] = 128
    reader = Reader(np.zeros(4), np.full(4, measure.hues()["red"]))
    assert measure.read(reader, images)["cut"] == cut


def test_shares_are_those_of_the_transform():
    nothing = {"turned": 0.01, "by_quarters": 0.0, "recoloured": 0.02, "cut": 0.0}
    nothing |= {"degrees": 3.0, "red": 0.48}
    results = {
        "drawn": nothing,
        "generated": [
            {"transform": "hue", "p": 1.0, "seed": 1, **nothing, "recoloured": 0.9},
            {"transform": "hue", "p": 1.0, "seed": 0, **nothing, "recoloured": 0.1},
            {"transform": "rotate", "p": 0.0, "seed": 0, **nothing},
            {"transform": "rotate", "p": 0.8, "seed": 0, **nothing, "turned": 0.2, "red": 0.75},
        ],
    }
    assert figures.over_p(results, figures.shown)["hue"] == {0.0: [0.02], 1.0: [0.1, 0.9]}
    assert figures.over_p(results, figures.rarer)["rotate"] == {0.0: [0.48], 0.8: [0.25]}
    assert "| another hue | 2.0% | 2.0% |  | 10.0%, 90.0% |" in figures.table(results)
    assert "| another hue | 1 | 3 | 48% |" in figures.chosen(results)
    assert "| rotation by any angle | 1.0% | 1.0% | 20.0% |  |" in figures.table(results)
    figures.figure(results)


def test_programs_side_by_side_share_all_runs():
    parts = [one for transform in run.TRANSFORMS for one in run.every(transform)]
    assert sorted(parts) == sorted(run.every())
    assert [(p, seed) for _, p, seed in run.every("hue")] == [
        *((p, 0) for p in (1.0, 0.9, 0.8, 0.6, 0.3)),
        *((p, 1) for p in (0.6, 0.3)),
    ]
    assert [seed for _, p, seed in run.every("rotate90") if p == 1] == [0, 1, 2]
    assert run.Leak("rotate", 0.0) in run.every("rotate")
    assert len({run.weights_of("out", one) for one in run.every()}) == len(run.every())


def test_what_is_shown_has_been_trained():
    assert set(pictures.SHOWN) <= set(run.every())
    rows = {one: np.zeros((2, 16, 16, 3), np.uint8) for one in pictures.SHOWN}
    labels = [axes.get_ylabel() for axes in pictures.figure(rows).axes]
    assert labels[:2] == ["none", "quarter turns, 0.8"]
