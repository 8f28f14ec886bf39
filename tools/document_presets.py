"""Write the tables of docs/presets.md from the presets: `python tools/document_presets.py`."""

import pathlib
import re

from ada_tf.data import DataConfig
from ada_tf.settings import get, leaves
from ada_tf.training.preset_table import R3GAN
from ada_tf.training.presets import NAMES, preset

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "presets.md"
# Presets of a family, and what the table of their common settings is called.
GROUPS = {
    "the same in every preset": [name for name in NAMES if name not in R3GAN],
    "the same in all presets of R3GAN": list(R3GAN),
}
# What the text before the tables says: pictures of 256 pixels, on one GPU.
DATA = DataConfig(resolution=256, channels=3)
# What the data and the command decide, whatever the preset.
OF_A_RUN = ("preset", "data", "num_classes", "class_names", "attributes", "attribute_ranges",
            "attribute_scales", "class_shares", "resume", "resume_partial", "seed", "use")  # fmt: skip


def page(text: str) -> str:
    """The page with all tables as they are to be."""
    for title, names in GROUPS.items():
        for head, made in zip(
            (f"setting | `{names[0]}`", f"section | {title}"), tables(title), strict=True
        ):
            old = re.compile(rf"(?<=\n)\| {re.escape(head)} \|.*?\n(?!\|)", re.S)
            text, found = old.subn(lambda _, made=made: made, text, count=1)
            assert found, head
    return text


def tables(title: str) -> tuple[str, str]:
    """(settings in which presets differ, a row each; those in which none does, a row a section)."""
    names = GROUPS[title]
    configs = [preset(name, data=DATA) for name in names]
    rows, alike = [], {}
    for setting in leaves(configs[0]):
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
    heads = ["setting", *(f"`{name}`" for name in names)], ["section", title]
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
