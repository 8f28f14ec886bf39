"""Python of the pages: it is Python, and the names and arguments of ada_tf in it are there."""

import ast
import importlib.util
import inspect

import pytest

import ada_tf
from tests.pages import shortened
from tests.pages.blocks import ROOT, all_blocks
from tests.pages.python import parts

BLOCKS = all_blocks("python")


def test_there_are_blocks():
    assert len(BLOCKS) > 20


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_what_it_uses_of_ada_tf_is_there(block):
    check_python(block.text)


def check_python(text: str) -> None:
    """Fails unless it is Python, and imports and calls of `ada_tf` are of what there is."""
    for part in parts(text):
        for node in ast.walk(ast.parse(part)):
            if isinstance(node, ast.ImportFrom) and node.module == "ada_tf":
                assert [alias.name for alias in node.names if not is_there(alias.name)] == []
            if isinstance(node, ast.Call):
                check_call(node)


def is_there(name: str) -> bool:
    """Whether `from ada_tf import` finds it, a public name or a room."""
    return name in ada_tf.__all__ or importlib.util.find_spec(f"ada_tf.{name}") is not None


def check_call(node: ast.Call) -> None:
    """Fails if a call of a public name gives it arguments that it does not take."""
    called = ast.unparse(node.func)
    name = called.removeprefix("ada_tf.")
    if called.startswith("ada_tf.") and name.isidentifier():
        assert name in ada_tf.__all__
    if name not in ada_tf.__all__ or any(isinstance(a, ast.Starred) for a in node.args):
        return
    signature = inspect.signature(getattr(ada_tf, name))
    signature.bind(*node.args, **{k.arg: k.value for k in node.keywords if k.arg})


def test_what_would_not_be_there():
    (call,) = ast.parse("ada_tf.generate(g, seeds=[1], psi=0.7)").body
    with pytest.raises(TypeError, match="'psi'"):
        check_call(call.value)


@pytest.mark.parametrize("row", shortened.ELSEWHERE, ids=lambda row: f"{row[0]} {row[1]}")
def test_what_is_run_elsewhere(row):
    page, words, test = row
    (block,) = (b for b in BLOCKS if b.page == page and words in b.text)
    assert block.text.strip()
    assert page.rpartition("/")[2] in (ROOT / test).read_text()


@pytest.mark.parametrize("page", shortened.PAGES)
def test_what_pages_are_run_elsewhere(page):
    assert page.rpartition("/")[2] in (ROOT / shortened.PAGES[page]).read_text()
