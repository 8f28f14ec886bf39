"""Draw critters, cartoon creatures of DiceBear under CC0, or faces: as many different ones as wanted.

    python tools/fetch_critters.py --out ~/critters --first=0 --count=1000
    python tools/fetch_critters.py --out ~/lorelei --style=lorelei --count=2000

Needs `pip install dicebear-core==10.7.0 dicebear-styles==10.6.0 resvg-py==0.5.0`; a number is always
the same critter, so that any range can be held out.
"""

import importlib.util
import pathlib
import sys

from absl import app, flags

LICENCE = "CC0-1.0 ({} of DiceBear)"
# Those under CC0 that experiments draw.
STYLES = ("critters", "lorelei", "notionists", "open-peeps", "pixel-art")

_OUT = flags.DEFINE_string("out", None, "Folder to write into; new or empty.", required=True)
_FIRST = flags.DEFINE_integer("first", 0, "Number of the first.", lower_bound=0)
_COUNT = flags.DEFINE_integer("count", 1000, "How many.", lower_bound=1)
_STYLE = flags.DEFINE_enum("style", STYLES[0], STYLES, "Style of DiceBear.")
_SIDE = flags.DEFINE_integer("side", 64, "Pixels of a side.", lower_bound=8, upper_bound=1024)


def main(argv) -> None:
    del argv
    missing = [n for n in ("dicebear", "dicebear_styles", "resvg_py") if not _is_here(n)]
    if missing:
        sys.exit(
            f"{', '.join(missing)}: needed to draw; see python tools/fetch_critters.py --help."
        )
    out = pathlib.Path(_OUT.value).expanduser()
    if out.exists() and any(out.iterdir()):
        sys.exit(f"--out={out}: must be a new or an empty folder.")
    out.mkdir(parents=True, exist_ok=True)
    draw, licence = drawer(_SIDE.value, _STYLE.value), LICENCE.format(_STYLE.value)
    for number in range(_FIRST.value, _FIRST.value + _COUNT.value):
        (out / f"{number:06d}.png").write_bytes(draw(number))
    (out / "LICENCE.txt").write_text(licence + "\n")
    print(f"Drew {_COUNT.value} pictures of {_SIDE.value} pixels in {out}; licence: {licence}")


def _is_here(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def drawer(side: int, style: str = STYLES[0]):
    """A function: number -> PNG with alpha, bytes."""
    import dicebear_styles
    import resvg_py
    from dicebear import Avatar, Style

    folder = pathlib.Path(next(iter(dicebear_styles.__path__)))
    drawn = Style.from_json((folder / f"{style}.json").read_text(encoding="utf-8"))

    def draw(number: int) -> bytes:
        svg = Avatar(drawn, {"seed": str(number)}).to_string()
        return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=side, height=side))

    return draw


if __name__ == "__main__":
    app.run(main)
