"""What a program prints before and while TensorFlow is loaded, with a small module in its place."""

import os
import subprocess
import sys

import pytest

from ada_tf.version import __version__

TENSORFLOW = """
import os, sys
from types import SimpleNamespace as N

def write(text):
    if sys.stderr is not None:
        os.write(2, text)

write(b"I0000 port.cc: noise\\n")
ENDING
__version__ = "9.9"
config = N(
    list_physical_devices=lambda kind: write(b"E0000 no cuInit\\n") or GPUS,
    experimental=N(get_device_details=lambda gpu: {"device_name": gpu}),
)
"""
PROGRAM = '''"""Counts sheep."""
import dataclasses
import sys
from ada_tf import loading
from ada_tf.cli import _flags, _program

@dataclasses.dataclass(frozen=True, kw_only=True)
class Flags(_flags.Flags):
    what: str = _flags.option("", "What.", positional="WHAT", has_flag=False)

def main(flags):
    if flags.what == "tensorflow":
        import tensorflow
        import tensorflow.nothing
    print("counted", file=sys.stderr)

loading.CARDS = (CARDS,)
_program.run(main, Flags)
'''
FIRST = f"ada_tf {__version__}: loading TensorFlow"
NOISE = ["I0000 port.cc: noise", "E0000 no cuInit"]


@pytest.fixture
def lines(tmp_path):
    """Run the program beside such a TensorFlow; what it prints to stderr."""

    def call(*arguments, ending="", gpus=(), cards="/none", code=0, **environment):
        module = tmp_path / "tensorflow" / "__init__.py"
        module.parent.mkdir()
        module.with_name("nothing.py").touch()
        module.write_text(TENSORFLOW.replace("ENDING", ending).replace("GPUS", repr(gpus)))
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("TF_", "CUDA_"))}
        path = os.pathsep.join([str(tmp_path), *sys.path])
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM.replace("CARDS,", f"{cards!r},"), *arguments],
            capture_output=True, text=True, timeout=60, env={**kept, **environment, "PYTHONPATH": path},
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        return done.stderr.splitlines()

    return call


def test_our_lines_alone(lines):
    said = lines("tensorflow")
    assert said[0] == FIRST
    assert said[1].startswith("TensorFlow 9.9 on a CPU of ")
    assert said[2:] == ["counted"]


def test_the_card_is_named(lines):
    said = lines("tensorflow", gpus=("Card 7",), cards="/")
    assert said == [FIRST, "TensorFlow 9.9 on Card 7", "counted"]


def test_what_does_without_tensorflow_does_not_speak_of_it(lines):
    assert lines() == ["counted"]


def test_why_a_card_stays_unused_is_shown(lines):
    said = lines("tensorflow", cards="/")
    assert said[1:3] == NOISE
    assert said[3].startswith("warning: TensorFlow does not use the card of this machine")


@pytest.mark.parametrize("hidden", ["", "-1"])
def test_a_card_that_was_hidden_is_not_missed(lines, hidden):
    assert lines("tensorflow", cards="/", CUDA_VISIBLE_DEVICES=hidden)[2:] == ["counted"]


def test_who_asks_for_the_noise_sees_it(lines):
    assert lines("tensorflow", TF_CPP_MIN_LOG_LEVEL="0")[1:3] == NOISE


def test_why_loading_failed_is_shown(lines):
    said = lines("tensorflow", ending="raise ImportError('no symbol')", code=1)
    assert said[:2] == [FIRST, NOISE[0]]
    assert said[-1] == "ImportError: no symbol"


def test_why_the_process_was_aborted_is_shown(lines):
    said = lines("tensorflow", ending="os.abort()", code=-6)
    assert said[:3] == [FIRST, NOISE[0], "Fatal Python error: Aborted"]


def test_an_interrupted_one_shows_nothing(lines):
    said = lines("tensorflow", ending="raise KeyboardInterrupt", code=130)
    assert said == [FIRST, "Interrupted."]


def test_nowhere_to_print(lines, tmp_path):
    closed = ["sh", "-c", 'exec "$0" "$@" 2>&-', sys.executable, "-c"]
    lines("tensorflow")  # writes the module
    path = os.pathsep.join([str(tmp_path), *sys.path])
    code = PROGRAM.replace('print("counted", file=sys.stderr)', "sys.stdout.write(str(sys.stderr))")
    done = subprocess.run(
        [*closed, code.replace("CARDS,", "'/none',"), "tensorflow"],
        capture_output=True, text=True, timeout=60, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "None", "")
