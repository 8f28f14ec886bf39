"""Icons: creatures without their ground, in a folder of PNG files with alpha, and a table of labels."""

import csv
import pathlib

from PIL import Image

from ada_tf.data.creatures import CHOICES, TRAITS, creature, draw

WIDTH, HEIGHT = 32, 24
# The class is the colour; these traits of creatures are beside it.
ATTRIBUTES = ("ears", "right")
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
        Image.fromarray(draw(one, HEIGHT, WIDTH, alpha=True)).save(work / name)
        rows.append((name, one.colour, *(f"{float(TRAITS[a](one)):.3f}" for a in ATTRIBUTES)))
    with open(work / "labels.csv", "w", newline="") as file:
        csv.writer(file).writerows(rows)
    work.rename(folder)
    return folder
