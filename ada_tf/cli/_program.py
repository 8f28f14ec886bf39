"""How programs run: flags, errors in one sentence, exit codes.

A program's module imports nothing heavy, so that --help and a mistyped flag answer at once; its
`main` imports the library.
"""

import difflib
import errno
import os
import re
import shlex
import sys

from absl import app, flags, logging

from ada_tf.cli import _help, _loading
from ada_tf.errors import UserError
from ada_tf.files import cause, is_op_error, printable
from ada_tf.settings import SettingError
from ada_tf.version import __version__

HELP = ("--help", "-help", "--helpshort", "-h", "-?")
VERSION = ("--version", "-version")
# Exit codes: 130 is 128 + SIGINT, 141 is 128 + SIGPIPE, what shells expect.
USER_ERROR, INTERRUPTED, NOBODY_READS = 2, 130, 141
# What disks, permissions and paths answer; other errors of the system are defects of a program.
MENDABLE = (
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO,
    errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.ESTALE, errno.ENODEV,
    errno.ENXIO, errno.ETXTBSY, errno.EBUSY, errno.EMFILE, errno.ENFILE, errno.ENOLCK,
)  # fmt: skip
MENDABLE_BY_NAME = (errno.ENOENT, errno.EEXIST, errno.ENOTEMPTY)  # if it is said which file


def run(main, positionals=(), names=None, groups=tuple, stray=None) -> None:
    """Parse the flags, run a program and exit.

    A `UserError`, a mistake in the flags, and a disk, permission or path that is in the way print
    one sentence and exit with code 2, Ctrl-C exits with code 130. Where nobody reads what is
    printed, as behind `| head`, the program ends quietly. Anything else is a defect and shows its
    traceback.

    Args:
        main: called with the arguments that are not flags, the program's name first. The docstring
            and the flags of its module are the program's --help.
        positionals: names of arguments that may be given without a flag.
        names: path of a setting -> what users of the program call it; see `SettingError.told`.
        groups: () -> groups of flags, for --help; see `_help.page`.
        stray: the flag that was probably meant by an argument without one.
    """
    _loading.announce()
    flags.FLAGS.verbosity = logging.WARNING  # absl would show what libraries note in passing

    def parse(argv):
        if asks_for(argv, HELP):
            print(describe(main, groups()))
            sys.exit(0)
        if asks_for(argv, VERSION):
            print(f"ada_tf {__version__}")
            sys.exit(0)
        return parse_flags(argv, positionals, stray=stray)

    try:
        try:
            app.run(main, flags_parser=parse)
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()  # when Python exits it would be too late to say that it fails
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        discard_output()
        sys.exit(NOBODY_READS)
    except Exception as error:
        sentence = explain(error, names)
        if sentence is None:
            raise
        print(f"error: {sentence}", file=sys.stderr)
        discard_output()  # what is left of it may be what could not be written
        sys.exit(USER_ERROR)


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
        if error.errno in MENDABLE or (error.errno in MENDABLE_BY_NAME and name):
            return f"{printable(name) + ': ' if name else ''}{cause(error)}."
        return None
    if is_op_error(error):
        from tensorflow import errors

        if isinstance(error, (errors.PermissionDeniedError, errors.ResourceExhaustedError)):
            return f"{cause(error)}."
    return None


def discard_output() -> None:
    """Throw away what is yet to be printed, which Python would fail to print when it exits."""
    if sys.stdout is None:
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def asks_for(argv, spellings) -> bool:
    """Whether a flag is given in one of its spellings."""
    end = argv.index("--") if "--" in argv else len(argv)
    return any(argument in spellings for argument in argv[1:end])


def describe(main, groups=()) -> str:
    """The docstring of a program and its flags."""
    doc = sys.modules[main.__module__].__doc__
    return _help.page(doc, flags.FLAGS.get_key_flags_for_module(main.__module__), groups)


def parse_flags(argv, positionals=(), values=flags.FLAGS, stray=None) -> list[str]:
    """Parse the flags of a program.

    Args:
        argv: the program's name and its arguments.
        positionals: names of arguments that may be given without a flag.
        values: where the flags are defined.
        stray: the flag that was probably meant by an argument without one.

    Returns:
        The arguments that are not flags, the program's name first.

    Raises:
        UserError: a flag is not known or its value is not accepted, a file of flags cannot be read,
            or there are more arguments than `positionals`.
    """
    try:
        rest = values(argv)
    except UnicodeDecodeError as error:
        raise UserError("flagfile must name a text in UTF-8, a flag a line.") from error
    except flags.UnrecognizedFlagError as error:
        close = difflib.get_close_matches(error.flagname, list(values), n=1)
        hint = f"did you mean --{close[0]}?" if close else "see --help."
        raise UserError(f"--{error.flagname} is not a flag of this program; {hint}") from error
    except flags.Error as error:
        raise UserError(_sentence(str(error), values)) from error
    for name, value in {**values.flag_values_dict(), "RUN": rest}.items():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and "\0" in text:  # comes from a file of flags
                raise UserError(
                    f"{name}={printable(text)!r} holds a zero byte, which no path does."
                )
    given = rest[1:]
    if len(given) > len(positionals):
        extra = given[len(positionals)]
        hint = "flags are written --name=value."
        if stray is not None and not values[stray].present:
            hint = f"did you mean --{stray}={shlex.quote(extra)}?"
        raise UserError(f"argument {extra!r} is not expected; {hint}")
    return rest


def _sentence(message: str, values) -> str:
    """Absl's complaint about a flag as a sentence of ours."""
    match = re.fullmatch(r"flag --(\w+)=(.*?): (.*)", message, re.DOTALL)
    if match is None:
        return message.removeprefix("ERROR:: ").rstrip(".") + "."
    name, value, reason = match.groups()
    flag = values[name]
    if flag.boolean:
        accepted = "true or false"
    elif isinstance(flag.parser, flags.EnumParser):
        accepted = f"one of {', '.join(flag.parser.enum_values)}"
    else:
        accepted = flag.parser.syntactic_help
    return f"{name}={value} must be {accepted}." if accepted else f"{name}={value}: {reason}."
