"""Flags of a program that are settings of a configuration: described, read and named in one place."""

from collections.abc import Iterator

from ada_tf.errors import UserError
from ada_tf.settings import flags_of, leaves, leaves_by_path, paths_in

EXAMPLE = "network.w_dim=128"


def flags_for(kind) -> Iterator[tuple[str, bool, str]]:
    """(name, whether it is a switch, help) of the flags of all settings that have one.

    A program defines them itself, for absl shows in its --help what its own module defines; without
    a default, so that what is not given is seen, and those that are no switches as texts, so that
    every value is judged by its setting alone.

    Args:
        kind: dataclass of the configuration.
    """
    for name, (setting, *_) in flags_of(kind).items():
        switch = bool in setting.kinds
        yield name, switch, setting.about.help + ("" if switch else f"\n({setting.accepted})")


SET_HELP = f"Any other setting, such as --set={EXAMPLE}; may be repeated. See docs/settings.md."


def given(kind, values) -> dict:
    """The settings that the flags give.

    Args:
        kind: dataclass of the configuration; a family of networks may narrow that of the flags.
        values: the parsed flags, those of `flags_for` and `set`.

    Returns:
        path -> value.

    Raises:
        UserError: a setting is not known or given twice, or its value is not accepted.
    """
    found = {}
    for name, settings in flags_of(kind).items():
        if name not in values:  # a setting of another family, for --set alone
            continue
        value = values[name].value
        for s in settings if value is not None else ():
            found[s.path] = value if bool in s.kinds else s.parse(value)
    by_flag = dict.fromkeys(found)
    for text in values["set"].value or ():
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
        raise UserError(f"set={text!r:.80} must be a setting and its value, such as {EXAMPLE}.")
    try:
        (path,) = paths_in(kind, {name.strip(): value})
        return path, leaves_by_path(kind)[path].parse(value)
    except UserError as error:
        raise UserError(f"set={text!r:.80}: {error}") from error


def names(kind) -> dict[str, str]:
    """Path -> what users of the program call the setting: its flag, or its path without one."""
    return {s.path: s.about.flag or s.path for s in leaves(kind)}
