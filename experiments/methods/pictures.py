"""What methods made of 100 creatures, side by side, not selected: the first pictures of each run's last grid.

python -m experiments.methods.pictures --out=/tmp/methods
"""

import pathlib

import numpy as np
from absl import app, flags

from experiments import grids
from experiments.methods.run import RESOLUTION, every

FLAGS = flags.FLAGS
# Those that say most: none, and what came out best and worst.
SHOWN = (
    "nothing-alone", "nothing-ada", "wasserstein-alone",
    "relativistic-alone", "diffusion-alone", "bcr-alone",
)  # fmt: skip
COLUMNS, ROWS = 10, 5


def last_grid(run, out) -> np.ndarray:
    """The first pictures of the last grid of a run: uint8 [H, W, 3]."""
    return grids.last(run, out, RESOLUTION, COLUMNS, ROWS)


def title(name: str) -> str:
    """What a method is called above its pictures."""
    return name.replace("-alone", "").replace("nothing-ada", "ada")


def main(_):
    by_name = {run.name: run for run in every()}
    shown = [(title(name), last_grid(by_name[f"100-{name}-0"], FLAGS.out)) for name in SHOWN]
    grids.figure(shown, 3, (9.6, 3.6)).savefig(
        pathlib.Path(__file__).parent / "pictures.png", dpi=110
    )


if __name__ == "__main__":
    flags.DEFINE_string("out", None, "Folder of the runs.", required=True)
    app.run(main)
