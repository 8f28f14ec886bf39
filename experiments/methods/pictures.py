"""What methods made of 100 creatures, side by side, not selected: the first pictures of each run's last grid.

python -m experiments.methods.pictures --out=/tmp/methods
"""

import pathlib

import matplotlib.figure
import numpy as np
from absl import app, flags
from PIL import Image

from experiments import runs
from experiments.methods.run import KIMG, RESOLUTION, every

FLAGS = flags.FLAGS
# Those that say most: none, and what came out best and worst.
SHOWN = (
    "nothing-alone", "nothing-ada", "wasserstein-alone",
    "relativistic-alone", "diffusion-alone", "bcr-alone",
)  # fmt: skip
COLUMNS, ROWS = 10, 5


def figure(grids: dict[str, np.ndarray]) -> matplotlib.figure.Figure:
    """Name -> uint8 [H, W, 3], three a row."""
    made = matplotlib.figure.Figure((9.6, 3.6), layout="constrained")
    for axes, (name, grid) in zip(made.subplots(2, 3).flat, grids.items(), strict=True):
        axes.imshow(grid, interpolation="nearest")
        axes.set_axis_off()
        axes.set_title(name.replace("-alone", "").replace("nothing-ada", "ada"), fontsize=10)
    return made


def last_grid(run, out) -> np.ndarray:
    """The first pictures of the last grid of a run: uint8 [H, W, 3]."""
    path = runs.folder(run, out) / f"fakes{KIMG:06d}.png"
    with Image.open(path) as grid:
        return np.asarray(grid)[: ROWS * RESOLUTION, : COLUMNS * RESOLUTION]


def main(_):
    by_name = {run.name: run for run in every()}
    grids = {name: last_grid(by_name[f"100-{name}-0"], FLAGS.out) for name in SHOWN}
    figure(grids).savefig(pathlib.Path(__file__).parent / "pictures.png", dpi=110)


if __name__ == "__main__":
    flags.DEFINE_string("out", None, "Folder of the runs.", required=True)
    app.run(main)
