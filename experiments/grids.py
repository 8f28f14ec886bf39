"""Pictures of runs side by side, not selected: the first of a grid that training wrote."""

import matplotlib.figure
import numpy as np
from PIL import Image

from experiments import runs


def corner(path, side: int, columns: int, rows: int) -> np.ndarray:
    """The first pictures of a grid of pictures of so many pixels a side: uint8 [H, W, 3]."""
    with Image.open(path) as grid:
        return np.asarray(grid.convert("RGB"))[: rows * side, : columns * side]


def last(run, out, *shape: int) -> np.ndarray:
    """The first pictures of the grid at the end of a run; the shape is that of `corner`."""
    return corner(runs.folder(run, out) / f"fakes{run.kimg:06d}.png", *shape)


def figure(named, columns: int, size: tuple[float, float]) -> matplotlib.figure.Figure:
    """Pairs of a name and uint8 [H, W, 3], so many a row, of a size in inches."""
    made = matplotlib.figure.Figure(size, layout="constrained")
    every = made.subplots(len(named) // columns, columns)
    for axes, (name, grid) in zip(every.flat, named, strict=True):
        axes.imshow(grid, interpolation="nearest")
        axes.set_axis_off()
        axes.set_title(name, fontsize=10)
    return made
