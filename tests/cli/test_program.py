import subprocess
import sys

import pytest
from absl import flags

from ada_tf.cli import _program
from ada_tf.errors import UserError

PROGRAM = '''"""Counts sheep."""
import sys
from absl import flags
from ada_tf.cli import _program
from ada_tf.errors import UserError

def main(argv):
    assert "tensorflow" not in sys.modules
    if flags.FLAGS.sheep == 1:
        raise UserError("sheep=1 must be at least 2.")
    if flags.FLAGS.sheep == 2:
        raise KeyboardInterrupt
    if flags.FLAGS.sheep == 3:
        raise ZeroDivisionError("a defect")
    print(flags.FLAGS.sheep, argv[1:])

flags.DEFINE_integer("sheep", 9, "How many.")
_program.run(main, ("FIELD",))
'''


@pytest.fixture
def values():
    values = flags.FlagValues()
    flags.DEFINE_integer("batch", 16, "", lower_bound=1, flag_values=values)
    flags.DEFINE_float("trunc", 1.0, "", flag_values=values)
    flags.DEFINE_boolean("grid", False, "", flag_values=values)
    flags.DEFINE_enum("mode", "a", ["a", "b"], "", flag_values=values)
    return values


@pytest.mark.parametrize(
    ("argument", "sentence"),
    [
        ("--bacth=3", "--bacth is not a flag of this program; did you mean --batch?"),
        ("--sauce", "--sauce is not a flag of this program; see --help."),
        ("--batch=x", "batch=x must be a positive integer."),
        ("--batch=0", "batch=0 must be a positive integer."),
        ("--trunc=y", "trunc=y must be a number."),
        ("--grid=perhaps", "grid=perhaps must be true or false."),
        ("--mode=c", "mode=c must be one of a, b."),
        ("--batch", "Missing value for flag --batch."),
        ("stray", "argument 'stray' is not expected; flags are written --name=value."),
    ],
)
def test_mistakes_in_flags_are_one_sentence(values, argument, sentence):
    with pytest.raises(UserError) as caught:
        _program.parse_flags(["program", argument], values=values)
    assert str(caught.value) == sentence


def test_flags_and_positional_arguments(values, tmp_path):
    flagfile = tmp_path / "flags.txt"
    flagfile.write_text("# chosen by experiment\n--batch=4\n--grid\n")
    argv = ["program", f"--flagfile={flagfile}", "run", "--trunc", "0.5"]
    assert _program.parse_flags(argv, ("RUN",), values) == ["program", "run"]
    assert (values.batch, values.grid, values.trunc) == (4, True, 0.5)


def test_missing_positional_argument(values):
    with pytest.raises(UserError, match="RUN is missing"):
        _program.parse_flags(["program"], ("RUN",), values)


@pytest.mark.parametrize(
    ("arguments", "code", "out", "err"),
    [
        (["meadow"], 0, "9 ['meadow']\n", ""),
        (["meadow", "--sheep=1"], 2, "", "error: sheep=1 must be at least 2.\n"),
        (["meadow", "--sheep=2"], 130, "", "Interrupted.\n"),
        (
            ["meadow", "--shep=2"],
            2,
            "",
            "error: --shep is not a flag of this program; did you mean --sheep?\n",
        ),
    ],
)
def test_exit_codes(arguments, code, out, err):
    done = execute(arguments)
    assert (done.returncode, done.stdout, done.stderr) == (code, out, err)


def test_a_defect_shows_its_traceback():
    done = execute(["meadow", "--sheep=3"])
    assert done.returncode == 1
    assert "ZeroDivisionError: a defect" in done.stderr


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_shows_the_docstring_and_the_flags(flag):
    done = execute([flag])
    assert done.returncode == 0
    assert done.stdout.startswith("Counts sheep.")
    assert "--sheep: How many." in done.stdout
    assert "(default: '9')" in done.stdout


def execute(arguments):
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, timeout=60
    )
