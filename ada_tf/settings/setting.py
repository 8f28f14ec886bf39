"""One setting: the description in its field, and the values that it accepts."""

import dataclasses
import numbers
import types
import typing
from collections.abc import Callable, Iterable

from ada_tf.errors import UserError
from ada_tf.registry import Registry
from ada_tf.settings.error import Named, SettingError
from ada_tf.settings.schedules import Schedule

# The largest numbers that do not turn infinite or negative on the device.
_FLOAT32, _INT32 = 3.4028234663852886e38, 2**31 - 1
_KEY = "setting"  # of the metadata of a field


@dataclasses.dataclass(frozen=True)
class About:
    """Description of a setting; see `setting`."""

    help: str | Callable[[], str] = ""
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None
    choices: Iterable | Callable[[], Iterable] = ()
    only: Callable | None = None
    only_words: str = ""
    flag: str | None = None
    names_run: str | None = None
    decided_by: str | None = None
    scheduled: bool = False
    formerly: tuple[str, ...] = ()
    formerly_flag: tuple[str, ...] = ()

    @classmethod
    def of(cls, field: dataclasses.Field) -> "About":
        """Return the description of a field; a plain field has an empty one."""
        return field.metadata.get(_KEY, cls())


def setting(default=dataclasses.MISSING, help="", **about):
    """A field of a configuration.

    Its type says the rest: `int`, `float`, `str`, `bool`, a tuple of those, each perhaps `| None`.

    Args:
        default: its value; a setting without one must be given.
        help: one sentence, for --help and the documentation, or a function that returns it.
        **about: what follows.
        at_least: the smallest number.
        above: the largest number that is too small.
        at_most: the largest number.
        below: the smallest number that is too large.
        choices: the only values, a table whose keys they are, or a function that returns them; rows
            that are added to a table later count.
        only: value -> True if it is accepted, for types of which not all values are.
        only_words: the accepted values in words.
        flag: of ada-train; settings of one flag get one value. Without, `--set` is the way.
        names_run: prefix of its value in the name of a run, where it differs from the preset.
        decided_by: the source of its value, if nobody is to give it.
        scheduled: whether a `Schedule` of such numbers is a value, too.
        formerly: names that the field had, which go on working; see `renamable`.
        formerly_flag: names that the flag had.
    """
    return dataclasses.field(default=default, metadata={_KEY: About(help, **about)})


@dataclasses.dataclass(frozen=True)
class Setting:
    """A leaf of a tree of configurations.

    Attributes:
        path: its name from the root, such as "network.w_dim".
        kinds: the types it may have, NoneType among them.
        default: its value if not given, `dataclasses.MISSING` without one.
        about: see `setting`; of a plain field, nothing.
    """

    path: str
    kinds: tuple
    default: object = dataclasses.MISSING
    about: About = About()

    @classmethod
    def of(cls, field: dataclasses.Field, hint, path: str) -> "Setting":
        """The setting of a field, whose type is `hint`."""
        union = typing.get_origin(hint) in (types.UnionType, typing.Union)
        kinds = typing.get_args(hint) if union else (hint,)
        return cls(path, kinds, field.default, About.of(field))

    @property
    def optional(self) -> bool:
        """True if None is a value."""
        return types.NoneType in self.kinds

    @property
    def help(self) -> str:
        """The sentence of the setting, as of now."""
        help = self.about.help
        return help() if callable(help) else help

    @property
    def choices(self) -> tuple:
        """The only values, as of now; () where others than these are accepted."""
        choices = self.about.choices
        return tuple(choices() if callable(choices) else choices)

    @property
    def accepted(self) -> str:
        """Accepted values in words."""
        kinds = [kind for kind in self.kinds if kind is not types.NoneType]
        if self.choices:
            text = f"one of {', '.join(map(str, self.choices))}"
        elif self.about.only is not None:
            text = self.about.only_words
        else:
            text = " or ".join(map(self._words, kinds))
        text += ", or none" if self.optional else ""
        return text + (", or a schedule" if self.about.scheduled else "")

    def _words(self, kind) -> str:
        if kind in (int, float):
            return self._interval(kind)
        if typing.get_origin(kind) is tuple:
            inner, *more = typing.get_args(kind)
            count = "" if Ellipsis in more else f"{1 + len(more)} "
            return f"{count}values with commas, each {self._words(inner)}"
        return {str: "a text", bool: "true or false"}.get(kind, kind.__name__)

    def _interval(self, kind) -> str:
        about, show = self.about, str if kind is int else "{:g}".format
        ended = about.at_most is not None or about.below is not None
        noun = "whole number" if kind is int else "number" if ended else "finite number"
        if about.at_least is not None and about.at_most is not None:
            return f"a {noun} from {show(about.at_least)} to {show(about.at_most)}"
        ends = (
            ("of at least", about.at_least),
            ("above", about.above),
            ("up to", about.at_most),
            ("below", about.below),
        )
        said = [f"{word} {show(end)}" for word, end in ends if end is not None]
        return " ".join([f"a {noun}", *([" and ".join(said)] if said else [])])

    def accepts(self, value) -> bool:
        """Return True for a value of one of the types in the interval; NaN is in none."""
        if value is None:
            return self.optional
        if isinstance(value, Schedule):
            return self.about.scheduled and all(map(self.accepts, value.values))
        if self.choices and value not in self.choices:
            return False
        only = self.about.only or (lambda value: True)
        return any(self._is(kind, value) for kind in self.kinds) and only(value)

    def _is(self, kind, value) -> bool:
        if kind in (int, float):
            number = numbers.Integral if kind is int else numbers.Real
            of_type = isinstance(value, number) and not isinstance(value, bool)
            return of_type and self._contains(value, _INT32 if kind is int else _FLOAT32)
        if typing.get_origin(kind) is tuple:
            inner = typing.get_args(kind)
            if not isinstance(value, tuple):
                return False
            inner = inner[:1] * len(value) if Ellipsis in inner else inner
            return len(inner) == len(value) and all(map(self._is, inner, value))
        return isinstance(value, kind)

    def _contains(self, number, largest) -> bool:
        about = self.about
        lower = -largest if about.at_least is None else about.at_least
        upper = largest if about.at_most is None else about.at_most
        return bool(
            lower <= number <= upper  # NaN is not
            and (about.above is None or number > about.above)
            and (about.below is None or number < about.below)
        )

    def check(self, value) -> None:
        """Refuse a value that is not accepted.

        Raises:
            SettingError: naming the setting, the value and what is accepted.
        """
        if not self.accepts(value):
            more = "; --use brings others" if isinstance(self.about.choices, Registry) else ""
            raise SettingError(Named(self.path, value), f" must be {self.accepted}{more}.")

    def parse(self, text: str):
        """The value that a text stands for, such as 3, 0.5, none, true, 4,8 or linear:1@0,0.1@500.

        Raises:
            SettingError: it stands for none that is accepted.
        """
        value = text
        if self.about.scheduled and ":" in text:
            value = self._schedule(text)
        else:
            for kind in sorted(self.kinds, key=lambda kind: kind is not types.NoneType):
                try:
                    value = _parsed(kind, text)
                    break
                except ValueError:
                    continue
        self.check(value)
        return value

    def _schedule(self, text: str) -> Schedule:
        try:
            return Schedule.parse(text)
        except UserError as error:
            raise SettingError(Named(self.path, text), f" is no schedule: {error}") from error

    def word(self, value) -> str | None:
        """Return the word for a value in the name of a run; None adds no word."""
        prefix = self.about.names_run
        if prefix is None or value is None or value is False:
            return None
        if value is True:
            return prefix
        if isinstance(value, Schedule):  # of a file name: no colon, no @
            return f"{prefix}{value.values[0]:g}-{value.kind}-{value.values[-1]:g}"
        return f"{prefix}{value:g}" if isinstance(value, float) else f"{prefix}{value}"


def _parsed(kind, text: str):
    """A text as a type; ValueError if it is none of its values."""
    if kind in (types.NoneType, bool):
        values = {"none": None} if kind is types.NoneType else {"true": True, "false": False}
        if text.lower() not in values:
            raise ValueError
        return values[text.lower()]
    if typing.get_origin(kind) is tuple:
        inner, parts = typing.get_args(kind), text.split(",")
        inner = inner[:1] * len(parts) if Ellipsis in inner else inner
        return tuple(_parsed(k, p.strip()) for k, p in zip(inner, parts, strict=True))
    return kind(text)
