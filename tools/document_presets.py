"""Write the tables of docs/presets.md from the presets: `python tools/document_presets.py`."""

import pathlib
import re

from ada_tf.data import DataConfig
from ada_tf.settings import get, leaves
from ada_tf.training.config import RunConfig
from ada_tf.training.presets import NAMES, preset

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "presets.md"
DIFFERING = re.compile(r"(?<=\n)\| setting \| `auto` \|.*?\n(?!\|)", re.S)
ALIKE = re.compile(r"(?<=\n)\| section \| the same in every preset \|.*?\n(?!\|)", re.S)
# What the text before the tables says: pictures of 256 pixels, on one GPU.
DATA = DataConfig(resolution=256, channels=3)
# What the data and the command decide, whatever the preset.
OF_A_RUN = ("preset", "data", "num_classes", "class_names", "attributes", "attribute_ranges",
            "attribute_scales", "class_shares", "resume", "resume_partial", "seed", "use")  # fmt: skip


def page(text: str) -> str:
    """The page with both tables as they are to be."""
    differing, alike = tables()
    text = DIFFERING.sub(lambda _: differing, text, count=1)
    return ALIKE.sub(lambda _: alike, text, count=1)


def tables() -> tuple[str, str]:
    """(settings in which presets differ, a row each; those in which none does, a row a section)."""
    configs = [preset(name, data=DATA) for name in NAMES]
    rows, alike = [], {}
    for setting in leaves(RunConfig):
        if setting.path.partition(".")[0] in OF_A_RUN:
            continue
        values = [in_words(get(config, setting.path)) for config in configs]
        if len(set(values)) > 1:
            flag = f" `--{setting.about.flag}`" if setting.about.flag else ""
            rows.append([f"`{setting.path}`{flag}", *values])
        else:
            section, _, name = setting.path.rpartition(".")
            alike.setdefault(section, []).append(f"`{name}` {values[0]}")
    both = [
        [f"`{section}`" if section else "the run", ", ".join(n)] for section, n in alike.items()
    ]
    heads = ["setting", *(f"`{name}`" for name in NAMES)], ["section", "the same in every preset"]
    return table(heads[0], rows), table(heads[1], both)


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table of Markdown."""
    first, *others = (f"| {' | '.join(line)} |" for line in (head, *rows))
    return "\n".join([first, f"|{'|'.join(['---'] * len(head))}|", *others]) + "\n"


def in_words(value) -> str:
    """A value as the table has it."""
    return f"{value:g}" if type(value) is float else str(value).lower()


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
