"""Settings that describe themselves: frozen dataclasses whose fields carry help, bounds and flag.

    @renamable
    @dataclasses.dataclass(frozen=True)
    class LossConfig:
        r1_gamma: float = setting(10.0, "Weight of R1.", at_least=0, flag="gamma")

        def __post_init__(self):
            check(self)

Flags, overrides, checks, files, the name of a run and docs/settings.md are read from these fields.
"""

from ada_tf.settings.error import Named, SettingError
from ada_tf.settings.plain import from_dict, to_dict
from ada_tf.settings.rules import Rule, refuse
from ada_tf.settings.schedules import Schedule, at, peaks, scheduled, value_at, with_values
from ada_tf.settings.setting import Setting, setting
from ada_tf.settings.tree import (
    Difference,
    check,
    check_tree,
    differences,
    flags_of,
    get,
    get_or_none,
    leaves,
    leaves_by_path,
    narrowed,
    path_of,
    paths_in,
    renamable,
    replaced,
    tell,
)

__all__ = [
    "Difference",
    "Named",
    "Rule",
    "Schedule",
    "Setting",
    "SettingError",
    "at",
    "check",
    "check_tree",
    "differences",
    "flags_of",
    "from_dict",
    "get",
    "get_or_none",
    "leaves",
    "leaves_by_path",
    "narrowed",
    "path_of",
    "paths_in",
    "peaks",
    "refuse",
    "renamable",
    "replaced",
    "scheduled",
    "setting",
    "tell",
    "to_dict",
    "value_at",
    "with_values",
]
