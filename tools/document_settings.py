"""Write docs/settings.md from the fields of the configuration: `python tools/document_settings.py`."""

import dataclasses
import pathlib

from ada_tf.settings import Setting, leaves
from ada_tf.training.config import RunConfig

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "settings.md"
HEAD = """# Settings

Every setting of a run, as its field in the code describes it; written by
`python tools/document_settings.py`. `ada-train` takes those that have a flag by it, and any of them
by `--set`:

    ada-train --data=photos/ --gamma=5 --set=network.w_dim=128 --set=ema.rampup=none

Python takes them by path, by section, or by the end of a path that only one setting has:

    ada_tf.preset("auto", resolution=64, w_dim=128, settings={"loss.r1_gamma": 5.0})

What is not given comes from the preset; [presets.md](presets.md) has all its numbers. A default is
said here of what no preset decides. Three settings follow from others unless they are given:
`batch_gpu` from `batch`, `augment.target` from `augment.mode=adarv`, and `num_low_precision` with
`conv_clamp` from `precision`; and what `--cmethod` needs, as [methods](methods.md) says.
"""
# Sections that no preset has an opinion on.
OF_A_RUN = ("data", "seed", "num_classes")
TITLES = {"": "The run", "data": "Data", "network": "Networks", "loss": "Losses",
          "optimizer": "Optimizer", "ema": "Averaged generator", "augment": "Augmentation"}  # fmt: skip


def page() -> str:
    """The whole page."""
    sections = {}
    for setting in leaves(RunConfig):
        sections.setdefault(setting.path.rpartition(".")[0], []).append(setting)
    parts = [HEAD]
    for section, title in TITLES.items():
        rows = "\n".join(map(row, sections.pop(section)))
        parts.append(
            f"## {title}\n\n| setting | flag | | accepted | default |\n|---|---|---|---|---|\n{rows}\n"
        )
    assert not sections, sections
    return "\n".join(parts)


def row(setting: Setting) -> str:
    """A line of a table."""
    flag = f"`--{setting.about.flag}`" if setting.about.flag else ""
    if setting.about.decided_by:
        default = setting.about.decided_by
    elif setting.path.partition(".")[0] in OF_A_RUN and setting.default is not dataclasses.MISSING:
        default = "none" if setting.default is None else str(setting.default).lower()
    else:
        default = "by the preset"
    cells = (f"`{setting.path}`", flag, setting.about.help, setting.accepted, default)
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(page())
