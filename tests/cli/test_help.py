"""--help of ada-train tells of every flag once, in groups, and what presets make of it; --version of all."""

import configparser
import importlib
import pathlib
import re
import subprocess
import sys

import pytest
from absl import flags

from ada_tf.cli import _help, _train_help, train
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
    monkeypatch.setattr(program, "define_flags", lambda: None)
    monkeypatch.setattr(sys, "argv", [name, "--version"])
    with pytest.raises(SystemExit) as caught:
        getattr(program, function)()
    assert (caught.value.code, capsys.readouterr().out) == (0, f"ada_tf {__version__}\n")


@pytest.fixture(scope="module")
def flags_of_train():
    values = flags.FlagValues()
    train.define_flags(values)
    return [values[name] for name in values]


@pytest.fixture(scope="module")
def page(flags_of_train):
    return _help.page("Trains.", flags_of_train, _train_help.groups())


def test_every_flag_stands_once_and_in_a_group(page, flags_of_train):
    shown = re.findall(r"^  --(?:\[no\])?(\w+):", page, re.MULTILINE)
    assert sorted(shown) == sorted(
        [*{flag.name for flag in flags_of_train}, "help", "version", "flagfile"]
    )
    titles = re.findall(r"^(\S.*):$", page, re.MULTILINE)
    assert titles == [*_train_help.GROUPS, "Of all programs"]


def test_lines_fit_a_terminal(page):
    assert max(map(len, page.splitlines())) <= _help.WIDTH


@pytest.mark.parametrize("name", NAMES)
def test_what_a_preset_makes_of_a_setting_is_said(name):
    """The word that stands for a preset is its value, or says that it follows the data."""
    (defaults, *_) = (group.defaults for group in _train_help.groups())
    configs = [preset(name, resolution=side, channels=3) for side in (32, 512)]
    for flag, (setting, *_) in flags_of(RunConfig).items():
        told = defaults[flag]
        if setting.path.startswith("data.") or flag == "preset" or told is None:
            continue
        default, *others = told.removeprefix("default ").split("; ")
        words = dict.fromkeys(NAMES, default)
        for other in others:
            names, word = other.split(": ")
            words |= dict.fromkeys(names.split(", "), word)
        values = {_train_help.in_words(get(config, setting.path)) for config in configs}
        assert values == {words[name]} or words[name] == _train_help.BY_THE_DATA, flag


def test_a_flag_tells_what_it_accepts_and_its_default():
    values = flags.FlagValues()
    add = {"flag_values": values}
    flags.DEFINE_enum("kind", "a", ["a", "b"], "Which.", **add)
    flags.DEFINE_integer("count", 0, "How many.", lower_bound=0, **add)
    flags.DEFINE_boolean("fast", False, "Soon.", **add)
    flags.DEFINE_boolean("open", True, "Openly.", **add)
    flags.DEFINE_string("text", None, "A text\n(one of ours)", **add)
    found = [values[name] for name in ("count", "kind", "fast", "open", "text")]
    groups = [Group("First", ["text", "absent"], {"text": "default by the moon"})]
    assert _help.page("Does.", found, groups).startswith("""Does.

First:
  --text: A text
    (one of ours; default by the moon)

Other flags:
  --count: How many.
    (a non-negative integer; default 0)
  --kind: Which.
    (one of a, b; default a)
  --[no]fast: Soon.
  --[no]open: Openly.
    (default true)

Of all programs:
""")


def test_the_page_needs_no_tensorflow():
    code = (
        "import sys, ada_tf.cli._train_help as h; h.groups(); sys.exit('tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0
