"""Write docs/settings.md from the fields of the configuration: `python tools/document_settings.py`."""

import dataclasses
import pathlib

from ada_tf.models.config import R3GANConfig
from ada_tf.settings import Setting, leaves, leaves_by_path, narrowed
from ada_tf.training.config import RunConfig

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "settings.md"
HEAD = """# Settings

Every setting of a run; `python tools/document_settings.py` writes this page. `ada-train` takes a setting by
its flag, or any of them by `--set`:

    ada-train --data=photos/ --gamma=5 --set=network.w_dim=128 --set=ema.rampup=none

`--help` lists all flags, and `--flagfile=flags.txt` reads them from a file. Python takes a setting by its
path, by section, or by the end of a path that only one setting has:

    ada_tf.preset("auto", resolution=64, w_dim=128, settings={"loss.r1_gamma": 5.0})

The preset decides what is not given, unless a default stands here ([presets.md](presets.md) has all numbers).
Three settings follow others unless they are given: `batch_gpu` follows `batch`; `augment.target` follows
`augment.mode=adarv`; `num_low_precision` and `conv_clamp` follow `precision`. `--cmethod` sets what it needs
([methods](methods.md)). "From" includes the number that follows.

A number with ~ may change over time. A schedule names its values at points of thousands of images,
`value@kimg`, and how to go from one to the next: `linear`, `cosine` (half a wave) or `steps`:

    ada-train --data=photos/ --lr=cosine:0.002@0,0.0005@2000 --set=augment.target=steps:0.6@0,0.7@500

Before the first point and after the last one it stays. It follows the count of images alone, so a resumed
run goes on exactly; TensorBoard shows it under `Settings/`. In Python it is
`ada_tf.Schedule("cosine", (0.002, 0.0005), (0, 2000))`. A loss whose weight is 0 throughout is left out.
"""
# Sections that no preset has an opinion on.
OF_A_RUN = ("data", "seed", "num_classes")
TITLES = {"": "The run", "data": "Data", "network": "Networks", "loss": "Losses",
          "optimizer": "Optimizer", "ema": "Averaged generator", "augment": "Augmentation"}  # fmt: skip
# What `Setting.accepted` says -> the shorter words of a table; longer ones first.
SHORTER = (
    ("values with commas, each 3 values with commas, each a finite number", "lists of 3 numbers"),
    ("values with commas, each 2 values with commas, each a finite number", "lists of 2 numbers"),
    ("values with commas, each a finite number", "list of numbers"),
    (", or a schedule", " ~"),
    ("a whole number of at least ", "whole, from "),
    ("a whole number from ", "whole, "),
    ("a number of at least 0 and below 1", "0 to below 1"),
    ("a number above 0 and up to 1", "above 0, to 1"),
    ("a finite number of at least ", "from "),
    ("a finite number above ", "above "),
    ("a number from ", ""),
    ("a finite number", "number"),
    ("values with commas, each ", "list: "),
    ("-9223372036854775808 to 9223372036854775807", "64 bits"),
    ("true or false", "true, false"),
    ("one of ", ""),
    ("a text", "text"),
    (", or none", ", none"),
)


def page() -> str:
    """The whole page."""
    sections = {}
    for setting in leaves(RunConfig):
        sections.setdefault(setting.path.rpartition(".")[0], []).append(setting)
    parts = [HEAD]
    for section, title in TITLES.items():
        rows = "\n".join(map(row, sections.pop(section)))
        parts.append(f"## {title}\n\n| setting | meaning | accepted |\n|---|---|---|\n{rows}\n")
        if section == "network":
            parts.append(of_r3gan())
    assert not sections, sections
    return "\n".join(parts)


def of_r3gan() -> str:
    """Section of the settings that R3GAN has and StyleGAN2 has not."""
    known = leaves_by_path(narrowed(RunConfig, network=R3GANConfig))
    rows = "\n".join(row(s) for path, s in known.items() if path not in leaves_by_path(RunConfig))
    return (
        "### R3GAN\n\nWith `network.generator=r3gan` there are `z_dim`, `precision`, `channel_base` and"
        f" `channel_max` of these, and:\n\n| setting | meaning | accepted |\n|---|---|---|\n{rows}\n"
    )


def row(setting: Setting) -> str:
    """A line of a table: path and flag, help, what is accepted and the default."""
    flag = f" `--{setting.about.flag}`" if setting.about.flag else ""
    cells = (f"`{setting.path}`{flag}", setting.help, accepted(setting) + default(setting))
    return f"| {' | '.join(cells)} |"


def accepted(setting: Setting) -> str:
    """Values of a setting in few words."""
    words = setting.accepted
    for long, short in SHORTER:
        words = words.replace(long, short)
    return words


def default(setting: Setting) -> str:
    """The default behind a semicolon; empty where the preset decides."""
    if setting.about.decided_by:
        return f"; default {setting.about.decided_by}"
    if setting.path.partition(".")[0] in OF_A_RUN and setting.default is not dataclasses.MISSING:
        return f"; default {'none' if setting.default is None else str(setting.default).lower()}"
    return ""


if __name__ == "__main__":
    PAGE.write_text(page())
