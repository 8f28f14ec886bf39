"""Write the table of docs/presets.md from the presets: `python tools/document_presets.py`."""

import pathlib
import re

from ada_tf.data import DataConfig
from ada_tf.settings import get, leaves
from ada_tf.training.config import RunConfig
from ada_tf.training.presets import NAMES, preset

PAGE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "presets.md"
TABLE = re.compile(r"(?<=\n)\| setting \| `auto` \|.*?\n(?!\|)", re.S)
# What the text before the table says: pictures of 256 pixels, on one GPU.
DATA = DataConfig(resolution=256, channels=3)
# What the data and the command decide, whatever the preset.
OF_A_RUN = ("preset", "data", "num_classes", "class_names", "attributes", "attribute_ranges",
            "resume", "resume_partial", "seed")  # fmt: skip


def page(text: str) -> str:
    """The page with the table as it is to be."""
    return TABLE.sub(lambda _: table(), text, count=1)


def table() -> str:
    """Every setting of every preset."""
    configs = [preset(name, data=DATA) for name in NAMES]
    lines = [["setting", *(f"`{name}`" for name in NAMES)], ["---"] * (len(NAMES) + 1)]
    for setting in leaves(RunConfig):
        if setting.path.partition(".")[0] in OF_A_RUN:
            continue
        flag = f" `--{setting.about.flag}`" if setting.about.flag else ""
        cells = [in_words(get(config, setting.path)) for config in configs]
        lines.append([f"`{setting.path}`{flag}", *cells])
    rule = "|".join(lines.pop(1))
    rows = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([rows[0], f"|{rule}|", *rows[1:]]) + "\n"


def in_words(value) -> str:
    """A value as the table has it."""
    return f"{value:g}" if type(value) is float else str(value).lower()


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
