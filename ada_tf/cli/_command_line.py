"""The command line of a program: absl takes it apart, the dataclass of the flags judges every value.

Imports nothing heavy: mistakes are answered at once.
"""

import dataclasses
import difflib
import itertools
import os
import re
import shlex
import stat
import sys
from collections.abc import Mapping, Sequence

from absl import flags as absl_flags

from ada_tf import extensions
from ada_tf.cli._flags import (
    EXAMPLE_SETTING,
    Flags,
    Option,
    Tree,
    fields_of,
    missing,
    options_of,
)
from ada_tf.errors import UserError
from ada_tf.files import cause, command_line, printable
from ada_tf.settings import flags_of, leaves_by_path, paths_in

_NEAR = 0.7  # likeness of a misspelt flag; that of --gpus and --gp is 0.67
# Words of other programs, and the flag that has their place in ours.
_ELSEWHERE = {
    "gpus": "strategy", "num_gpus": "strategy", "epochs": "kimg", "steps": "kimg", "iterations": "kimg",
    "batch_size": "batch", "learning_rate": "lr", "image_size": "resolution", "size": "resolution",
    "dataset": "data", "truncation": "trunc", "truncation_psi": "trunc", "psi": "trunc",
    "output": "outdir", "layers": "styles",
}  # fmt: skip


def define(kind, values=absl_flags.FLAGS) -> None:
    """Define the flags of a program.

    absl sees switches and texts without defaults; the dataclass judges every value.

    Args:
        kind: dataclass of the flags.
        values: flags of absl.
    """
    for one in options_of(kind):
        define = absl_flags.DEFINE_multi_string if one.repeated else absl_flags.DEFINE_string
        define = absl_flags.DEFINE_boolean if one.switch else define
        for name in (one.name, *one.setting.about.formerly_flag) if one.has_flag else ():
            define(name, None, one.setting.help, flag_values=values)


def _former(kind) -> dict[str, str]:
    """Former name of a flag -> its name."""
    return {old: one.name for one in options_of(kind) for old in one.setting.about.formerly_flag}


def parse(kind, argv: Sequence[str], values=None, stray: str | None = None):
    """Read a command line.

    Args:
        kind: dataclass of the flags of the program.
        argv: the program's name and its arguments.
        values: flags of absl in which those of `kind` are defined; None makes some.
        stray: the flag that was probably meant by an argument without one.

    Returns:
        An instance of `kind`.

    Raises:
        UserError: a flag is unknown, missing, or its value is not accepted; a file of flags cannot be
            read; there are too many arguments.
    """
    if values is None:
        values = absl_flags.FlagValues()
        define(kind, values)
    arguments = split(argv, values, kind)[1:]
    given = {one.name: values[one.name].value for one in options_of(kind) if one.has_flag}
    given = {name: value for name, value in given.items() if value is not None}
    for old, new in _former(kind).items():
        if values[old].value is not None:
            print(f"warning: --{old} is now called --{new}.", file=sys.stderr)
            if new in given:
                raise UserError(f"{new} is given twice, once as {old}; give it once.")
            given[new] = values[old].value
    _refuse_zero_bytes(given, arguments)
    # Before any value is read: what it may be follows from these modules.
    extensions.use(*given.get("use", ()), accept_changed=given.get("accept_changed_code", False))
    places = [one for one in options_of(kind) if one.positional]
    takes_rest = bool(places) and places[-1].repeated
    if len(arguments) > len(places) and not takes_rest:
        extra = arguments[len(places)]
        hint = "flags are written --name=value."
        if stray is not None and stray not in given:
            hint = f"did you mean --{stray}={shlex.quote(extra)}?"
        raise UserError(f"argument {extra!r} is not expected; {hint}")
    by_place = {one.name: text for one, text in zip(places, arguments, strict=False)}
    if takes_rest and len(arguments) >= len(places):
        by_place[places[-1].name] = arguments[len(places) - 1 :]
    found = {}
    for field, part in fields_of(kind).items():
        if isinstance(part, Option):
            found[field] = _value(part, given.get(part.name), by_place.get(part.name))
        elif isinstance(part, dict):
            found[field] = {name: given.get(name) for name in part}
        else:
            found[field] = _settings(part, given)
    return kind(given=given, **found)


def split(argv, values=absl_flags.FLAGS, kind=Flags) -> list[str]:
    """Have absl take the flags out of a command line.

    Args:
        argv: the program's name and its arguments.
        values: flags of absl.
        kind: dataclass of the flags; its words help with an unknown one.

    Returns:
        What is left, the program's name first.

    Raises:
        UserError: a flag is unknown, its value is not accepted, or a file of flags cannot be read.
    """
    _refuse_endless(argv)
    try:
        return values(argv)
    except UnicodeDecodeError as error:
        raise UserError("flagfile must name a text in UTF-8, a flag a line.") from error
    except absl_flags.CantOpenFlagFileError as error:
        reason = error.__context__
        named = printable(getattr(reason, "filename", None) or "")
        raise UserError(f"flagfile={named} cannot be read ({cause(reason or error)}).") from error
    except absl_flags.UnrecognizedFlagError as error:
        raise UserError(_unknown(error.flagname, kind, values)) from error
    except absl_flags.IllegalFlagValueError as error:
        raise UserError(_illegal(str(error), values)) from error
    except absl_flags.Error as error:
        raise UserError(str(error).rstrip(".") + ".") from error


_FLAGFILE = re.compile(r"--?flagfile(?:=(.*))?")
_MOST_FLAGFILES, _FLAGFILE_BYTES = 100, 2**20


def _refuse_endless(argv) -> None:
    """Refuse files of flags that have no end, of which absl would read all.

    Raises:
        UserError: they name each other again and again, or one is no short text.
    """
    pairs = itertools.zip_longest(argv[1:], argv[2:])
    matches = [(_FLAGFILE.fullmatch(word), after) for word, after in pairs]
    todo = [((), match[1] or after or "") for match, after in matches if match]
    for count in itertools.count(1):
        if not todo:
            return
        within, name = todo.pop()
        path = os.path.expanduser(name.strip())
        if count > _MOST_FLAGFILES:
            raise UserError(
                f"flagfile={printable(path)} is one of more than {_MOST_FLAGFILES} that files of flags"
                " name; name each once."
            )
        if path not in within:  # absl passes over a file that names itself
            todo += [((*within, path), named) for named in _named_in(path)]


def _named_in(path: str) -> list[str]:
    """The files of flags that one names; none of a file that absl will complain about, or a pipe."""
    try:
        if stat.S_ISFIFO(os.stat(path).st_mode):  # what is read is gone
            return []
        with open(path, "rb") as file:
            content = file.read(_FLAGFILE_BYTES + 1)
    except (OSError, ValueError):
        return []
    if len(content) > _FLAGFILE_BYTES:
        raise UserError(
            f"flagfile={printable(path)} must be a text of at most {_FLAGFILE_BYTES} bytes."
        )
    lines = content.decode(errors="replace").splitlines()
    return [m[1] for line in lines if (m := _FLAGFILE.fullmatch(line.strip())) and m[1]]


def _illegal(complaint: str, values) -> str:
    """The sentence about a value that absl does not accept."""
    match = re.fullmatch(r"flag --(\w+)=(.*?): (.*)", complaint, re.DOTALL)
    if match is None:
        return complaint.rstrip(".") + "."
    name, value, reason = match.groups()
    if values[name].boolean:
        return f"{name}={value} must be true or false."
    return f"{name}={value} is not accepted ({reason.rstrip('.')})."


def _unknown(name: str, kind, values) -> str:
    """The sentence about a flag that there is not."""
    meant = {one.name: one for one in options_of(kind)}.get(_ELSEWHERE.get(name))
    if meant is not None:
        help = meant.setting.help.rstrip(".")
        return f"--{name} is not a flag of this program; did you mean --{meant.name} ({help})?"
    close = difflib.get_close_matches(name, list(values), n=1, cutoff=_NEAR)
    hint = f"did you mean --{close[0]}?" if close else "see --help."
    return f"--{name} is not a flag of this program; {hint}"


def _refuse_zero_bytes(given, arguments) -> None:
    """Refuse texts with a zero byte, which come from files of flags and end every path."""
    for name, value in {**given, "RUN": arguments}.items():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and "\0" in text:
                raise UserError(
                    f"{name}={printable(text)!r} holds a zero byte, which no path does."
                )


def _value(one: Option, by_flag, by_place):
    """The value of an option that was given by its flag, by its place, twice or not at all."""
    if by_place is not None and by_flag not in (None, by_place):
        raise UserError(
            f"{one.positional}={printable(by_place)!r} and {one.name}={printable(by_flag)!r} are two"
            " runs; give one of them."
        )
    if by_place is not None:
        return one.value(one.positional, by_place)
    if by_flag is not None:
        return one.value(one.name, by_flag)
    if one.setting.default is dataclasses.MISSING:
        raise missing(one.name if one.has_flag else one.positional, one.example)
    return one.setting.default


def _settings(tree: Tree, given: Mapping) -> dict:
    """Path -> value of the settings that flags and --set give.

    Raises:
        UserError: a setting is not known or given twice, or its value is not accepted.
    """
    assigned = (text.partition("=") for text in given.get("set", ()))
    kind, found = tree.schema({name.strip(): value for name, _, value in assigned}), {}
    other = next((n for n in flags_of(tree.kind) if n in given and n not in flags_of(kind)), None)
    if other is not None:
        raise UserError(f"{other}={given[other]!r:.80} is no setting of this family of networks.")
    for name, group in flags_of(kind).items():
        for s in group if name in given else ():
            found[s.path] = Option(name, s).value(name, given[name])
    by_flag = dict.fromkeys(found)
    for text in given.get("set", ()):
        path, value = _assignment(kind, text)
        if path in by_flag:
            flag = leaves_by_path(kind)[path].about.flag
            raise UserError(
                f"set={text!r:.80} and --{flag} are the same setting; give one of them."
            )
        if path in found:
            raise UserError(f"set={text!r:.80} is the second value for {path}; give one of them.")
        found[path] = value
    return found


def _assignment(kind, text: str):
    """(path, value) of what was given to --set."""
    name, equals, value = text.partition("=")
    if not equals:
        raise UserError(
            f"set={text!r:.80} must be a setting and its value, such as {EXAMPLE_SETTING}."
        )
    try:
        (path,) = paths_in(kind, {name.strip(): value})
        return path, leaves_by_path(kind)[path].parse(value)
    except UserError as error:
        raise UserError(f"set={text!r:.80}: {error}") from error


def command(program: str, given: Mapping) -> str:
    """The command line that gives flags, for a shell.

    Args:
        program: its name.
        given: as in `Flags`.
    """
    words = [program]
    for name, value in given.items():
        if isinstance(value, bool):
            words.append(f"--{'' if value else 'no'}{name}")
        else:
            words += [
                f"--{name}={text}" for text in (value if isinstance(value, list) else [value])
            ]
    return command_line(words)
