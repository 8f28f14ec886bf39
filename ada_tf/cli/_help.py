"""--help: what a program does, and its flags in groups, in the order of their definition.

Imports nothing heavy, as `_program`.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from absl import flags

WIDTH = 96  # columns
GENERAL = """Of all programs:
  --help: This page.
  --version: The version of ada_tf.
  --flagfile: A file with a flag a line, as they are given here."""


class Group(NamedTuple):
    """Flags that belong together.

    Attributes:
        title: above them.
        flags: their names.
        defaults: name -> what it is if it is not given, of flags that do not say so themselves.
    """

    title: str
    flags: Sequence[str]
    defaults: Mapping[str, str] = {}


def page(doc: str, found: Sequence[flags.Flag], groups: Sequence[Group] = ()) -> str:
    """The page of a program.

    Args:
        doc: what it does.
        found: its flags.
        groups: of them; what is in none comes last.
    """
    left = {flag.name: flag for flag in found}
    parts = [doc.rstrip()]
    for group in groups:
        of_group = [left.pop(name) for name in group.flags if name in left]
        parts.append(_section(group.title, of_group, group.defaults))
    if left:
        parts.append(_section("Other flags" if groups else "Flags", left.values(), {}))
    return "\n\n".join([*parts, GENERAL])


def _section(title: str, of_group, defaults: Mapping[str, str]) -> str:
    return "\n".join([f"{title}:", *(entry(flag, defaults.get(flag.name)) for flag in of_group)])


def entry(flag: flags.Flag, default: str | None = None) -> str:
    """What a flag is for, what it accepts and what it is if it is not given."""
    about, accepted = _told_by(flag)
    if flag.default is not None and flag.default is not False:
        default = f"default {flag.default_as_str[1:-1]}"  # absl quotes it
    beside = "; ".join(filter(None, [accepted, default]))
    name = f"--[no]{flag.name}" if flag.boolean else f"--{flag.name}"
    lines = [f"{name}: {about}", *([f"({beside})"] if beside else [])]
    return "\n".join(
        flags.text_wrap(line, WIDTH, indent="    ", firstline_indent=start)
        for line, start in zip(lines, ("  ", "    "), strict=False)
    )


def _told_by(flag: flags.Flag) -> tuple[str, str]:
    """(what it is for, what it accepts), which absl tells in several ways."""
    if isinstance(flag.parser, flags.EnumParser):
        return flag.help.partition(">: ")[2], f"one of {', '.join(flag.parser.enum_values)}"
    about, _, accepted = flag.help.partition("\n")
    return about.rstrip(";"), accepted.strip("() ") or flag.parser.syntactic_help
