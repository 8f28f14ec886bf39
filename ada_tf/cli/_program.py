"""Run a program: flags, errors in one sentence, exit codes.

A program's module imports nothing heavy, so that --help and a mistyped flag answer at once; its
`main` imports the library.
"""

import errno
import functools
import os
import sys
import warnings

from absl import app, flags, logging

from ada_tf import extensions, loading
from ada_tf.cli import _command_line, _flags, _help
from ada_tf.errors import UserError
from ada_tf.files import cause, is_op_error, printable
from ada_tf.renames import RenamedWarning
from ada_tf.settings import SettingError
from ada_tf.version import __version__

_HELP = ("--help", "-help", "--helpshort", "-h", "-?")
_VERSION = ("--version", "-version")
# Exit codes: 130 is 128 + SIGINT, 141 is 128 + SIGPIPE, what shells expect.
_USER_ERROR, _INTERRUPTED, _NOBODY_READS = 2, 130, 141
# Errors of disks, permissions and paths; other errors of the system are defects of a program.
_MENDABLE = (
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO,
    errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.ESTALE, errno.ENODEV,
    errno.ENXIO, errno.ETXTBSY, errno.EBUSY, errno.EMFILE, errno.ENFILE, errno.ENOLCK,
)  # fmt: skip
_MENDABLE_BY_NAME = (errno.ENOENT, errno.EEXIST, errno.ENOTEMPTY)  # if it is said which file


def run(main, kind, *, names=None, groups=None, stray=None, alone_on_gpu=False) -> None:
    """Parse the flags, run a program and exit; see `guarded` for how it ends.

    Args:
        main: called with the flags; the docstring of its module begins --help.
        kind: dataclass of the flags, see `_flags`.
        names: path -> what users call it, of settings that `kind` does not hold.
        groups: () -> groups of flags for --help, see `_help.page`; None groups by class.
        stray: the flag that was probably meant by an argument without one.
        alone_on_gpu: take all memory of each card at once, as TensorFlow does; otherwise as much as is
            needed, so that the program runs beside a training.
    """
    if not alone_on_gpu:
        os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # read with the first operation
    _command_line.define(kind)
    parsed = []

    def parse(argv):
        if _asks_for(argv, _HELP):
            extensions.use(*(text[6:] for text in argv if text.startswith("--use=")))
            print(_help.page(sys.modules[main.__module__].__doc__, kind, groups and groups()))
            sys.exit(0)
        if _asks_for(argv, _VERSION):
            print(f"ada_tf {__version__}")
            sys.exit(0)
        parsed.append(_command_line.parse(kind, argv, flags.FLAGS, stray))
        return argv

    action = functools.partial(app.run, lambda _: main(*parsed), flags_parser=parse)
    guarded(action, {**_flags.names_of(kind), **(names or {})})


def run_tool(main) -> None:
    """Run a program whose module defines its flags by absl, as those of tools/ do, and exit as `run` does."""
    guarded(lambda: app.run(main, flags_parser=_command_line.split))


def guarded(action, names=None) -> None:
    """Call a function, and exit with a sentence and a code where it fails.

    A `UserError`, a mistake in the flags, and a disk, permission or path that is in the way print
    one sentence and exit with code 2; Ctrl-C exits with code 130. Where nobody reads what is
    printed, as behind `| head`, the program ends quietly. Anything else is a defect and shows its
    traceback.

    Args:
        action: called without arguments.
        names: path of a setting -> its name for users of the program, see `SettingError.told`.
    """
    loading.announce()
    flags.FLAGS.verbosity = logging.WARNING  # absl would show what libraries note in passing
    show = warnings.showwarning
    warnings.showwarning = _in_words(show)
    try:
        try:
            action()
        finally:
            warnings.showwarning = show
            if sys.stdout is not None:
                sys.stdout.flush()  # when Python exits it would be too late to say that it fails
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:
        _discard_output()
        sys.exit(_NOBODY_READS)
    except Exception as error:
        sentence = explain(error, names)
        if sentence is None:
            raise
        print(
            f"error: {printable(sentence)}", file=sys.stderr
        )  # it may name what a stranger has named
        _discard_output()  # the rest of it may be what could not be written
        sys.exit(_USER_ERROR)


def _in_words(show):
    """Return a `warnings.showwarning` that prints former names in one line, and the rest by `show`."""

    def shown(message, category, *where, **more):
        if issubclass(category, RenamedWarning):
            print(f"warning: {printable(str(message))}", file=sys.stderr)
        else:
            show(message, category, *where, **more)

    return shown


def explain(error: Exception, names=None) -> str | None:
    """One sentence about an error that the user can mend, None for a defect.

    This is where settings get the names that users of the program know them by.
    """
    if isinstance(error, SettingError):
        return error.told(names)
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, UnicodeEncodeError):  # names of files bring characters that UTF-8 has not
        return (
            f"{printable(error.object)!r} cannot be printed or written in UTF-8; rename the path."
        )
    if isinstance(error, OSError):
        name = error.filename if isinstance(error.filename, (str, bytes)) else None
        if error.errno in _MENDABLE or (error.errno in _MENDABLE_BY_NAME and name):
            return f"{printable(name) + ': ' if name else ''}{cause(error)}."
        return None
    if is_op_error(error):
        from tensorflow import errors

        if isinstance(error, (errors.PermissionDeniedError, errors.ResourceExhaustedError)):
            return f"{cause(error)}."
        from ada_tf.training.failures import fills_card

        if fills_card(error):  # by another class than that of full memory
            return f"the card's memory is full ({cause(error)}); nvidia-smi names the programs that hold it."
    return None


def _discard_output() -> None:
    """Throw away what is yet to be printed, which Python would fail to print when it exits."""
    if sys.stdout is None:
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _asks_for(argv, spellings) -> bool:
    """Look for a flag in one of its spellings."""
    end = argv.index("--") if "--" in argv else len(argv)
    return any(argument in spellings for argument in argv[1:end])
