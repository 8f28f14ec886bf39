"""The programs of setup.cfg, run in this process as a terminal would run them."""

import configparser
import contextlib
import importlib
import io

from ada_tf.cli import _command_line, _flags
from tests import forked
from tests.pages.blocks import ROOT


def _setup() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    return parser


def _modules() -> dict:
    rows = _setup()["options.entry_points"]["console_scripts"].strip().splitlines()
    places = dict(row.replace(" ", "").split("=") for row in rows)
    return {name: importlib.import_module(place.split(":")[0]) for name, place in places.items()}


PROGRAMS = _modules()
EXTRAS = set(_setup()["options.extras_require"])


def flag_names(program: str) -> set[str]:
    """What may stand behind -- in a call of a program."""
    options = [one for one in _flags.options_of(PROGRAMS[program].Flags) if one.has_flag]
    return {one.name for one in options} | {f"no{one.name}" for one in options if one.switch}


def parsed(words: list[str]):
    """The flags of a command; mistakes are a `UserError`."""
    return _command_line.parse(PROGRAMS[words[0]].Flags, words)


def run(words: list[str]) -> str:
    """Run a command; returns what it printed."""
    printed, trains = io.StringIO(), words[0] == "ada-train"
    with (
        contextlib.redirect_stdout(printed),
        forked.short() if trains else contextlib.nullcontext(),
    ):
        PROGRAMS[words[0]].main(parsed(words))
    return printed.getvalue()
