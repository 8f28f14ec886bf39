"""The curves of experiments of a few runs."""

from experiments import curves, tables
from tests.experiments.test_size_sweep import line


def test_a_row_of_curves_a_group():
    names = ("emoji-noaug", "emoji-ada", "elpv-noaug", "elpv-ada")
    runs = tables.of_runs([line(name, 1000 * k, 0.1 / k) for name in names for k in (2, 1)])
    axes = curves.curves(runs).axes
    assert [a.get_title() for a in axes[::3]] == ["elpv KID x 1000", "emoji KID x 1000"]
    (without, _) = axes[0].lines
    assert list(without.get_xdata()) == [1, 2]
    assert [len(a.lines) for a in axes] == [2, 2, 6] * 2
