"""The diffs in docs/plugin.md are those of the files."""

import difflib
import pathlib

import pytest

from .gans.loading import source

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "plugin.md"
SHOWN = ("dcgan_train_step", "train_on_batch", "conditional", "pairs")  # in the order of the page


def diffs() -> list[str]:
    return [part.split("```")[0] for part in PAGE.read_text().split("```diff\n")[1:]]


def test_each_diff_is_of_a_gan():
    assert len(diffs()) == len(SHOWN)


@pytest.mark.parametrize("name", SHOWN)
def test_the_diff_is_that_of_the_files(name):
    before, after = source(name).splitlines(), source(f"{name}_ada").splitlines()
    diff = list(difflib.unified_diff(before, after, lineterm="", n=0))[2:]
    changed = [line for line in diff if line[0] in "+-" and line[1:].strip()]
    shown = diffs()[SHOWN.index(name)].splitlines()
    assert [line for line in shown if line[:1] in ("+", "-")] == changed
