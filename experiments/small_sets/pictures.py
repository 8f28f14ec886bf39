"""Pictures trained on, beside what was made of them without ADA and with it, not selected.

python -m experiments.small_sets.pictures --sets=/tmp/sets --out=/tmp/small_sets
"""

import pathlib

from absl import app, flags

from experiments import grids, runs
from experiments.small_sets.run import SETS, every

FLAGS = flags.FLAGS
NAMES = {"noaug": "without ADA", "ada": "with ADA"}
WIDTH, HEIGHT = 320, 192  # pixels of each part


def parts(sets, out):
    """Pairs of a name and uint8 [192, 320, 3], three for each set."""
    of = {run.name: run for run in every(sets)}
    for name, (pictures, _, side, kimg) in SETS.items():
        shown = side, WIDTH // side, HEIGHT // side
        first, *_ = folders = [runs.folder(of[f"{name}-{aug}"], out) for aug in NAMES]
        yield f"{name}: {pictures} pictures", grids.corner(first / "reals.png", *shown)
        for folder, how in zip(folders, NAMES.values(), strict=True):
            yield how, grids.corner(folder / f"fakes{kimg:06d}.png", *shown)


def main(_):
    made = grids.figure([*parts(FLAGS.sets, FLAGS.out)], 1 + len(NAMES), (10, 6.6))
    made.savefig(pathlib.Path(__file__).parent / "pictures.png", dpi=110)


if __name__ == "__main__":
    flags.DEFINE_string("sets", None, "Folder of the sets.", required=True)
    flags.DEFINE_string("out", None, "Folder of the runs.", required=True)
    app.run(main)
