"""The diff that docs/plugin.md begins with is the diff of the two files."""

import difflib
import pathlib

from .gans.loading import source

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "plugin.md"


def test_the_diff_is_that_of_the_files():
    name = "dcgan_train_step"
    before, after = source(name).splitlines(), source(f"{name}_ada").splitlines()
    diff = list(difflib.unified_diff(before, after, lineterm="", n=0))[2:]
    changed = [line for line in diff if line[0] in "+-" and line[1:].strip()]
    shown = PAGE.read_text().split("```diff\n")[1].split("```")[0].splitlines()
    assert [line for line in shown if line[0] in "+-"] == changed
