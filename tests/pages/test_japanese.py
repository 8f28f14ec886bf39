"""README.ja.md says what README.md says: its commands, and words of the log that are printed."""

import inspect
import re

import numpy as np
import pytest
from PIL import Image

from ada_tf.training.callbacks import board, status
from ada_tf.training.iteration.stats import STATISTIC
from tests.pages.blocks import INLINE, ROOT, blocks_of, commands
from tests.pages.programs import PROGRAMS, flag_names
from tests.pages.test_commands import FLAG, KNOWN, OF_ALL

HERE, THERE = ((ROOT / name).read_text() for name in ("README.ja.md", "README.md"))
# Programs that a sentence may call, beside ours.
OTHERS = ("pip", "python", "tensorboard")


def typed(text: str) -> list[list[str]]:
    """All commands of a page: those of its blocks, and those within sentences that have arguments."""
    shell = [block.text for block in blocks_of("", text) if block.language == "bash"]
    inline = [code for code in INLINE.findall(text) if code.split()[0] in (*PROGRAMS, *OTHERS)]
    return [words for piece in shell + inline for words in commands(piece) if len(words) > 1]


def test_every_command_is_one_of_the_readme():
    ours = typed(HERE)
    assert len(ours) > 8
    theirs = typed(THERE)
    assert [words for words in ours if words not in theirs] == []


def hours(text: str) -> dict[str, list[str]]:
    """Numbers of the table of machines but in its first column, by the commands in its last."""
    rows = re.findall(r"^\|[^|]*\|(.*)\| (`ada-train [^`]+`) \|$", text, re.MULTILINE)
    found = {}
    for row, command in rows:
        found.setdefault(command, []).append(re.findall(r"\d+", row))
    return found


def test_the_hours_are_those_of_the_readme():
    assert len(hours(HERE)) > 3
    assert hours(HERE) == hours(THERE)


def test_flags_within_sentences_exist():
    for code in INLINE.findall(HERE):
        program = code.split(" ")[0]
        known = flag_names(program) | OF_ALL if program in PROGRAMS else KNOWN
        assert [flag for flag in FLAG.findall(code) if flag not in known] == [], code


def curves(text: str) -> set[str]:
    """Names in code that look like curves of TensorBoard: `Group/name`."""
    return {code for code in INLINE.findall(text) if re.fullmatch(r"[A-Z]\w+(/\w+)+", code)}


@pytest.mark.parametrize("page", ["README.md", "README.ja.md", "docs/watching.md"])
def test_curves_of_tensorboard_are_written(page):
    """tests/training/test_board.py keeps that DESCRIPTIONS are what a run writes."""
    named = curves((ROOT / page).read_text())
    assert {board.P, STATISTIC} <= named
    assert named <= board.DESCRIPTIONS.keys()


def table(heading: str) -> list[str]:
    """What stands in code in the first column of the first table behind some words."""
    rows = re.search(r"(?:^\|.*\n)+", HERE.split(heading)[1], re.M)[0].splitlines()[2:]
    return [word for row in rows for word in INLINE.findall(row.split("|")[1])]


def test_words_of_the_log_are_printed():
    line = inspect.getsource(status.StatusCallback.on_tick)
    words = table("ごとに1行出ます")
    assert {"kimg", "augment"} < {*words}
    assert [word for word in words if f"{word} {{" not in line] == []


def python(text: str) -> list[str]:
    """Blocks of Python in a page."""
    return [block.text for block in blocks_of("", text) if block.language == "python"]


def test_its_python_is_that_of_the_readme():
    """Which is run; the code of the picture stands in README.ja.md alone."""
    alone = [text for text in python(HERE) if text not in python(THERE)]
    assert ["augmented.png" in text for text in alone] == [True]
    assert len(python(HERE)) > 3


def test_the_picture_is_what_its_code_draws(tmp_path, monkeypatch):
    (code,) = (text for text in python(HERE) if "augmented.png" in text)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.ja.md", "exec"), {})
    drawn, shown = (
        np.asarray(Image.open(path), np.float32)
        for path in (tmp_path / "augmented.png", ROOT / "docs/ja/augmented.png")
    )
    assert drawn.shape == shown.shape
    assert np.mean(np.abs(drawn - shown)) < 1.0  # machines round differently, and draw the same
