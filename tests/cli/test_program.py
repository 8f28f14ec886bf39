import errno
import importlib.metadata
import os
import pathlib
import subprocess
import sys

import pytest

from ada_tf.cli import _program
from ada_tf.errors import UserError
from ada_tf.version import __version__

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = '''"""Counts sheep."""
import dataclasses
import errno
import os
import sys
from ada_tf.cli import _flags, _program
from ada_tf.errors import UserError

@dataclasses.dataclass(frozen=True, kw_only=True)
class Flags(_flags.Flags):
    field: str = _flags.option("", "Where.", positional="FIELD", has_flag=False)
    sheep: int = _flags.option(9, "How many.")

def main(flags):
    assert "tensorflow" not in sys.modules
    if flags.sheep == 1:
        raise UserError("sheep=1 must be at least 2.")
    if flags.sheep == 2:
        raise KeyboardInterrupt
    if flags.sheep == 3:
        raise ZeroDivisionError("a defect")
    if flags.sheep == 4:
        open("/nowhere/at all")
    if flags.sheep == 5:
        print("x" * 10**6, flush=True)
    print(flags.sheep, flags.field)

_program.run(main, Flags)
'''


def system_error(number, *names):
    return OSError(number, os.strerror(number), *names)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (UserError("a=1 must be 2."), "a=1 must be 2."),
        (system_error(errno.ENOSPC), "No space left on device."),
        (system_error(errno.EDQUOT, "a/b"), "a/b: Disk quota exceeded."),
        (system_error(errno.EACCES, "a"), "a: Permission denied."),
        (system_error(errno.EROFS, "a"), "a: Read-only file system."),
        (system_error(errno.EIO, "a"), "a: Input/output error."),
        (system_error(errno.ENOTDIR, "a"), "a: Not a directory."),
        (system_error(errno.EISDIR, b"a\xff"), "a\\udcff: Is a directory."),
        (system_error(errno.ENAMETOOLONG, "a"), "a: File name too long."),
        (system_error(errno.ELOOP, "a\nb"), "a\\nb: Too many levels of symbolic links."),
        (system_error(errno.ENOENT, "a"), "a: No such file or directory."),
        (system_error(errno.ENOENT), None),
        (system_error(errno.ECHILD), None),
        (system_error(errno.EBADF, 3), None),
        (OSError("of a library"), None),
        (ValueError("a defect"), None),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "a defect"), None),
    ],
)
def test_what_the_user_can_mend_is_a_sentence(error, sentence):
    assert _program.explain(error) == sentence


def test_names_that_are_no_utf8_are_a_sentence():
    with pytest.raises(UnicodeEncodeError) as caught:
        os.fsdecode(b"a\xff").encode()
    assert _program.explain(caught.value).startswith(r"'a\\udcff' cannot be printed or written")


def test_full_disks_and_permissions_of_tensorflow_are_a_sentence():
    import tensorflow as tf

    full = tf.errors.ResourceExhaustedError(None, None, "/a/b; No space left on device")
    assert _program.explain(full) == "No space left on device."
    denied = tf.errors.PermissionDeniedError(None, None, "/a/b; Permission denied")
    assert _program.explain(denied) == "Permission denied."
    assert _program.explain(tf.errors.InvalidArgumentError(None, None, "a defect")) is None
    taken = tf.errors.InternalError(None, None, "cudaSetDevice() failed. Status: out of memory")
    assert _program.explain(taken).startswith("the card's memory is full (cudaSetDevice() failed.")


@pytest.mark.parametrize(
    ("arguments", "code", "out", "err"),
    [
        (["meadow"], 0, "9 meadow\n", ""),
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


def test_a_missing_file_is_a_sentence():
    done = execute(["meadow", "--sheep=4"])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: /nowhere/at all: No such file or directory.\n"


@pytest.mark.parametrize("sheep", [5, 9])
def test_nobody_reads_what_is_printed(sheep):
    """As behind `| head`: while the program runs, or as it ends."""
    reader, writer = os.pipe()
    os.close(reader)
    done = execute(["meadow", f"--sheep={sheep}"], stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_full_disk_behind_the_output_is_a_sentence():
    with open("/dev/full", "w") as full:
        done = execute(["meadow"], stdout=full)
    assert (done.returncode, done.stderr) == (2, "error: No space left on device.\n")


def test_closed_output():
    closed = ["sh", "-c", 'exec "$0" "$@" >&-', sys.executable, "-c", PROGRAM, "meadow"]
    done = subprocess.run(closed, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_shows_the_docstring_and_the_flags(flag):
    done = execute([flag])
    assert done.returncode == 0
    assert done.stdout.startswith("Counts sheep.")
    assert "--sheep: How many.\n    (a whole number; default 9)\n" in done.stdout


def test_version():
    done = execute(["meadow", "--sheep=1", "--version"])
    assert (done.returncode, done.stdout, done.stderr) == (0, f"ada_tf {__version__}\n", "")
    assert execute(["--", "--version"]).stdout == "9 --version\n"


def execute(arguments, stdout=subprocess.PIPE):
    command = [sys.executable, "-c", PROGRAM, *arguments]
    return subprocess.run(
        command, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=60, check=False
    )


PROGRAMS = sorted(
    line.partition("=")[0].strip()
    for line in (ROOT / "setup.cfg").read_text().splitlines()
    if ":run" in line
)


@pytest.mark.parametrize("name", PROGRAMS)
def test_all_but_the_trainer_leave_memory_of_the_card_to_others(monkeypatch, name):
    (place,) = importlib.metadata.entry_points(group="console_scripts", name=name)
    monkeypatch.setattr(_program, "guarded", lambda *arguments: None)
    monkeypatch.setattr(_program._command_line, "define", lambda kind: None)
    for growth in ("", "false"):  # what the user has set stays
        monkeypatch.delenv("TF_FORCE_GPU_ALLOW_GROWTH", raising=False)
        if growth:
            monkeypatch.setenv("TF_FORCE_GPU_ALLOW_GROWTH", growth)
        place.load()()
        expected = growth or (None if name == "ada-train" else "true")
        assert os.environ.get("TF_FORCE_GPU_ALLOW_GROWTH") == expected
