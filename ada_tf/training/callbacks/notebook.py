"""A run in a notebook: a progress bar, with real and generated images below."""

import html
import time

import numpy as np

from ada_tf import png
from ada_tf.durations import in_words
from ada_tf.errors import UserError
from ada_tf.images import as_shown, tile, to_uint8
from ada_tf.marking import COMPOSITE, Mark
from ada_tf.training.callbacks.grids import Grid
from ada_tf.training.callbacks.ticks import TICK_IMAGES, TickCallback
from ada_tf.training.config import SNAP

COLUMNS, _REAL_ROWS, _FAKE_ROWS = 8, 1, 3
SIDE = 64  # pixels of an image on the page, at least
GAP = 8  # height of an image / the white between reals and fakes
_AGAIN = 1.0  # seconds between two updates of the bar


class NotebookCallback(TickCallback):
    """Shows a bar with the time that is left, and reals above fakes, below the cell that trains.

    The averaged generator renders the same latents every `snap` ticks. Nothing is written, and the run
    is the same as without it. `ada_tf.train(..., notebook=True)` makes it; or give it to `fit`.

    Args:
        dataset: the training images.
        total_images: image counter at the end.
        tick_images: images between ticks.
        snap: ticks between pictures.
        batch: images made at a time; that of training, whose convolutions are tuned already.

    Raises:
        UserError: this is no notebook.
    """

    def __init__(self, dataset, total_images: int, tick_images=TICK_IMAGES, snap=SNAP, batch=16):
        super().__init__(tick_images)
        check_notebook()
        self.dataset, self.total_images = dataset, total_images
        self.snap, self.batch = snap, batch
        self._pace = None  # (seconds, images) when the first batch was done, which compiles

    def on_train_begin(self, logs=None):
        from IPython.display import display

        super().on_train_begin(logs)
        self._grid = Grid(self.model, self.dataset, self.batch, (COLUMNS, _FAKE_ROWS))
        self._reals = self.dataset.images(self._grid.indices[: COLUMNS * _REAL_ROWS])
        self._pace = None
        self._moved = time.monotonic()
        # Handles: later updates replace what is shown instead of adding to it.
        self._bar = display(self._progress(), display_id=True)
        self._picture = display(self._pictures(), display_id=True)

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        now = time.monotonic()
        self._pace = self._pace or (now, self.model.images_done)
        if now - self._moved >= _AGAIN:
            self._moved = now
            self._bar.update(self._progress())

    def on_tick(self, tick, images):
        if tick % self.snap == 0:
            self._picture.update(self._pictures())

    def on_train_end(self, logs=None):
        self._bar.update(self._progress())
        self._picture.update(self._pictures())

    def _progress(self) -> "Bar":
        done = self.model.images_done
        return Bar(done, self.total_images, self._left(done))

    def _left(self, done: int) -> float | None:
        """Estimate seconds to the end; None before the second batch."""
        if self._pace is None or done <= self._pace[1]:
            return None
        begun, before = self._pace
        return (self.total_images - done) * (time.monotonic() - begun) / (done - before)

    def _pictures(self) -> "Picture":
        reals = tile(as_shown(self._reals), COLUMNS)
        fakes = tile(as_shown(to_uint8(self._grid.fakes())), COLUMNS)
        # White rows of the width and type of the fakes.
        gap = np.full_like(fakes[: self.model.shape.height // GAP], 255)
        return Picture(np.concatenate([reals, gap, fakes]))


class Bar:
    """Progress of a run, as HTML and in words.

    Args:
        done: images.
        total: images at the end.
        left: seconds to the end; None if unknown.
    """

    def __init__(self, done: int, total: int, left: float | None):
        self.done, self.total, self.left = done, total, left

    def __repr__(self):
        told = (
            "" if self.left is None or self.done >= self.total else f", {in_words(self.left)} left"
        )
        return f"{self.done / 1000:.1f} of {self.total / 1000:g} kimg{told}"

    def _repr_html_(self):
        bar = f'<progress value="{self.done}" max="{self.total}" style="width: 50%"></progress>'
        return f"{bar} {html.escape(repr(self))}"


class Picture:
    """Reals above fakes, as PNG.

    Args:
        pixels: uint8 [H, W, 1 or 3], `COLUMNS` pictures wide.
    """

    def __init__(self, pixels: np.ndarray):
        self.pixels = pixels

    def __repr__(self):
        return f"{_REAL_ROWS} row of real pictures, {_FAKE_ROWS} of generated ones"

    def _repr_png_(self):
        times = -(-SIDE * COLUMNS // self.pixels.shape[1])  # a whole number keeps pixels sharp
        larger = self.pixels.repeat(times, axis=0).repeat(times, axis=1)
        return png.encode(larger, Mark(source=COMPOSITE).xmp())


def check_notebook() -> None:
    """Refuse a Python without a notebook.

    Raises:
        UserError: IPython is not installed, or runs in no notebook.
    """
    try:
        from IPython import get_ipython
        from IPython.terminal.interactiveshell import TerminalInteractiveShell
    except ImportError:
        shell = None
    else:
        shell = get_ipython()
        if isinstance(shell, TerminalInteractiveShell):
            shell = None
    if shell is None:
        raise UserError(
            "notebook=True (NotebookCallback) shows a bar and pictures in a notebook, and this is none;"
            " leave it out: a run shows a bar on the terminal and writes pictures into its folder."
        )
