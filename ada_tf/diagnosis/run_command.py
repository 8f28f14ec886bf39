"""The command that trains a run again: its preset, its data, and what differs from the preset."""

import shlex

from ada_tf.settings import differences, leaves_by_path
from ada_tf.training.config import RunConfig
from ada_tf.training.presets import preset


def command_of(config: RunConfig) -> str:
    """As it is typed into a shell.

    Args:
        config: of the run, made for one device; of several, batch and gamma stand in it, too.
    """
    usual = preset(config.preset, data=config.data)
    words = {"preset": config.preset, "data": config.data.source}
    if config.data.resolution is not None:
        words["resolution"] = str(config.data.resolution)
    parts = [f"--{name}={value}" for name, value in words.items()]
    settings = leaves_by_path(config)
    for difference in differences(config, usual):
        if difference.path not in settings:  # of the preset's family alone
            continue
        about = settings[difference.path].about
        if about.decided_by is None and about.flag not in words:
            name = f"--{about.flag}" if about.flag else f"--set={difference.path}"
            part = f"{name}={_text(difference.ours)}"
            if part not in parts:  # a flag may be of several settings
                parts.append(part)
    if config.data.mirror:
        parts.append("--mirror")
    return shlex.join(["ada-train", *parts])


def _text(value) -> str:
    """A value as flags take it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
