"""The programs of setup.cfg, run in this process as a terminal would run them."""

import configparser
import contextlib
import importlib
import io
from unittest import mock

from absl import flags

from ada_tf.cli import _program
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


def flags_of(program: str) -> flags.FlagValues:
    """The flags of a program, not parsed."""
    values = flags.FlagValues()
    PROGRAMS[program].define_flags(values)
    return values


def flag_names(program: str) -> set[str]:
    """What may stand behind -- in a call of a program."""
    values = flags_of(program)
    return {*values} | {f"no{name}" for name in values if values[name].boolean}


def positionals_of(program: str) -> tuple:
    """Names of the arguments that a program takes without a flag, as its entry point says."""
    module = PROGRAMS[program]
    with mock.patch.object(module, "define_flags"), mock.patch.object(_program, "run") as run:
        module.run()
    return run.call_args.kwargs.get("positionals", ())


def parsed(words: list[str]) -> tuple[list[str], flags.FlagValues]:
    """(arguments that are no flags, flags) of a command; mistakes are a `UserError`."""
    program, *_ = words
    values = flags_of(program)
    return _program.parse_flags(words, positionals_of(program), values), values


def run(words: list[str]) -> str:
    """Run a command; returns what it printed."""
    rest, values = parsed(words)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        PROGRAMS[words[0]].main(rest, values)
    return printed.getvalue()
