"""Set parts of two grids side by side, with gaps: real images left, generated ones right.

python tools/make_figure.py runs/00000-digits-tiny --size=16 --columns=10 --rows=6 --scale=3 --out=result.png
"""

import argparse
import pathlib

import PIL.Image

GAP, BETWEEN = 4, 32  # pixels of the figure: between images, between the two grids


def part(path, size, columns, rows, scale):
    """The top left images of a grid, enlarged, with gaps."""
    grid = PIL.Image.open(path).convert("RGB")
    side = size * scale
    image = PIL.Image.new("RGB", (columns * (side + GAP) - GAP, rows * (side + GAP) - GAP), "white")
    for y in range(rows):
        for x in range(columns):
            picture = grid.crop((x * size, y * size, (x + 1) * size, (y + 1) * size))
            picture = picture.resize((side, side), PIL.Image.Resampling.BICUBIC)
            image.paste(picture, (x * (side + GAP), y * (side + GAP)))
    return image


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run_dir", type=pathlib.Path)
    for name, default in (("size", 16), ("columns", 10), ("rows", 6), ("scale", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--fakes_only", action="store_true", help="leave the real images out")
    parser.add_argument("--out", default="result.png")
    flags = parser.parse_args()
    newest = sorted(flags.run_dir.glob("fakes[0-9]*.png"))[-1]
    shape = (flags.size, flags.columns, flags.rows, flags.scale)
    right = part(newest, *shape)
    if flags.fakes_only:
        right.save(flags.out, optimize=True)
        return
    left = part(flags.run_dir / "reals.png", *shape)
    figure = PIL.Image.new("RGB", (left.width + BETWEEN + right.width, left.height), "white")
    figure.paste(left, (0, 0))
    figure.paste(right, (left.width + BETWEEN, 0))
    figure.save(flags.out, optimize=True)


if __name__ == "__main__":
    main()
