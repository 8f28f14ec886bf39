"""Flags of a program that are settings of a configuration: defined, read and named in one place."""

from absl import flags

from ada_tf.errors import UserError
from ada_tf.settings import flags_of, leaves, leaves_by_path, paths_in

EXAMPLE = "network.w_dim=128"


def define_flags(kind, values=flags.FLAGS) -> None:
    """A flag for each setting that has one, and --set for all others.

    Flags are texts, None where not given, so that every value is judged by its setting alone.

    Args:
        kind: dataclass of the configuration.
        values: where to define them.
    """
    for name, (setting, *_) in flags_of(kind).items():
        if bool in setting.kinds:
            flags.DEFINE_boolean(name, None, setting.about.help, flag_values=values)
        else:
            about = f"{setting.about.help}\n({setting.accepted})"
            flags.DEFINE_string(name, None, about, flag_values=values)
    flags.DEFINE_multi_string(
        "set",
        None,
        f"Any other setting, such as --set={EXAMPLE}; may be given again. All are in"
        " docs/settings.md.",
        flag_values=values,
    )


def given(kind, values) -> dict:
    """The settings that the flags give.

    Args:
        kind: dataclass of the configuration.
        values: the parsed flags.

    Returns:
        path -> value.

    Raises:
        UserError: a setting is not known or given twice, or its value is not accepted.
    """
    found = {}
    for name, settings in flags_of(kind).items():
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
