"""Pictures trained on, beside what was made of them without ADA and with it, not selected.

python -m experiments.small_sets.pictures --sets=/tmp/sets --out=/tmp/small_sets
"""

import pathlib

from absl import app, flags

from experiments import grids, runs
from experiments.small_sets.run import SETS, every

FLAGS = flags.FLAGS
NAMES = {"noaug": "without ADA", "ada": "with ADA"}
# Set -> whether its own pictures are shown, too: those of critters are CC0. Of solar cells, whose
# licence is for non-commercial use and for what is made of them as well, nothing is.
SHOWN = {"critters": True, "emoji": False}
COLUMNS, ROWS = 8, 10


def parts(sets, out):
    """Pairs of a name and uint8 [H, W, 3]."""
    of = {run.name: run for run in every(sets)}
    for name, with_reals in SHOWN.items():
        pictures, _, side, _ = SETS[name]
        shape = side, COLUMNS, ROWS
        if with_reals:
            reals = runs.folder(of[f"{name}-noaug"], out) / "reals.png"
            yield f"{pictures} {name}", grids.corner(reals, *shape)
        for aug, how in NAMES.items():
            yield f"{name}, {how}", grids.last(of[f"{name}-{aug}"], out, *shape)


def main(_):
    shown = [*parts(FLAGS.sets, FLAGS.out)]
    made = grids.figure(shown, len(shown), (12.5, 3.4))
    made.savefig(pathlib.Path(__file__).parent / "pictures.png", dpi=110)


if __name__ == "__main__":
    flags.DEFINE_string("sets", None, "Folder of the sets.", required=True)
    flags.DEFINE_string("out", None, "Folder of the runs.", required=True)
    app.run(main)
