"""--help of ada-train tells of every flag once, in groups, and what presets make of it; --version of all."""

import configparser
import dataclasses
import importlib
import pathlib
import re
import subprocess
import sys

import pytest

from ada_tf.cli import _command_line, _flags, _help, train
from ada_tf.cli._flags import option
from ada_tf.cli._help import Group
from ada_tf.settings import flags_of, get
from ada_tf.training.config import RunConfig
from ada_tf.training.presets import NAMES, preset
from ada_tf.version import __version__

SETUP = configparser.ConfigParser()
SETUP.read(pathlib.Path(__file__).resolve().parents[2] / "setup.cfg")
PROGRAMS = [
    line.replace(" ", "").split("=")
    for line in SETUP["options.entry_points"]["console_scripts"].strip().splitlines()
]


@pytest.mark.parametrize(("name", "entry"), PROGRAMS)
def test_every_program_tells_its_version(name, entry, monkeypatch, capsys):
    module, function = entry.split(":")
    program = importlib.import_module(module)
    monkeypatch.setattr(_command_line, "define", lambda kind: None)
    monkeypatch.setattr(sys, "argv", [name, "--version"])
    with pytest.raises(SystemExit) as caught:
        getattr(program, function)()
    assert (caught.value.code, capsys.readouterr().out) == (0, f"ada_tf {__version__}\n")


@pytest.fixture(scope="module")
def page():
    return _help.page("Trains.", train.Flags, _help.groups_of_train())


def test_every_flag_stands_once_and_in_a_group(page):
    shown = re.findall(r"^  --(?:\[no\])?(\w+):", page, re.MULTILINE)
    assert sorted(shown) == sorted(
        [*{one.name for one in _flags.options_of(train.Flags)}, "help", "version", "flagfile"]
    )
    titles = re.findall(r"^(\S.*):$", page, re.MULTILINE)
    assert titles == [*_help.GROUPS, "Of all programs"]


@pytest.mark.parametrize(("columns", "width"), [("60", 60), ("300", _help.MAX_WIDTH), ("", 96)])
def test_lines_fit_a_terminal(monkeypatch, columns, width):
    monkeypatch.setenv("COLUMNS", columns)
    page = _help.page(train.__doc__, train.Flags, _help.groups_of_train())
    prose = [line for line in page.splitlines() if "ada-train --" not in line]
    assert width - 20 < max(map(len, prose)) <= width


@pytest.mark.parametrize("name", NAMES)
def test_what_a_preset_makes_of_a_setting_is_said(name):
    """The word that stands for a preset is its value, or says that it follows the data."""
    (defaults, *_) = (group.defaults for group in _help.groups_of_train())
    configs = [preset(name, resolution=side, channels=3) for side in (32, 512)]
    for flag, (setting, *_) in flags_of(RunConfig).items():
        told = defaults[flag]
        if setting.path.startswith("data.") or flag == "preset" or not told:
            continue
        default, *others = told.removeprefix("default ").split("; ")
        words = dict.fromkeys(NAMES, default)
        for other in others:
            names, word = other.split(": ")
            words |= dict.fromkeys(names.split(", "), word)
        values = {_help.in_words(get(config, setting.path)) for config in configs}
        assert values == {words[name]} or words[name] == _help.BY_THE_DATA, flag


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shared(_flags.Flags):
    """Flags of two programs."""

    TITLE = "Shared"

    kind: str = option("a", "Which.", choices=("a", "b"))
    count: int = option(0, "How many.", at_least=0)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Own(Shared):
    """Flags of one program."""

    place: str = option("", "Where.", positional="PLACE", has_flag=False)
    fast: bool = option(False, "Soon.")
    open: bool = option(True, "Openly.")
    text: str | None = option(None, "A text.")
    size: float | None = option(None, "How large.", above=0)
    seeds: list[int] = option((1, 2), "Rows.", read=lambda name, text: [])


def test_a_flag_tells_what_it_accepts_and_its_default():
    assert _help.page("Does.", Own).startswith("""Does.

Flags:
  --[no]fast: Soon.
  --[no]open: Openly.
    (default true)
  --text: A text.
  --size: How large.
    (a finite number above 0)
  --seeds: Rows.
    (default 1,2)

Shared:
  --kind: Which.
    (one of a, b; default a)
  --count: How many.
    (a whole number of at least 0; default 0)

Of all programs:
  --use: """)


def test_groups_say_defaults_that_depend_on_others():
    page = _help.page("Does.", Own, [Group("First", ["text", "absent"], {"text": "by the moon"})])
    assert "First:\n  --text: A text.\n    (by the moon)\n" in page


def test_the_page_needs_no_tensorflow():
    code = "import sys, ada_tf.cli._help as h; h.groups_of_train(); sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0
