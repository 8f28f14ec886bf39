"""The mutation tool: what it changes, that it repeats itself, and whether it tells killed from survived."""

import json
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import mutate  # noqa: E402
from _mutations import from_list, mutations_of, sample  # noqa: E402


def lines(source):
    """The changed lines of all mutations of a source."""
    return [m.diff[-1][1:].strip() for m in mutations_of("a.py", source)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("y = a + b", ["y = a - b"]),
        ("y = (a +\n  b) * c", ["b) / c", "y = (a -"]),
        ("y = a @ b", ["y = b @ a"]),
        ("y += a", ["y -= a"]),
        ("y = a < b", ["y = a <= b", "y = a > b"]),
        ("y = a is None", ["y = a is not None"]),
        ("y = a and b", ["y = a or b"]),
        ("y = not a", ["y = a"]),
        ("y = -a", ["y = a"]),
        ("y = True", ["y = False"]),
        ("y = 2", ["y = 1", "y = 3"]),
        ("y = 0.5", ["y = 1.0"]),
        ("y = f(a, b)", ["y = f(b, a)"]),
        ("y = f(a, k=b)", ["y = f(a)"]),
        ("y = tf.sqrt(a + b)", ["y = tf.sqrt(a - b)", "y = (a + b)", "y = tf.square(a + b)"]),
        ("y = tf.where(a, b, c)", ["y = tf.where(a, c, b)"]),
        ("y = tf.reduce_mean(a)", ["y = tf.reduce_sum(a)"]),
        ("tape.watch(a)", ["pass"]),
        ("y = b if a else c", ["y = c if a else b"]),
        ("if a:\n  b", ["if not a:"]),
        ("def f(a):\n  return g(a)", ["return a"]),
        ("class A:\n  def f(self, a):\n    return g(a)", ["return a"]),
    ],
)
def test_changes(source, expected):
    assert sorted(lines(source)) == sorted(expected)


@pytest.mark.parametrize(
    "source",
    ['"""A 1 + 2 of words."""', "def f(a: int | None):\n  pass", 'raise E(f"{a + 1}")', "assert a < b",
     "log.warning(a + b)", "y = f(x, tf.float32)", "y = tile(x, [a, b])", "@d(1)\ndef f():\n  pass", "import a"],
)  # fmt: skip
def test_what_is_left_alone(source):
    assert lines(source) == []


def test_text_around_a_change_stays():
    source = "é = 1  # ä\ny = f(  a+b ,c )  # why\n"
    (swapped,) = [m for m in mutations_of("a.py", source) if m.kind == "swapped arguments"]
    assert swapped.line == 2
    assert swapped.after == "é = 1  # ä\ny = f(  c ,a+b )  # why\n"


def test_a_sample_repeats_itself_and_takes_lines_evenly():
    everything = mutations_of("a.py", "x = [1, 2, 3, 4, 5, 6, 7]\n" + "y = -a\n" * 9)
    first = sample(everything, 5, seed=1)
    assert first == sample(everything, 5, seed=1) != sample(everything, 5, seed=2)
    assert len({m.line for m in first}) == 5
    assert len(sample(everything, 100, seed=1)) == 10
    assert len({m.identity for m in everything}) == len(everything)


def test_a_list_of_mutations():
    text = "About.\n\n# One and two\na.py\n-x = 1\n+x = 2\n-y = 1\n-z = 1\n+y = z = 2\n"
    source = "x = 1\ny = 1\nz = 1\n"
    (found,) = from_list(text, {"a.py": source})
    assert (found.kind, found.line, found.after) == ("One and two", 1, "x = 2\ny = z = 2\n")
    with pytest.raises(SystemExit, match="holds 0 times"):
        from_list(text, {"a.py": "x = 2\n"})


def test_the_lists_of_this_project_fit():
    texts = mutate.sources(mutate.ROOMS)
    for path in texts:
        assert mutate.tests_of(path, mutate.room_of(path))
    for file in (ROOT / "experiments" / "mutation").glob("*.txt"):
        assert len(from_list(file.read_text(), texts)) > 10


PROGRAM = """
import json, os, pathlib, sys
sys.path.insert(0, {tools!r})
import _fork_server as server
root = pathlib.Path.cwd()
changed = [None, "double = lambda x: x * 3", "double = lambda x: x + x + 0", "while True: pass", "import os; os._exit(0)"]
for source in changed:
    change = source and server.Changed(root / "house" / "room.py", source)
    print(json.dumps(server.run(root, ["test_room.py"], 3 if source and "while" in source else 60, change)))
"""


def test_killed_survived_and_hanging_mutants_are_told_apart(tmp_path):
    (tmp_path / "house").mkdir()
    (tmp_path / "house" / "__init__.py").touch()
    (tmp_path / "house" / "room.py").write_text("double = lambda x: x * 2\n")
    test = "from house import room\n\ndef test_double():\n    assert room.double(4) == 8\n"
    (tmp_path / "test_room.py").write_text(test)
    program = PROGRAM.format(tools=str(ROOT / "tools"))
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    found = [tuple(json.loads(line)[:2]) for line in done.stdout.splitlines()]
    assert found == [
        ("passed", ""),
        ("failed", "test_room.py::test_double"),
        ("passed", ""),
        ("timeout", "after 3 s"),
        ("failed", "the process died"),
    ]
    assert (tmp_path / "house" / "room.py").read_text() == "double = lambda x: x * 2\n"


@pytest.mark.parametrize(
    ("path", "tests"),
    [
        ("ada_tf/files.py", ["tests/test_files.py"]),
        ("ada_tf/cli/_marking.py", ["tests/cli/test_blend.py"]),  # through a program
        ("ada_tf/settings/tree.py", ["tests/settings/test_setting.py"]),  # through its package
        ("ada_tf/cli/explore.py", ["tests/cli/test_explore.py"]),
    ],
)
def test_the_nearest_tests_are_those_of_the_name_and_those_that_import_it(path, tests):
    found = mutate.nearest_tests(path)
    assert set(tests) <= set(found)
    assert len(found) <= mutate.MOST_TESTS


def test_every_file_of_the_package_has_tests_near_it():
    for path in mutate.sources([mutate.ELSEWHERE]):
        assert mutate.nearest_tests(path), path


def test_results_go_on_where_they_ended(tmp_path):
    results = mutate.Results(tmp_path / "r.jsonl")
    results.add(id="a", status="survived")
    results.add(id="a", status="killed")
    again = mutate.Results(tmp_path / "r.jsonl")
    assert (again.status("a"), again.status("b")) == ("killed", None)


def test_report():
    entry = dict(room="ops", path="a.py", line=1, kind="constant", diff=["-x = 1", "+x = 2"])
    text = mutate.report([entry | {"status": "killed"}, entry | {"status": "survived"}])
    assert "| ops | 2 | 1 | 0 | 1 |" in text
    assert text.endswith("survived: a.py:1, constant\n-x = 1\n+x = 2")
