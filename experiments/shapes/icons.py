"""Icons: creatures without their ground, in a folder of PNG files with alpha, and a table of labels."""

import csv
import pathlib
import random

import numpy as np
from PIL import Image

from ada_tf.data.creatures import CHOICES, creature, draw

WIDTH, HEIGHT = 32, 24
SCALE = 4  # drawn so much larger, and placed to a quarter of a pixel
# The class is the colour; beside it stand whether the icon is half transparent, and where the creature is.
ATTRIBUTES = ("faded", "right")
CLASSES = tuple(sorted(CHOICES["colour"]))


def write(folder: pathlib.Path, numbers: range) -> pathlib.Path:
    """The folder of the creatures of these numbers, which is made if it is not there."""
    if folder.exists():
        return folder
    work = folder.with_name(f"{folder.name}.unfinished")
    work.mkdir(parents=True, exist_ok=True)
    rows = [("file", "colour", *ATTRIBUTES)]
    for number in numbers:
        one = creature(number)
        name = f"{number}.png"
        draws = random.Random(number)
        right, faded = draws.uniform(-1, 1), draws.random() < 0.5
        Image.fromarray(icon(one, right, faded)).save(work / name)
        rows.append((name, one.colour, int(faded), f"{right:.3f}"))
    with open(work / "labels.csv", "w", newline="") as file:
        csv.writer(file).writerows(rows)
    work.rename(folder)
    return folder


def icon(one, right: float, faded: bool) -> np.ndarray:
    """A creature at the left (-1) to the right (1) of its icon, uint8 [HEIGHT, WIDTH, 4]."""
    fine = draw(one, SCALE * HEIGHT, SCALE * HEIGHT, alpha=True)
    canvas = Image.new("RGBA", (SCALE * WIDTH, SCALE * HEIGHT))
    canvas.paste(Image.fromarray(fine), (round((right + 1) / 2 * SCALE * (WIDTH - HEIGHT)), 0))
    # Of premultiplied colours, so that what is transparent has none.
    small = canvas.convert("RGBa").resize((WIDTH, HEIGHT), Image.Resampling.BOX).convert("RGBA")
    pixels = np.array(small)
    if faded:
        pixels[..., 3] //= 2
    return pixels
