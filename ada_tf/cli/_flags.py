"""Flags of a program, as the fields of one dataclass; `_command_line` reads them.

    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Flags(_flags.Flags):
        seeds: list[int] = option(help="Numbers and ranges.", read=_values.seeds, example="0-15")
        batch: int = option(16, "Images at a time.", at_least=1)

    flags = _command_line.parse(Flags, ["ada-program", "--seeds=0-7"])

A field is a setting (help, bounds, choices) and may say how its text is read. Checks of several
flags stand in `__post_init__`. Imports nothing heavy: mistakes are answered at once.
"""

import dataclasses
import functools
import types
import typing
from collections.abc import Callable, Mapping

from ada_tf.errors import UserError
from ada_tf.settings import SettingError, flags_of, leaves, setting
from ada_tf.settings.setting import About, Setting

_KEY = "option"  # in the metadata of a field
EXAMPLE_SETTING = "network.w_dim=128"


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
        repeated: may be given several times, or takes all arguments that are left; its value is a
            tuple of texts.
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


class Tree(typing.NamedTuple):
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
    tree = Tree(kind, schema or (lambda assigned: kind))
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
def fields_of(kind) -> dict[str, Option | dict[str, Option] | Tree]:
    """Field -> its option, its several options, or the configuration whose settings it holds."""
    hints, found = typing.get_type_hints(kind), {}
    for field in dataclasses.fields(kind):
        more = field.metadata.get(_KEY)
        if isinstance(more, Tree):
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
    for part in fields_of(kind).values():
        if isinstance(part, Option):
            found.append(part)
            continue
        if isinstance(part, dict):
            found += part.values()
            continue
        found += [Option(name, group[0]) for name, group in flags_of(part.kind).items()]
        help = f"Any other setting, such as --set={EXAMPLE_SETTING}; may be repeated. See docs/settings.md."
        found.append(dataclasses.replace(_text("set", help), repeated=True))
    return found


def names_of(kind) -> dict[str, str]:
    """Path of a setting -> its name for users of a program: its flag, or the path without one."""
    names = {option.setting.path: option.name for option in options_of(kind)}
    for tree in filter(lambda part: isinstance(part, Tree), fields_of(kind).values()):
        names |= {s.path: s.about.flag or s.path for s in leaves(tree.kind)}
    return names


def missing(name: str, example: str) -> UserError:
    """The error that a flag is not given.

    Args:
        name: of the flag, or of an argument without one.
        example: its value, or a whole command.
    """
    shown = example if example.startswith("ada-") else f"--{name}={example}"
    return UserError(f"{name} is missing; give it, for example {shown}.")
