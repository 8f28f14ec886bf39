"""Modules from outside: imported once, named by name and hash, asked for by runs that need them."""

import hashlib
import sys

import pytest

from ada_tf import extensions
from ada_tf.errors import UserError
from ada_tf.extensions import Extension, in_use, require, use
from ada_tf.registry import Registry
from tests.sentences import refused

COLOURS = Registry("colour")
GREEN = "from tests.test_extensions import COLOURS\n\nCOLOURS.add('green', __name__)\n"


@pytest.fixture(autouse=True)
def nothing_in_use(monkeypatch):
    """Tests begin without modules, and leave none."""
    monkeypatch.setattr(extensions, "_in_use", {})
    monkeypatch.setattr(extensions, "_accepted", set())
    before = set(sys.modules)
    COLOURS.clear()
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.fixture
def green(tmp_path):
    """A file that adds a row."""
    path = tmp_path / "green.py"
    path.write_text(GREEN)
    return path


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_file_adds_its_rows_once(green):
    expected = Extension("green.py", sha256(GREEN))
    assert use(str(green)) == (expected,)
    assert use(green, f"{green},{green}") == (expected,) * 3
    assert list(COLOURS) == ["green"]
    assert in_use() == (expected,)
    assert COLOURS["green"] in sys.modules


def test_a_module_by_its_name(tmp_path, monkeypatch):
    (tmp_path / "red_of_mine.py").write_text(
        "from tests.test_extensions import COLOURS\nCOLOURS.add('red', 1)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    (found,) = use("red_of_mine")
    assert found.name == "red_of_mine"
    assert found.sha256 == hashlib.sha256((tmp_path / "red_of_mine.py").read_bytes()).hexdigest()
    assert list(COLOURS) == ["red"]
    assert use("red_of_mine") == (found,)


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """An installed package with an entry point "blue"."""
    (tmp_path / "blue_package.py").write_text(
        "from tests.test_extensions import COLOURS\nCOLOURS.add('blue', 1)\n"
    )
    about = tmp_path / "blue_package-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: blue-package\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[ada_tf]\nblue = blue_package\n[other]\nos = os\n")
    monkeypatch.syspath_prepend(tmp_path)
    return hashlib.sha256((tmp_path / "blue_package.py").read_bytes()).hexdigest()


def test_an_entry_point_by_its_name(installed):
    assert use("blue") == (Extension("blue", installed),)
    assert list(COLOURS) == ["blue"]


def test_an_entry_point_that_a_run_names_is_imported(installed):
    require([("blue", installed)], "runs/7")
    assert [extension.name for extension in in_use()] == ["blue"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a = 1\nb = a +\n", 2, "SyntaxError: invalid syntax"),
        ("import json\n\n\njson.loads('{')\n", 4, "JSONDecodeError: Expecting"),
        ("def f():\n    1 / 0\n\nf()\n", 2, "ZeroDivisionError: division by zero"),
        ("import no_such_module_here\n", 1, "ModuleNotFoundError: No module named"),
        ("raise SystemExit(3)\n", 1, "SystemExit: 3"),
        (
            GREEN + "COLOURS.add('green', 2)\n",
            4,
            "there is a colour 'green' already; choose another",
        ),
    ],
)
def test_a_mistake_in_a_module_is_one_sentence(tmp_path, text, line, words):
    path = tmp_path / "mistaken.py"
    path.write_text(text)
    with pytest.raises(UserError) as caught:
        use(path)
    sentence = str(caught.value)
    assert sentence.startswith(f"use={path}, line {line}: {words}")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert in_use() == ()
    assert "ada_tf_use_mistaken" not in sys.modules


def test_a_file_is_mended_and_used_again(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(GREEN + "1 / 0\n")
    with refused("use=", "ZeroDivisionError"):
        use(path)
    assert list(COLOURS) == []
    path.write_text(GREEN)
    use(path)
    assert list(COLOURS) == ["green"]


def test_a_mistake_in_a_module_by_name(tmp_path, monkeypatch):
    (tmp_path / "broken_of_mine.py").write_text("x = 1\n1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    with refused("use=broken_of_mine"):
        use("broken_of_mine")


@pytest.mark.parametrize("name", ["no_such_module_here", "no_such.module.here", "1", "a b"])
def test_what_is_no_module(name):
    with refused("use=", "my_gan.py"):
        use(name)


def test_what_is_no_file(tmp_path):
    with refused():
        use(tmp_path / "missing.py")
    with refused():
        use(tmp_path)  # a folder


def test_two_files_of_one_name(green, tmp_path):
    use(green)
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "green.py"
    other.write_text(GREEN)
    use(other)  # the same
    other.write_text(GREEN + "# changed\n")
    with refused("use=", "green.py"):
        use(other)


def test_a_run_asks_for_what_it_needs(green):
    needed = [("green.py", sha256(GREEN))]
    with refused("--use=green.py"):
        require(needed, "runs/7")
    use(green)
    require(needed, "runs/7")
    require([], "runs/8")


def test_a_run_says_that_a_module_has_changed(green):
    use(green)
    needed = [("green.py", sha256(GREEN + "# then\n"))]
    with refused("--accept_changed_code", "green.py"):
        require(needed, "runs/7")
    use(green, accept_changed=True)
    require(needed, "runs/7")


def test_a_run_of_a_stranger_imports_nothing(tmp_path, monkeypatch):
    for name in ("evil.py", "evil_module.py"):
        (tmp_path / name).write_text("raise AssertionError('imported')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in ("evil.py", str(tmp_path / "evil.py"), "evil", "evil_module", "os", "../evil.py"):
        with pytest.raises(UserError, match="needs .* from outside"):
            require([(name, "0" * 64)], "runs/7")
    assert "evil_module" not in sys.modules


def test_names_of_a_stranger_are_shown_safely():
    names = [("x\n; rm -rf ~" * 999, ""), *((f"m{i}", "") for i in range(999))]
    with pytest.raises(UserError) as caught:
        require(names, "runs\n7")
    assert len(str(caught.value)) < 400
    assert "\n" not in str(caught.value)
    assert "--use='x" in str(caught.value)
