"""TensorBoard of a run: curves with their meaning, real and generated images, the settings.

TensorBoard sorts groups by name, so the one to watch is called ADA.
"""

import numpy as np
import tensorflow as tf

from ada_tf.images import as_shown, grid_size, tile, to_uint8
from ada_tf.settings import get, leaves
from ada_tf.training.iteration.stats import STATISTIC

P = "ADA/p"
# Statistic of a tick -> its curve, where this has another name.
_NAMES = {"Progress/augment": P}
# Statistics that are straight lines over the images.
_LEFT_OUT = ("Progress/tick", "Progress/kimg")
DESCRIPTIONS = {
    P: "Watch this one: the probability of each augmentation. It rises while the discriminator"
    " overfits. At its cap for long: too few pictures, or too large a network.",
    STATISTIC: "What moves p: usually r_t, the mean sign of what the discriminator says of real images,"
    " 0 of one that guesses, 1 of one that is always right. Of pairs or of a critic it is compared with"
    " generated images; with adarv it is r_v. ADA holds it near its target, usually 0.6.",
    "Loss/scores/real": "What the discriminator says of real images; above 0 is real.",
    "Loss/scores/fake": "What it says of generated ones. Both drifting apart is overfitting.",
    "Loss/signs/real": "Share of real images taken for real, less that of those taken for generated.",
    "Loss/signs/fake": "The same of generated images; -1 is all seen through.",
    "Loss/G/loss": "Of the generator; it says nothing about the pictures. Compare with pictures.",
    "Loss/D/loss": "Of the discriminator, without regularisation.",
    "Loss/G/reg": "Regularisation of the generator: path length, weighted.",
    "Loss/D/reg": "Regularisation of the discriminator: R1 and the like, weighted.",
    "Loss/r1_penalty": "Squared gradient at real images, unweighted. In the thousands: raise --gamma.",
    "Loss/pl_penalty": "Squared deviation of path lengths from their mean, unweighted.",
    "Timing/total_sec": "Seconds since this session began.",
    "Timing/sec_per_tick": "Seconds of training between two ticks.",
    "Timing/sec_per_kimg": "Seconds of training for a thousand images, without the first batch.",
    "Timing/maintenance_sec": "Seconds for pictures, checkpoints and scores, before this tick.",
    "Resources/cpu_mem_gb": "Most memory of the process so far, GB.",
    "Resources/peak_gpu_mem_gb": "Most memory of the first GPU so far, GB; 0 without one.",
}
PICTURES = "Reals left, fakes right"
# Half of the picture: pixels (width, height), most and fewest images (columns, rows), gap in pixels.
_SIDE, _MOST, _LEAST, _GAP = (768, 1024), (6, 8), (2, 3), 2
_SEEN = 48  # pixels; smaller images are enlarged


class Board:
    """Writes the curves of a run, each with its description at its first point.

    Args:
        writer: of TensorBoard events.
    """

    def __init__(self, writer):
        self._writer, self._told = writer, set()

    def scalars(self, images: int, values: dict[str, float]) -> None:
        """Write a point of each statistic, name -> value, after `images` images."""
        with self._writer.as_default(step=images // 1000):
            for name, value in values.items():
                if name in _LEFT_OUT:
                    continue
                tag = _NAMES.get(name, name)
                # TensorBoard keeps the description of the first point; later ones would only take
                # space.
                about = None if tag in self._told else DESCRIPTIONS.get(tag)
                tf.summary.scalar(tag, value, description=about)
                self._told.add(tag)
        self._writer.flush()


def write_settings(writer, images: int, config) -> None:
    """Write the configuration of a run as a table."""
    rows = [
        f"| {setting.path} | {get(config, setting.path)} | {setting.help} |"
        for setting in leaves(config)
    ]
    text = "\n".join(["| setting | value | |", "|---|---|---|", *rows])
    with writer.as_default(step=images // 1000):
        tf.summary.text("settings", text, description="What this run was given, and what followed.")


def chosen(height: int, width: int, columns: int, rows: int) -> tuple[list[int], int]:
    """Choose the images of a grid that fit one half of the picture.

    Args:
        height: of an image, pixels.
        width: of an image, pixels.
        columns: of the grid.
        rows: of the grid.

    Returns:
        Their numbers in the grid, row by row, and how many stand in a row.
    """
    # Three limits: what fits the picture, what an eye takes in, and what the grid has.
    fit = grid_size(height * _scale(height), width * _scale(width), _SIDE, _LEAST)
    across, down = (min(counts) for counts in zip(fit, _MOST, (columns, rows), strict=True))
    return [row * columns + column for row in range(down) for column in range(across)], across


def side_by_side(reals: np.ndarray, fakes: np.ndarray, columns: int) -> np.ndarray:
    """Join grids of the same images: reals left, fakes right.

    Args:
        reals: uint8 or uint16 [N, H, W, C].
        fakes: float [N, H, W, C] in [-1, 1].
        columns: images in a row of a side.

    Returns:
        uint8 [height, width, 1 or 3], white between the images.
    """
    # Both in bytes, so that a 16-bit data set stands beside 8-bit fakes.
    left, right = (_spaced(as_shown(images), columns) for images in (reals, to_uint8(fakes)))
    middle = np.full([len(left), _SEEN // 2, left.shape[-1]], 255, np.uint8)
    return np.concatenate([left, middle, right], axis=1)


def _spaced(images: np.ndarray, columns: int) -> np.ndarray:
    """Tile images with white gaps, and enlarge tiny ones."""
    scale = _scale(*images.shape[1:3])
    images = images.repeat(scale, axis=1).repeat(scale, axis=2)
    gaps = [(0, 0), (0, _GAP), (0, _GAP), (0, 0)]
    return tile(np.pad(images, gaps, constant_values=255), columns)


def _scale(*sides: int) -> int:
    return -(-_SEEN // max(sides))
