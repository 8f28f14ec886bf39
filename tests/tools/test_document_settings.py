"""docs/settings.md is what the fields say."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))

import document_settings


def test_the_page_is_current():
    """If not: python tools/document_settings.py."""
    assert document_settings.PAGE.read_text() == document_settings.page()
