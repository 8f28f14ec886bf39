"""Flags of a program, from one dataclass: its fields define, read, check and explain them.

    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Flags(_flags.Flags):
        seeds: list[int] = option(help="Numbers and ranges.", read=_values.seeds, example="0-15")
        batch: int = option(16, "Images at a time.", at_least=1)

    flags = parse(Flags, ["ada-program", "--seeds=0-7"])

A field is a setting (help, bounds, choices) and may say how its text is read. Checks of several
flags stand in `__post_init__`. Imports nothing heavy: mistakes are answered at once.
"""

import dataclasses
import difflib
import functools
import re
import shlex
import sys
import types
import typing
from collections.abc import Callable, Mapping, Sequence

from absl import flags as absl_flags

from ada_tf import extensions
from ada_tf.errors import UserError
from ada_tf.files import cause, printable
from ada_tf.settings import SettingError, flags_of, leaves, leaves_by_path, paths_in, setting
from ada_tf.settings.setting import About, Setting

_KEY = "option"  # in the metadata of a field
_EXAMPLE = "network.w_dim=128"
_NEAR = 0.7  # likeness of a misspelt flag; that of --gpus and --gp is 0.67
# Words of other programs, and the flag that has their place in ours.
_ELSEWHERE = {
    "gpus": "strategy", "num_gpus": "strategy", "epochs": "kimg", "steps": "kimg", "iterations": "kimg",
    "batch_size": "batch", "learning_rate": "lr", "image_size": "resolution", "size": "resolution",
    "dataset": "data", "truncation": "trunc", "truncation_psi": "trunc", "psi": "trunc",
    "output": "outdir", "layers": "styles",
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Option:
    """A flag, an argument without a flag, or both.

    Attributes:
        name: of the flag.
        setting: type, default, help, bounds and choices.
        read: (name, text) -> value, raising a `UserError` that says the name; None reads the type.
        positional: name of the argument that may be given without a flag.
        has_flag: False for an argument alone.
        example: a value, or a whole command, for the message that it is missing.
        repeated: may be given several times; its value is a tuple of texts.
        title: section of --help.
    """

    name: str
    setting: Setting
    read: Callable | None = None
    positional: str | None = None
    has_flag: bool = True
    example: str | None = None
    repeated: bool = False
    title: str = "Flags"

    @property
    def switch(self) -> bool:
        """True for --[no]name, which takes no value."""
        return bool in self.setting.kinds

    @property
    def accepted(self) -> str:
        """Its values in words; "" where any text is one, or where `read` decides."""
        about = self.setting.about
        text = self.setting.kinds == (str,) and not self.setting.choices and about.only is None
        return "" if text or self.switch or self.repeated or self.read else self.setting.accepted

    def value(self, called: str, given):
        """Read what was given.

        Raises:
            UserError: it is not accepted; the sentence names the option as `called`.
        """
        if self.repeated:
            return tuple(given)
        if self.read is not None:
            return self.read(called, given)
        try:
            return given if self.switch else self.setting.parse(given)
        except SettingError as error:
            raise UserError(error.told({self.setting.path: called})) from error


def option(
    default=dataclasses.MISSING,
    help="",
    *,
    read=None,
    positional=None,
    has_flag=True,
    example=None,
    repeated=False,
    **about,
):
    """A field of a dataclass of flags; without a default it must be given.

    Args:
        default: its value if it is not given; None means that it was not.
        help: one sentence, or a function that returns it.
        read: see `Option`, as all that follow.
        positional: see `Option`.
        has_flag: see `Option`.
        example: see `Option`.
        repeated: see `Option`.
        **about: bounds and choices, see `ada_tf.settings.setting`; `flag` is the name of the flag,
            where that of the field cannot be it.
    """
    more = {
        "read": read, "positional": positional, "has_flag": has_flag, "example": example,
        "repeated": repeated,
    }  # fmt: skip
    metadata = setting(default, help, **about).metadata
    return dataclasses.field(default=default, metadata={**metadata, _KEY: more})


class _Tree(typing.NamedTuple):
    """A configuration whose settings a field holds; see `settings_of`."""

    kind: type
    schema: Callable[[Mapping[str, str]], type]


class _Texts(typing.NamedTuple):
    """Options that one field holds; see `texts_of`."""

    options: Mapping[str, Option]


def settings_of(kind, schema=None):
    """A field of path -> value: settings of a configuration, from their flags and --set.

    Args:
        kind: dataclass of the configuration; its settings that have a flag become flags.
        schema: name -> text of --set -> dataclass of the settings that go with them, where some
            settings decide which others there are; None is always `kind`.
    """
    tree = _Tree(kind, schema or (lambda assigned: kind))
    return dataclasses.field(default_factory=dict, metadata={_KEY: tree})


def texts_of(flags: Mapping[str, str]):
    """A field of flag -> text or None, of flags that a table names.

    Args:
        flags: name -> help.
    """
    options = {flag: _text(flag, help) for flag, help in flags.items()}
    return dataclasses.field(default_factory=dict, metadata={_KEY: _Texts(options)})


def _text(name: str, help: str) -> Option:
    """An option whose value is any text."""
    return Option(name, Setting(name, (str,), None, About(help)))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Flags:
    """Flags of every program.

    Attributes:
        given: flag -> text, switch or list of texts, of the flags that were given.
    """

    TITLE = "Of all programs"

    given: Mapping[str, object] = dataclasses.field(default_factory=dict, repr=False)
    use: tuple[str, ...] = option(
        (),
        "Python file or module from outside that adds families, losses, metrics, ..., such as my_gan.py;"
        " may be repeated.",
        repeated=True,
    )
    accept_changed_code: bool = option(
        False, "Open runs that were made with another version of these modules."
    )


@functools.cache
def _fields(kind) -> dict[str, Option | dict[str, Option] | _Tree]:
    """Field -> its option, its several options, or the configuration whose settings it holds."""
    hints, found = typing.get_type_hints(kind), {}
    for field in dataclasses.fields(kind):
        more = field.metadata.get(_KEY)
        if isinstance(more, _Tree):
            found[field.name] = more
        elif isinstance(more, _Texts):
            found[field.name] = more.options
        elif more is not None:
            told = Setting.of(field, hints[field.name], field.name)
            # None means "not given" here: nobody types none, which may be the name of a file.
            kinds = tuple(k for k in told.kinds if k is not types.NoneType)
            told = dataclasses.replace(told, kinds=kinds)
            owner = next(
                c for c in kind.__mro__ if field.name in vars(c).get("__annotations__", {})
            )
            title = "Flags" if owner is kind else getattr(owner, "TITLE", "Flags")
            found[field.name] = Option(told.about.flag or field.name, told, title=title, **more)
    return found


def options_of(kind) -> list[Option]:
    """All options of a dataclass of flags."""
    found = []
    for part in _fields(kind).values():
        if isinstance(part, Option):
            found.append(part)
            continue
        if isinstance(part, dict):
            found += part.values()
            continue
        found += [Option(name, group[0]) for name, group in flags_of(part.kind).items()]
        help = (
            f"Any other setting, such as --set={_EXAMPLE}; may be repeated. See docs/settings.md."
        )
        found.append(dataclasses.replace(_text("set", help), repeated=True))
    return found


def names_of(kind) -> dict[str, str]:
    """Path of a setting -> its name for users of a program: its flag, or the path without one."""
    names = {option.setting.path: option.name for option in options_of(kind)}
    for tree in filter(lambda part: isinstance(part, _Tree), _fields(kind).values()):
        names |= {s.path: s.about.flag or s.path for s in leaves(tree.kind)}
    return names


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
    if len(arguments) > len(places):
        extra = arguments[len(places)]
        hint = "flags are written --name=value."
        if stray is not None and stray not in given:
            hint = f"did you mean --{stray}={shlex.quote(extra)}?"
        raise UserError(f"argument {extra!r} is not expected; {hint}")
    by_place = {one.name: text for one, text in zip(places, arguments, strict=False)}
    found = {}
    for field, part in _fields(kind).items():
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


def missing(name: str, example: str) -> UserError:
    """The error that a flag is not given.

    Args:
        name: of the flag, or of an argument without one.
        example: its value, or a whole command.
    """
    shown = example if example.startswith("ada-") else f"--{name}={example}"
    return UserError(f"{name} is missing; give it, for example {shown}.")


def _settings(tree: _Tree, given: Mapping) -> dict:
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
        raise UserError(f"set={text!r:.80} must be a setting and its value, such as {_EXAMPLE}.")
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
    return shlex.join(words)
