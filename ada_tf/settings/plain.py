"""Configurations as plain values, for JSON, and back; what comes back may be a stranger's."""

import dataclasses
import difflib
import reprlib
import typing

from ada_tf.errors import UserError
from ada_tf.renames import with_new_names
from ada_tf.settings.error import SettingError
from ada_tf.settings.schedules import Schedule
from ada_tf.settings.setting import Setting
from ada_tf.settings.tree import fields_of, former_fields, section_class


def to_dict(config) -> dict:
    """Return plain values, ready for JSON; a schedule is its text."""
    return {f.name: _plain(getattr(config, f.name)) for f in dataclasses.fields(config)}


def _plain(value):
    if isinstance(value, Schedule):
        return str(value)
    return to_dict(value) if dataclasses.is_dataclass(value) else value


def from_dict(kind, values):
    """Rebuild a configuration from `to_dict`, or from what a stranger's file has in its place.

    Former names of settings are read as those of today.

    Raises:
        UserError: it is no dictionary, a key is missing or not known, or a value is not accepted.
    """
    if not isinstance(values, dict):
        raise UserError(f"{kind.__name__} must be names and values, not {reprlib.repr(values)}.")
    values = with_new_names(values, former_fields(kind))
    fields = fields_of(kind)
    unknown = next((name for name in values if name not in fields), None)
    if unknown is not None:
        close = difflib.get_close_matches(unknown[:99], fields, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else "."
        raise UserError(f"{kind.__name__} has no setting {reprlib.repr(unknown)}{hint}")
    for name, (field, _) in fields.items():
        required = field.default is field.default_factory is dataclasses.MISSING
        if required and name not in values:
            raise UserError(f"{kind.__name__} lacks the setting {name!r}.")
    return kind(**{name: _value(name, *fields[name], value) for name, value in values.items()})


def _value(name: str, field: dataclasses.Field, hint, value):
    """The value of a field, of its type.

    Raises:
        UserError: it cannot be one.
    """
    if dataclasses.is_dataclass(hint):
        try:
            return from_dict(section_class(hint, value if isinstance(value, dict) else None), value)
        except SettingError as error:
            raise error.inside(name) from error
    setting = Setting.of(field, hint, name)
    if any(typing.get_origin(kind) is tuple for kind in setting.kinds):
        value = _without_lists(value)
    if setting.about.scheduled and isinstance(value, str) and ":" in value:
        value = setting.parse(value)
    setting.check(value)
    return value


def _without_lists(value):
    """Lists as the tuples that they were before JSON."""
    return tuple(map(_without_lists, value)) if isinstance(value, list) else value
