"""Pictures of a run: written grids, training pictures, and new ones of the newest network."""

import dataclasses
import pathlib
import re
from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from ada_tf.data import open_dataset
from ada_tf.diagnosis.image_statistics import MOST, sample
from ada_tf.errors import UserError
from ada_tf.files import printable
from ada_tf.images import as_shown
from ada_tf.inference.generate import generator_of
from ada_tf.inference.training_film import pictures_of_run, read_grid
from ada_tf.metrics.images.generated import images_of_generator
from ada_tf.metrics.images.reals import indices_of, reference_config, trained_part
from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.models.build import make_network
from ada_tf.models.label_vectors import label_vectors
from ada_tf.ops.pixels import to_signed
from ada_tf.training.config import RunConfig
from ada_tf.training.runs.trained import open_run

GRIDS = 24  # of a run, at most, that are looked at; evenly spread
FEWEST = 48  # pictures in a grid, without which nothing is said of how they are spread
_MADE = 500  # by the newest network
_NUMBER = re.compile(r"fakes(\d+)")


@dataclasses.dataclass(frozen=True)
class Grid:
    """The pictures of one grid, uint8 [N, H, W, 1 or 3], in rows of `columns`, and when they were made."""

    kimg: float
    images: np.ndarray
    columns: int

    def cut(self, columns: int, rows: int) -> "Grid":
        """Its upper left; the rest need not stay in memory."""
        columns = min(columns, self.columns)
        kept = [self.images[row * self.columns :][:columns] for row in range(rows)]
        return Grid(self.kimg, np.concatenate(kept), columns)


def grids_of(run, config: RunConfig, log) -> Iterator[Grid]:
    """The grids of generated pictures, oldest first; a large one is 100 MB. Damaged ones are left out."""
    try:
        paths = pictures_of_run(run)
    except UserError:  # a run that has just begun
        return
    for i in np.unique(np.linspace(0, len(paths) - 1, GRIDS).round().astype(int)):
        try:
            grid = _grid(paths[i], config)
        except UserError as problem:
            log(f"Without a grid: {problem}")
            continue
        yield grid


def reals_shown(run, config: RunConfig, log) -> np.ndarray | None:
    """The real pictures of reals.png, uint8 [N, H, W, 1 or 3]; None if it is not there, or damaged."""
    path = pathlib.Path(run) / "reals.png"
    if not path.exists():
        return None
    try:
        return _grid(path, config).images
    except UserError as problem:
        log(f"Without the grid of training pictures: {problem}")
        return None


def _grid(path: pathlib.Path, config: RunConfig) -> Grid:
    pixels, shape = read_grid(path), config.architecture.shape
    rows, columns = pixels.shape[0] // shape.height, pixels.shape[1] // shape.width
    if not rows or not columns:
        raise UserError(f"{printable(path)} is smaller than one picture of the run.")
    whole = pixels[: rows * shape.height, : columns * shape.width]
    # [rows, columns, H, W, C]
    tiles = whole.reshape(rows, shape.height, columns, shape.width, -1).swapaxes(1, 2)
    match = _NUMBER.match(path.name)
    kimg = float(match[1]) if match else 0.0
    return Grid(kimg, tiles.reshape(-1, shape.height, shape.width, pixels.shape[2]), columns)


@dataclasses.dataclass(frozen=True)
class Known:
    """The training pictures, if they are where they were.

    Attributes:
        dataset: ImageDataset, with those held out as its `validation`; None if it cannot be opened.
        images: uint8 [N, H, W, 1 or 3], some of them, each once.
        count: how many there are, None if nobody knows.
        classes: int [N], of the images; None without classes.
    """

    dataset: object
    images: np.ndarray
    count: int | None
    classes: np.ndarray | None = None


def training_pictures(config: RunConfig, shown, log) -> Known | None:
    """Some of the training pictures; where the data is gone those of reals.png.

    Args:
        config: of the run.
        shown: uint8 [N, H, W, C] of reals.png, in which pictures may stand several times; or None.
        log: called with a line.
    """
    data = dataclasses.replace(config.data, cache_dir=None)  # ours, not that of the trainer
    try:
        dataset = trained_part(open_dataset(reference_config(data), log=log), data)
    except UserError as problem:
        log(f"Without the data itself: {problem}")
        if shown is None:
            return None
        return Known(None, sample(np.unique(shown, axis=0)), None)
    indices = sample(indices_of(dataset), MOST)
    classes = dataset.labels[indices] if dataset.label_space.are_classes else None
    return Known(dataset, as_shown(dataset.images(indices)), dataset.num_originals, classes)


@dataclasses.dataclass(frozen=True)
class Made:
    """Pictures of the newest network.

    Attributes:
        images: uint8 [N, H, W, 1 or 3].
        classes: int [N]; None without classes.
        labels: the vectors that they were made with, float [N, label_dim]; None without labels.
    """

    images: np.ndarray
    classes: np.ndarray | None = None
    labels: np.ndarray | None = None


def made_now(run, known: Known | None, log) -> Made | None:
    """Let the newest network make pictures; None if it cannot make any."""
    try:
        generator = generator_of(open_run(run, "RUN"))
        source = images_of_generator(generator, known and known.dataset)
        images = np.concatenate([*source.batches(_MADE)])
        return Made(images, source.classes(_MADE), source.labels(_MADE))
    except UserError as problem:
        log(f"Without the newest network: {problem}")
        return None


_JUDGED = 1000  # pictures of a kind that the discriminator looks at, at most
_BATCH, _GROUP = 100, 4  # of them at a time, in whole groups of its minibatch deviation
_TOLD = (
    0.1  # deviations of its output between training and generated pictures; below it tells nothing
)


def judged_now(run, known: Known, made: Made, log) -> Estimate | None:
    """Ask the newest discriminator for r_v, of pictures with their labels that nobody augmented.

    Returns:
        r_v with the error that its pictures leave; None without held-out pictures, or if it cannot tell
        training pictures from generated ones.
    """
    held_out = getattr(known.dataset, "validation", None)
    if held_out is None or held_out.num_images < FEWEST:
        return None
    if held_out.shape.channels != made.images.shape[3]:  # of alpha or bands some are not shown
        return None
    try:
        trained = open_run(run, "RUN")
        if not trained.has("discriminator"):
            return None
        discriminator = make_network(trained.architecture, "discriminator")
        if getattr(discriminator, "adaptive", False):  # asks for p, too
            return None
        trained.restore(discriminator=discriminator)
    except UserError as problem:
        log(f"Without the newest discriminator: {problem}")
        return None
    kinds = (_some(known.dataset), _some(held_out), (made.images, made.labels))
    return r_v_of(*(_outputs(discriminator, *kind) for kind in kinds))


def r_v_of(training, held_out, generated) -> Estimate | None:
    """Estimate r_v of outputs, each float [N]; None if training and generated ones are hardly apart."""
    apart = training.mean() - generated.mean()
    if not apart > _TOLD * max(training.std(), generated.std(), 1e-9):
        return None
    error = np.sqrt(training.var() / len(training) + held_out.var() / len(held_out))
    return Estimate(float((training.mean() - held_out.mean()) / apart), float(error / apart))


def _some(dataset) -> tuple:
    """Pictures and their label vectors; None without labels."""
    chosen = sample(indices_of(dataset), _JUDGED)
    return dataset.images(chosen), label_vectors(dataset.label_of(chosen), dataset.label_dim)


def _outputs(discriminator, images, labels) -> np.ndarray:
    """Outputs for stored pictures, float [N]; those beyond whole groups are left out."""
    count = len(images) // _GROUP * _GROUP
    outputs = []
    for i in range(0, count, _BATCH):
        part = slice(i, min(i + _BATCH, count))
        shown = to_signed(tf.constant(images[part]))
        outputs.append(np.asarray(discriminator(shown, None if labels is None else labels[part])))
    # Patches of a picture are one number.
    return np.concatenate([found.reshape(len(found), -1).mean(axis=1) for found in outputs])
