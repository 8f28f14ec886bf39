"""Image grids of a run: reals, augmented reals, and fakes as training goes on."""

import concurrent.futures
import pathlib

import numpy as np
import tensorflow as tf

from ada_tf.augment import apply, sample_params
from ada_tf.data import grid_selection
from ada_tf.images import grid_size, save_grid
from ada_tf.marking import Mark
from ada_tf.models.label_vectors import label_vectors
from ada_tf.ops import choice, graph, random
from ada_tf.ops.pixels import to_signed
from ada_tf.settings import peaks
from ada_tf.shape import Shape
from ada_tf.training.callbacks import board
from ada_tf.training.callbacks.ticks import TICK_IMAGES, TickCallback
from ada_tf.training.config import SNAP
from ada_tf.training.iteration.clock import seed_of

_CPU_PIXELS = 512  # side of a grid that a CPU renders in seconds
# Values augmented at a time; each takes 160 bytes meanwhile.
AUGMENTED = 2**20


def grid_shape(shape: Shape) -> tuple[int, int]:
    """Return (columns, rows) of a grid: an 8K screen with a GPU, `_CPU_PIXELS` without."""
    if choice.on_gpu():
        return grid_size(shape.height, shape.width)
    return grid_size(shape.height, shape.width, (_CPU_PIXELS, _CPU_PIXELS), (4, 4))


class Grid:
    """Fixed latents and labels that the averaged generator renders again and again.

    Args:
        model: the model in training.
        dataset: has the label of each place.
        batch: images rendered at a time.
        size: (columns, rows); default that of `grid_shape`.
    """

    def __init__(self, model, dataset, batch: int, size: tuple[int, int] | None = None):
        self.columns, self.rows = size or grid_shape(model.shape)
        count = self.columns * self.rows
        # Real images of the same places: labels of fakes are those of the reals beside them.
        self.indices = grid_selection(dataset, self.columns, self.rows)
        seed = seed_of(model.seed, "grid latents")
        self._z = random.normal(seed, [count, model.generator.z_dim])
        self._labels = label_vectors(dataset.label_of(self.indices), model.c_dim)
        self._batch = min(batch, count)
        self._render = graph(
            lambda z, labels: model.generator_ema(z, labels, noise_mode="const"),
            jit_compile=model.use_xla,
        )

    def fakes(self) -> np.ndarray:
        """Render the grid: float32 [columns * rows, H, W, C]."""
        parts, count = [], len(self._z)
        for start in range(0, count, self._batch):
            at = min(start, count - self._batch)  # the last batch overlaps: one shape, one program
            labels = None if self._labels is None else self._labels[at : at + self._batch]
            part = self._render(self._z[at : at + self._batch], labels).numpy()
            parts.append(part[start - at :])
        return np.concatenate(parts)


def augmented(images, p: float, policy: str, seed, resample="supersampled") -> np.ndarray:
    """Augment reals as the discriminator sees them at probability p.

    Args:
        images: uint8 or uint16 [N, H, W, C].
        p: augmentation probability.
        policy: named set of transforms.
        seed: int32 [2].
        resample: see `ada_tf.augment.apply`.

    Returns:
        float32 [N, H, W, C].
    """
    parts, batch = [], max(AUGMENTED // images[0].size, 1)
    for start in range(0, len(images), batch):
        part = to_signed(tf.constant(images[start : start + batch]))
        draw = random.fold_in(seed, start)
        params = sample_params(draw, len(part), p, policy, size=tuple(part.shape[1:3]))
        parts.append(apply(part, params, resample=resample).numpy())
    return np.concatenate(parts)


class GridCallback(TickCallback):
    """Writes reals.png, reals_augmented.png, fakes_init.png, and fakesNNNNNN.png every `snap` ticks.

    Files are written in the background: compressing a large grid takes seconds. `flush` waits for
    them. Call it before a checkpoint is written, because a run continued from there does not write
    them again.

    Args:
        run_dir: their folder.
        dataset: the training images.
        writer: of TensorBoard events, or None.
        tick_images: images between ticks.
        snap: ticks between images.
        batch: images made at a time; that of training, whose convolutions are tuned already.
    """

    def __init__(self, run_dir, dataset, writer=None, tick_images=TICK_IMAGES, snap=SNAP, batch=16):
        super().__init__(tick_images)
        self.run_dir, self.dataset, self.writer = pathlib.Path(run_dir), dataset, writer
        self.snap, self.batch = snap, batch
        # One thread: files appear in the order of the ticks.
        self._files = concurrent.futures.ThreadPoolExecutor(max_workers=1)
        self._pending = []

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self.run_dir.mkdir(parents=True, exist_ok=True)
        self.grid = Grid(self.model, self.dataset, self.batch)
        # The picture for TensorBoard is a corner of the grid: whole grids are too large for it.
        shape = self.model.shape
        self._on_board = board.chosen(shape.height, shape.width, self.grid.columns, self.grid.rows)
        self._written = None
        # Once a run: a continued one has these files.
        if self.model.images_done == 0:
            self._write_reals()
            self._save("fakes_init.png", self.grid.fakes())

    def on_tick(self, tick, images):
        if tick % self.snap == 0:
            self._write_fakes(images)

    def on_train_end(self, logs=None):
        # A stopped run continues later: grids belong to ticks and to the end of the run.
        if not self.model.stop_training and self._written != self.model.images_done:
            self._write_fakes(self.model.images_done)
        self.flush()

    def _write_reals(self):
        reals = self.dataset.images(self.grid.indices)
        self._save("reals.png", reals)
        config = self.model.augment_config
        if config.mode != "noaug":
            highest = 1.0 if config.cap is None else config.cap  # p above 1 augments no more than 1
            p = peaks(config).p if config.mode == "fixed" else highest
            seed = seed_of(self.model.seed, "augmented reals")
            moved = augmented(reals, p, config.pipe, seed, config.resample)
            self._save("reals_augmented.png", moved)

    def _write_fakes(self, images):
        fakes = self.grid.fakes()
        self._written = images
        self._save(f"fakes{images // 1000:06d}.png", fakes)
        if self.writer is None:
            return
        numbers, columns = self._on_board
        reals = self.dataset.images(self.grid.indices[numbers])
        picture = board.side_by_side(reals, fakes[numbers], columns)
        with self.writer.as_default(step=images // 1000):
            tf.summary.image(board.PICTURES, picture[np.newaxis])
        self.writer.flush()

    def _save(self, name, images):
        path, columns = self.run_dir / name, self.grid.columns
        mark = Mark(network=self.run_dir.name, file=name) if name.startswith("fakes") else None
        self._pending.append(self._files.submit(save_grid, images, path, columns, mark))

    def flush(self):
        """Wait until all files are complete, and raise the error of any."""
        while self._pending:
            self._pending.pop(0).result()

    def close(self):
        """Wait for all files and end the thread that writes them."""
        self._files.shutdown()
        self.flush()
