"""--help of ada-train: its flags in groups, and what presets make of those that are not given.

Imports nothing heavy, as `_program`.
"""

from ada_tf.cli._help import Group
from ada_tf.settings import flags_of, get
from ada_tf.training.config import RunConfig

# Title -> flags, and sections of settings, which end in a dot: all of their flags that stand in no
# other group.
GROUPS = {
    "Data": ("data.", "accept_changed_data"),
    "Length": ("kimg", "restart", "metrics_patience"),
    "Network": ("preset", "network.", "resume", "resume_partial", "freezed", "freezeg"),
    "Learning": ("batch", "loss.", "optimizer.", "ema.", "seed", "set"),
    "Augmentation": ("augment.",),
    "Output": (
        "outdir", "snap", "snapshot_kimg", "snapshots", "checkpoint_minutes", "metrics", "metrics_every",
        "download", "dry_run",
    ),
    "Machine": ("strategy", "batch_gpu", "precision", "fp32", "tf32", "xla"),
}  # fmt: skip
# What no preset has an opinion on comes from its field.
OF_A_RUN = ("data", "seed", "resume")
# Presets whose numbers follow the data differ between these: two sides, and no pictures counted.
RESOLUTIONS = (64, 256, 1024)
BY_THE_DATA = "by the data"


def groups() -> list[Group]:
    """All flags of ada-train."""
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


def _defaults(settings) -> dict[str, str]:
    """Flag -> its value with each preset."""
    from ada_tf.training.presets import NAMES, preset

    configs = {
        name: [preset(name, resolution=side, channels=3) for side in RESOLUTIONS] for name in NAMES
    }
    found = {"data": "must be given", "preset": f"default {NAMES[0]}"}
    for flag, setting in settings.items():
        if setting.path.partition(".")[0] in OF_A_RUN:
            values = {"": [setting.default]}
        else:
            values = {name: [get(c, setting.path) for c in of] for name, of in configs.items()}
        found.setdefault(flag, _default(values))
    return found


def _default(values: dict[str, list]) -> str | None:
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
        return None  # a switch that is off, and what is not there unless it is given
    return "; ".join(
        [f"default {default}", *(f"{', '.join(names)}: {word}" for word, names in others)]
    )


def in_words(value) -> str:
    """A value as it is given to a flag."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return f"{value:.10g}" if isinstance(value, float) else str(value)
