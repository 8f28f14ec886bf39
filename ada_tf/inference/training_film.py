"""The film of a training: the images that the run has written as it went on."""

import pathlib
import re
from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image

from ada_tf.data.decode import strict
from ada_tf.errors import UserError
from ada_tf.files import open_regular, printable, reading
from ada_tf.training.runs.run_dir import read_options

_NAME = re.compile(r"fakes(?:_init|(\d{6,12}))\.png")
_MODES = ("L", "RGB")  # of grids
_MAX_BYTES = 2**29


def pictures_of_run(run) -> list[pathlib.Path]:
    """List the pictures that training has written, from fakes_init.png to the last.

    Args:
        run: a run directory.

    Raises:
        UserError: there are fewer than two.
    """
    run = pathlib.Path(run)
    with reading(run, "a run directory"):
        found = [(match, path) for path in run.iterdir() if (match := _NAME.fullmatch(path.name))]
    if len(found) < 2:
        raise UserError(
            f"{printable(run)} holds {len(found)} pictures fakes*.png; a film of a training needs a run"
            " directory with at least 2."
        )
    return [path for match, path in sorted(found, key=lambda f: int(f[0][1] or -1))]


def training_film(run, frames: int | None = None, *, grid=None) -> Iterator[np.ndarray]:
    """The images of a run as they became what they are, from the first to the last.

    It is no loop: after the last frame comes the first again at once.

    Args:
        run: a run directory.
        frames: as many pictures at equal distances, the first and the last among them; by default,
            and where there are no more, all.
        grid: (columns, rows) of images to show, from the upper left; by default all that the grids
            hold.

    Yields:
        uint8 [H, W, 1 or 3].

    Raises:
        UserError: there are no two pictures, one is damaged, they are of two sizes, or smaller than
            `grid`.
    """
    pictures = pictures_of_run(run)
    if frames is not None and frames < 2:
        raise UserError(f"frames={frames} must be at least 2.")
    if frames is not None and frames < len(pictures):
        numbers = np.linspace(0, len(pictures) - 1, frames).round().astype(int)
        pictures = [pictures[number] for number in numbers]
    return _alike(pictures, None if grid is None else _size_of(run, grid))


def _size_of(run, grid) -> tuple[int, int]:
    """(height, width) of so many images of a run, in pixels."""
    with reading(run, "a run of ada-train"):
        shape = read_options(run).architecture.shape
    columns, rows = grid
    return rows * shape.height, columns * shape.width


def _alike(pictures: Sequence[pathlib.Path], size: tuple[int, int] | None) -> Iterator[np.ndarray]:
    """Pictures of one shape, or what is at their upper left."""
    first = None
    for path in pictures:
        pixels = read_grid(path)
        height, width = size or pixels.shape[:2]
        if pixels.shape[0] < height or pixels.shape[1] < width:
            raise UserError(
                f"{printable(path)} is {_in_words(pixels)} pixels large, which is smaller than the"
                " grid that is asked for; give a smaller one."
            )
        frame = pixels[:height, :width]
        first = frame if first is None else first
        if frame.shape != first.shape:
            raise UserError(
                f"{printable(path)} is {_in_words(frame)} pixels large, where"
                f" {pictures[0].name} is {_in_words(first)}; give --grid, such as 3x2."
            )
        yield frame


def _in_words(pixels: np.ndarray) -> str:
    height, width, channels = pixels.shape
    return f"{width}x{height}{' grey' if channels == 1 else ''}"


def read_grid(path: pathlib.Path) -> np.ndarray:
    """A grid as `ada_tf.images.save_grid` writes it, which may be a stranger's: uint8 [H, W, 1 or 3]."""
    also = (SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning)
    with (
        reading(path, "a grid of images", also=also),
        open_regular(path, _MAX_BYTES) as stream,
        strict(),
        Image.open(stream, formats=("PNG",)) as image,
    ):
        if image.mode not in _MODES:
            raise ValueError(f"is of mode {image.mode}, where grids are of {' or '.join(_MODES)}")
        pixels = np.asarray(image)
    return pixels.reshape(*pixels.shape[:2], -1)
