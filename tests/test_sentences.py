"""The golden lists of sentences: `tests/sentences.py` writes and reads them."""

import ast

import pytest

from tests import sentences

LISTS = sorted(sentences.TESTS.rglob(sentences.NAME))
ROOMS = [str(path.parent.relative_to(sentences.TESTS)).removeprefix(".") for path in LISTS]


def functions(path) -> set[str]:
    """Names of the functions of a file, and of methods as Class::method."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{inner.name}" for inner in node.body if hasattr(inner, "name")}
        elif isinstance(node, ast.FunctionDef):
            found.add(node.name)
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_a_list_is_written_as_it_is_read_and_of_tests_that_exist(room):
    """Else write it anew: python -m tests.all tests/ROOM --write-sentences."""
    text = sentences.list_of(room).read_text()
    kept = sentences.read(text)
    assert sentences.write(room, kept) == text
    for file in {file for file, _ in kept}:
        path = sentences.TESTS / room / file
        assert path.is_file(), f"{path} is no more"
        gone = {test.partition("[")[0] for of, test in kept if of == file} - functions(path)
        assert not gone, f"{file} has no {gone}"


def test_programs_are_tried_with_many_wrong_inputs():
    """As many as one finds who goes through all their flags; each has its own sentence."""
    kept = sentences.read(sentences.list_of("cli").read_text())
    assert len({said for all_said in kept.values() for said in all_said}) >= 380


def test_a_list_is_for_readers():
    kept = {
        ("copies/test_b.py", "test_x[10]"): ["One.", "Two\n  lines."],
        ("copies/test_b.py", "test_x[9]"): ["One."],
        ("copies/test_b.py", "test_x[8]"): ["One."],
        ("test_a.py", "test_y"): ["One."],
    }
    text = sentences.write("metrics", kept)
    assert text.partition("\n")[2] == (
        "\ncopies/test_b.py\n  test_x[8]\n  test_x[9]\n    One.\n  test_x[10]\n    One.\n    Two\n"
        "        lines.\n\ntest_a.py\n  test_y\n    One.\n"
    )
    assert sentences.read(text) == kept


@pytest.mark.parametrize(
    ("nodeid", "place"),
    [
        ("tests/test_a.py::test_x", ("", ("test_a.py", "test_x"))),
        ("tests/cli/test_a.py::test_x[tests/b::c]", ("cli", ("test_a.py", "test_x[tests/b::c]"))),
        ("tests/metrics/copies/test_a.py::test_x", ("metrics", ("copies/test_a.py", "test_x"))),
    ],
)
def test_subfolders_belong_to_their_room(nodeid, place):
    assert sentences.place(nodeid) == place


def test_what_varies_is_taken_out(tmp_path):
    root = sentences.TESTS.parent
    told = f"{tmp_path}/a, {tmp_path.parent}/b0/c and {root}/d of 127.0.0.1:41235 (/tmp/tmpabcd1234/e)."
    assert (
        sentences.plain(told)
        == "<tmp>/a, <tmp>/c and <repository>/d of 127.0.0.1:<port> (<tmp>/e)."
    )
