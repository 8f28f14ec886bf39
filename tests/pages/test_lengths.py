"""The pages stay short enough to be read: the way to a first model, and docs/ as a whole."""

import re

from tests.pages.blocks import ROOT

README = (ROOT / "README.md").read_text()


def words(text: str) -> int:
    """Words of a page, code included; bars of tables are none."""
    return sum(any(c.isalnum() for c in word) for word in text.replace("|", " ").split())


def test_the_way_to_a_first_model_is_short():
    """From the title to taking it away, before the evidence."""
    way, evidence, _ = README.partition("## Does ADA help?")
    assert evidence
    without_code = re.sub(r"```.*?```", "", way, flags=re.S)
    assert words(re.sub(r"\]\([^)]*\)", "]", without_code)) <= 900


def test_docs_are_24500_words_at_most():
    assert sum(words(page.read_text()) for page in (ROOT / "docs").rglob("*.md")) <= 24_500


def test_what_a_word_is():
    assert words("| a | b-c |\n|---|---|\n    d --e=f\n") == 4
