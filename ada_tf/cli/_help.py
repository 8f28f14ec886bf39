"""--help: the docstring of a program and its flags in groups, as wide as the terminal.

Imports nothing heavy, as `_program`.
"""

import dataclasses
import inspect
import shutil
import textwrap
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ada_tf.cli._flags import Flags, Option, options_of
from ada_tf.models.config import NetworkConfig, R3GANConfig
from ada_tf.models.families import DISCRIMINATORS, GENERATORS
from ada_tf.settings import flags_of, get, leaves, leaves_by_path
from ada_tf.training.config import RunConfig

MAX_WIDTH, _MIN_WIDTH = 96, 40  # columns
_GENERAL = {
    "help": "This page.",
    "version": "The version of ada_tf.",
    "flagfile": "A file with a flag a line, as they are given here.",
}


class Group(NamedTuple):
    """Flags that belong together.

    Attributes:
        title: above them.
        flags: their names.
        defaults: name -> default in words, of flags whose default depends on others.
    """

    title: str
    flags: Sequence[str]
    defaults: Mapping[str, str] = {}


def page(doc: str, kind, groups: Sequence[Group] | None = None) -> str:
    """The page of a program.

    Args:
        doc: its docstring; None without one.
        kind: dataclass of its flags, see `_flags`.
        groups: of all flags; None makes one of each class that `kind` inherits from, its own first.
    """
    options = {one.name: one for one in options_of(kind) if one.has_flag}
    width = max(min(shutil.get_terminal_size((MAX_WIDTH, 24)).columns, MAX_WIDTH), _MIN_WIDTH)
    parts = [_filled(block, width) for block in doc.strip().split("\n\n")] if doc else []
    for group in _by_class(options.values()) if groups is None else groups:
        entries = [
            entry(options[name], group.defaults.get(name), width)
            for name in group.flags
            if name in options
        ]
        parts.append("\n".join([f"{group.title}:", *entries]))
    more = [] if groups is None else [entry(one, None, width) for one in _from_outside()]
    parts += ["\n".join(["Settings of --use:", *more])] if more else []
    common = [entry(one, None, width) for one in options.values() if one.title == Flags.TITLE]
    general = [_wrapped(f"--{name}: {text}", width) for name, text in _GENERAL.items()]
    return "\n\n".join([*parts, "\n".join([f"{Flags.TITLE}:", *common, *general])])


def _by_class(options) -> list[Group]:
    names = {"Flags": []}  # first, whatever the order of reading
    for one in options:
        names.setdefault(one.title, []).append(one.name)
    return [Group(title, found) for title, found in names.items() if found and title != Flags.TITLE]


def entry(option: Option, default: str | None, width: int) -> str:
    """The help of a flag, its values, and its default."""
    usual = option.setting.default
    off = usual in (None, "", (), dataclasses.MISSING) or usual is False
    if default is None and not off:
        default = f"default {in_words(usual)}"
    beside = "; ".join(filter(None, [option.accepted, default]))
    name = f"--[no]{option.name}" if option.switch and option.has_flag else f"--{option.name}"
    lines = [_wrapped(f"{name}: {option.setting.help}", width)]
    return "\n".join([*lines, *([_wrapped(f"({beside})", width, 4)] if beside else [])])


def _wrapped(text: str, width: int, first: int = 2) -> str:
    return textwrap.fill(
        text, width, initial_indent=" " * first, subsequent_indent=" " * 4, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def _filled(block: str, width: int) -> str:
    """A paragraph of a docstring; commands, which are indented, stay as they are."""
    if block.startswith(" "):
        return block
    return textwrap.fill(block, width, break_long_words=False, break_on_hyphens=False)


def in_words(value) -> str:
    """A value as it is given to a flag."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return ",".join(map(in_words, value))
    return f"{value:.10g}" if isinstance(value, float) else str(value)


# Title -> flags of ada-train, and sections of settings, which end in a dot: all of their flags that
# stand in no other group.
GROUPS = {
    "Data": ("data.", "accept_changed_data"),
    "Length": ("kimg", "restart", "metrics_patience"),
    "Network": ("preset", "network.", "resume", "resume_partial", "freezed", "freezeg"),
    "Learning": ("batch", "loss.", "optimizer.", "ema.", "seed", "set"),
    "Augmentation": ("augment.",),
    "Output": (
        "outdir", "snap", "snapshot_kimg", "snapshots", "checkpoint_minutes", "metrics", "metrics_every",
        "download", "dry_run", "json",
    ),
    "Machine": ("strategy", "wait_minutes", "batch_gpu", "precision", "fp32", "tf32", "xla", "conv"),
}  # fmt: skip
# Settings that no preset decides: their default is that of the field.
_OF_A_RUN = ("data", "seed", "resume")
# Presets whose numbers follow the data differ between these: two sides, and no pictures counted.
_RESOLUTIONS = (64, 256, 1024)
BY_THE_DATA = "by the data"


def groups_of_train() -> list[Group]:
    """All flags of ada-train, with what each preset makes of them."""
    settings = {name: found[0] for name, found in flags_of(RunConfig).items()}
    named = {name for members in GROUPS.values() for name in members}
    defaults = _defaults(settings)
    made = []
    for title, members in GROUPS.items():
        names = []
        for member in members:
            of_section = [
                name
                for name, setting in settings.items()
                if member.endswith(".") and setting.path.startswith(member) and name not in named
            ]
            names += of_section or [member]
        made.append(Group(title, names, defaults))
    return made


def _from_outside() -> list[Option]:
    """Settings of phases, games and families from outside, which have no flag but --set."""
    found = [s for s in leaves(RunConfig) if s.path.count(".") > 1]
    rows = (*GENERATORS.values(), *DISCRIMINATORS.values())
    for kind in dict.fromkeys(row.settings for row in rows):
        if kind not in (None, NetworkConfig, R3GANConfig):
            own, known = inspect.get_annotations(kind), leaves_by_path(kind)
            found += [dataclasses.replace(known[n], path=f"network.{n}") for n in own if n in known]
    return [Option(f"set={s.path}", s, has_flag=False) for s in found]


def _defaults(settings) -> dict[str, str]:
    """Flag -> its value with each preset."""
    from ada_tf.training.presets import NAMES, preset

    configs = {
        name: [preset(name, resolution=side, channels=3) for side in _RESOLUTIONS] for name in NAMES
    }
    found = {"data": "must be given", "preset": f"default {NAMES[0]}"}
    for flag, setting in settings.items():
        if setting.path.partition(".")[0] in _OF_A_RUN:
            values = {"": [setting.default]}
        else:
            # Presets of a family have no values of flags that only others know.
            values = {
                name: [get(c, setting.path) for c in of]
                for name, of in configs.items()
                if setting.path in leaves_by_path(of[0])
            }
        found.setdefault(flag, _default(values))
    return found


def _default(values: dict[str, list]) -> str:
    """The values of one setting: "default 25000; tiny: 120; small, medium: by the data".

    Args:
        values: name of a preset -> the values at several resolutions; the default preset first.
    """
    named = {}
    for name, found in values.items():
        word = in_words(found[0]) if len(set(map(str, found))) == 1 else BY_THE_DATA
        named.setdefault(word, []).append(name)
    (default, _), *others = named.items()
    if (default, others) in (("false", []), ("none", [])):
        return ""  # a switch that is off, and what is not there unless it is given
    return "; ".join(
        [f"default {default}", *(f"{', '.join(names)}: {word}" for word, names in others)]
    )
