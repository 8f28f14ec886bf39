"""docs/house.md: questions of somebody new to the code, each answered by a file that is there."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROWS = re.findall(r"^\| (.*\?) \| `(.*)` \|$", (ROOT / "docs" / "house.md").read_text(), re.M)


def test_there_are_enough_questions_and_none_twice():
    questions = {question for question, _ in ROWS}
    assert len(questions) == len(ROWS) >= 40


@pytest.mark.parametrize(("question", "answer"), ROWS)
def test_the_answer_is_a_file_of_the_package(question, answer):
    assert answer.startswith("ada_tf/")
    assert (ROOT / answer).is_file(), question
