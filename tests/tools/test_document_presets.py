"""The table of docs/presets.md is what the presets are."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))

import document_presets


def test_the_page_is_current_and_a_wrong_one_mended():
    """If not: python tools/document_presets.py."""
    text = document_presets.PAGE.read_text()
    assert document_presets.page(text) == text
    wrong = text.replace("`loss.r1_gamma` `--gamma`", "`loss.r1_gama`")
    assert document_presets.page(wrong) == text
