"""What all programs share: flags, errors in one sentence, exit codes.

A program's module imports nothing heavy, so that --help and a mistyped flag answer at once; its
`main` imports the library.
"""

import difflib
import os
import re
import sys

from absl import app, flags, logging

from ada_tf.errors import UserError

USER_ERROR, INTERRUPTED = 2, 130  # exit codes; 130 is 128 + SIGINT, what shells expect


def run(main, positionals=()) -> None:
    """Parse the flags, run a program and exit.

    A `UserError` and a mistake in the flags print one sentence and exit with code 2, Ctrl-C exits
    with code 130, anything else is a defect and shows its traceback.

    Args:
        main: called with the arguments that are not flags, the program's name first. The docstring
            and the flags of its module are the program's --help.
        positionals: names of the arguments that are not flags; all are required.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # errors of the C++ half only
    flags.FLAGS.verbosity = logging.WARNING  # absl would show what libraries note in passing

    def parse(argv):
        if asks_for_help(argv):
            print(describe(main))
            sys.exit(0)
        return parse_flags(argv, positionals)

    try:
        app.run(main, flags_parser=parse)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(USER_ERROR)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        sys.exit(INTERRUPTED)


def asks_for_help(argv) -> bool:
    """Whether --help or -h is among the flags."""
    end = argv.index("--") if "--" in argv else len(argv)
    return any(
        argument in ("--help", "-help", "--helpshort", "-h", "-?") for argument in argv[1:end]
    )


def describe(main) -> str:
    """The docstring of a program and its flags."""
    doc = sys.modules[main.__module__].__doc__
    return f"{doc}\n{flags.FLAGS.module_help(main.__module__)}"


def parse_flags(argv, positionals=(), values=flags.FLAGS) -> list[str]:
    """Parse the flags of a program.

    Args:
        argv: the program's name and its arguments.
        positionals: names of the arguments that are not flags.
        values: where the flags are defined.

    Returns:
        The arguments that are not flags, the program's name first.

    Raises:
        UserError: a flag is not known or its value is not accepted, or there are more or fewer
            arguments than `positionals`.
    """
    try:
        rest = values(argv)
    except flags.UnrecognizedFlagError as error:
        close = difflib.get_close_matches(error.flagname, list(values), n=1)
        hint = f"did you mean --{close[0]}?" if close else "see --help."
        raise UserError(f"--{error.flagname} is not a flag of this program; {hint}") from error
    except flags.Error as error:
        raise UserError(_sentence(str(error), values)) from error
    given = rest[1:]
    if len(given) < len(positionals):
        raise UserError(f"{positionals[len(given)]} is missing; see --help.")
    if len(given) > len(positionals):
        extra = given[len(positionals)]
        raise UserError(f"argument {extra!r} is not expected; flags are written --name=value.")
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
