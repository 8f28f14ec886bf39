"""Reading, changing, checking and comparing trees of configurations, by paths of settings."""

import dataclasses
import difflib
import functools
import typing
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.renames import renamed_argument, warn_renamed
from ada_tf.settings.error import Named, SettingError
from ada_tf.settings.schedules import by_section
from ada_tf.settings.setting import About, Setting

_LONGEST = 200  # characters of a value that are shown, which a stranger's file may give


@functools.cache  # descriptions are asked for often, and types are looked up by their text
def fields_of(kind) -> dict[str, tuple[dataclasses.Field, object]]:
    """Name -> (field, type) of a dataclass."""
    hints = typing.get_type_hints(kind)
    return {field.name: (field, hints[field.name]) for field in dataclasses.fields(kind)}


def section_class(hint, values: Mapping | None = None) -> type:
    """The dataclass of a section.

    A base class that stands for several defines `kind_of(values)` itself, which picks one of them;
    every other class stands for itself.

    Args:
        hint: type of the field.
        values: those of the section, as far as they are known.
    """
    return hint.kind_of(values or {}) if "kind_of" in vars(hint) else hint


@functools.cache
def narrowed(kind, **sections: type) -> type:
    """A dataclass that describes `kind` with sections of these classes; nothing is made of it."""
    changed = list(sections.items())
    return dataclasses.make_dataclass(kind.__name__, changed, bases=(kind,), frozen=True)


def _schema_of(of) -> type:
    """The dataclass that describes a configuration, or a class: with the classes of its sections."""
    kind = of if isinstance(of, type) else type(of)
    hints = {
        name: hint for name, (_, hint) in fields_of(kind).items() if dataclasses.is_dataclass(hint)
    }
    sections = {
        name: section_class(hint) if of is kind else type(getattr(of, name))
        for name, hint in hints.items()
    }
    return kind if sections == hints else narrowed(kind, **sections)


def leaves(of) -> tuple[Setting, ...]:
    """All settings of a dataclass and of those in it, in the order of their fields.

    Args:
        of: a configuration, or its class. Of a section that stands for several classes, a class has
            the settings of the usual one.
    """
    return _leaves(_schema_of(of))


@functools.cache
def _leaves(kind) -> tuple[Setting, ...]:
    found = []
    for name, (field, hint) in fields_of(kind).items():
        if dataclasses.is_dataclass(hint):
            inner = _leaves(hint)
            found += [dataclasses.replace(s, path=f"{name}.{s.path}") for s in inner]
        else:
            found.append(Setting.of(field, hint, name))
    return tuple(found)


def leaves_by_path(of) -> dict[str, Setting]:
    """Path -> setting, of all `leaves`."""
    return {s.path: s for s in leaves(of)}


def flags_of(kind) -> dict[str, list[Setting]]:
    """Flag -> its settings; the first one is the nearest to the root."""
    found = {}
    for s in leaves(kind):
        if s.about.flag is not None:
            found.setdefault(s.about.flag, []).append(s)
    return {flag: sorted(group, key=lambda s: s.path.count(".")) for flag, group in found.items()}


def get(config, path: str):
    """The value of a setting, or a section."""
    return functools.reduce(getattr, path.split("."), config)


def get_or_none(config, path: str):
    """The value of a setting, None where the configuration has none of this name."""
    return functools.reduce(lambda c, name: getattr(c, name, None), path.split("."), config)


def former_fields(kind) -> dict[str, str]:
    """Former name -> name of the renamed fields of a dataclass."""
    return {old: f.name for f in dataclasses.fields(kind) for old in About.of(f).formerly}


@functools.cache
def _former_paths(kind) -> dict[str, str]:
    """Former path -> path of all settings that were renamed, or are in a section that was."""
    found = {}
    for name, (field, hint) in fields_of(kind).items():
        spellings = [name, *About.of(field).formerly]
        if not dataclasses.is_dataclass(hint):
            found.update(dict.fromkeys(spellings[1:], name))
            continue
        inner = {**{s.path: s.path for s in _leaves(hint)}, **_former_paths(hint)}
        for spelling in spellings:
            found.update({f"{spelling}.{old}": f"{name}.{new}" for old, new in inner.items()})
    return {old: new for old, new in found.items() if old != new}


def renamable(kind):
    """Decorate a dataclass so that it takes and has its fields under their former names, too.

        @renamable
        @dataclasses.dataclass(frozen=True)
        class LossConfig:
            r1_gamma: float = setting(10.0, "Weight of R1.", formerly=("r1_weight",))

    `LossConfig(r1_weight=3)` and `config.r1_weight` warn. Overrides (`path_of`, `paths_in`) know
    former names with or without the decorator and warn; files (`from_dict`) do not warn.
    """
    names, otherwise = former_fields(kind), getattr(kind, "__getattr__", None)
    if names:
        kind.__init__ = renamed_argument(**names)(kind.__init__)

        def __getattr__(self, name):  # for names that the class does not have
            if name not in names and otherwise is not None:
                return otherwise(self, name)
            if name not in names:
                raise AttributeError(f"{kind.__name__} has no setting {name!r}.")
            warn_renamed(f"{name} of {kind.__name__}", names[name])
            return getattr(self, names[name])

        kind.__getattr__ = __getattr__
    return kind


def path_of(kind, name: str) -> str:
    """The path of a setting that is called by it, or by its end where that is the only one.

    A former name does as well, with a warning.

    Raises:
        UserError: there is no such setting, or more than one.
    """
    now = {s.path: s.path for s in leaves(kind)}
    for paths in (now, _former_paths(_schema_of(kind))):
        found = [path for path in paths if path == name] or [
            path for path in paths if path.endswith(f".{name}")
        ]
        found = sorted({paths[path] for path in found})
        if len(found) > 1:
            raise UserError(f"{name!r} is the end of {' and '.join(found)}; give one of them.")
        if found:
            if paths is not now:
                warn_renamed(name, found[0], stacklevel=2)
            return found[0]
    ends = {path.rpartition(".")[2]: path for path in now}
    close = difflib.get_close_matches(name[:99], [*now, *ends], n=1)
    hint = f"; did you mean {ends.get(close[0], close[0])}?" if close else "; see docs/settings.md."
    raise UserError(f"there is no setting {name!r:.80}{hint}")


def paths_in(kind, values: Mapping) -> dict:
    """Path -> value, from names as in `path_of` and from sections with a mapping each.

    Raises:
        UserError: a setting is not known, not for anybody to give, or given twice.
    """
    found = {}
    former = former_fields(kind)
    for name, value in values.items():
        if isinstance(value, Mapping) and name in former:
            warn_renamed(name, former[name])
            name = former[name]
        section = fields_of(kind).get(name, (None, None))[1]
        if dataclasses.is_dataclass(section) and isinstance(value, Mapping):
            section = section_class(section)
            inner = {f"{name}.{path}": v for path, v in paths_in(section, value).items()}
        else:
            inner = {path_of(kind, name): value}
        twice = next((path for path in inner if path in found), None)
        if twice is not None:
            raise UserError(f"{twice} is given twice; give it once.")
        found.update(inner)
    for path in found:
        decided_by = leaves_by_path(kind)[path].about.decided_by
        if decided_by is not None:
            raise UserError(f"{path} is not for you to give: {decided_by} decide it.")
    return found


def replaced(config, changes: Mapping):
    """A configuration with some settings replaced.

    Args:
        config: a dataclass.
        changes: path -> value.

    Raises:
        SettingError: a value is not accepted.
    """
    values, sections = by_section(changes)
    for name, inner in sections.items():
        try:
            values[name] = replaced(getattr(config, name), inner)
        except SettingError as error:
            raise error.inside(name) from error
    return dataclasses.replace(config, **values)


def check(config, free: Iterable[str] = ()) -> None:
    """Refuse what the fields of a dataclass do not accept; for its `__post_init__`.

    Sections are told by their type alone, for they were checked when they were made.

    Args:
        config: a dataclass.
        free: names of fields that are not looked at.

    Raises:
        SettingError: naming the setting, its value and what is accepted.
    """
    for name, (field, hint) in fields_of(type(config)).items():
        value = getattr(config, name)
        if name in free:
            continue
        if not dataclasses.is_dataclass(hint):
            Setting.of(field, hint, name).check(value)
        elif not isinstance(value, hint):
            raise SettingError(Named(name, value), f" must be a {hint.__name__}.")


def check_tree(config) -> None:
    """Refuse a configuration in which a setting, however deep, is not accepted.

    Raises:
        SettingError: naming the first one.
    """
    for s in leaves(config):
        s.check(get(config, s.path))


class Difference(NamedTuple):
    """A setting that two configurations do not share."""

    path: str
    ours: object
    theirs: object


def differences(ours, theirs) -> list[Difference]:
    """The settings in which two configurations of one kind differ.

    Their sections may be of several classes; a setting that only one of them has is None in the
    other.
    """
    paths = dict.fromkeys(s.path for config in (ours, theirs) for s in leaves(config))
    pairs = ((path, get_or_none(ours, path), get_or_none(theirs, path)) for path in paths)
    return [Difference(*pair) for pair in pairs if pair[1] != pair[2]]


def tell(found: Iterable[Difference]) -> str:
    """Differences for a reader, as "network.w_dim: 512 here, 64 there"."""
    shown = ((d.path, *(printable(str(v))[:_LONGEST] for v in (d.ours, d.theirs))) for d in found)
    return "; ".join(f"{path}: {ours} here, {theirs} there" for path, ours, theirs in shown)
