"""What a run shows in a notebook, and where it is refused."""

import io
import sys
import types

import numpy as np
import PIL.Image
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.terminal.interactiveshell import TerminalInteractiveShell
from IPython.utils.capture import capture_output

from ada_tf.images import to_uint8
from ada_tf.inference.train import train
from ada_tf.label_space import LabelSpace
from ada_tf.training.callbacks import notebook
from ada_tf.training.callbacks.notebook import Bar, NotebookCallback, Picture
from tests.sentences import refused
from tests.training import tiny

BATCHES = 16
TOTAL = BATCHES * tiny.BATCH
SIDE, COLUMNS = tiny.RESOLUTION, notebook.COLUMNS
PIXELS = np.random.default_rng(0).integers(0, 256, [20, SIDE, SIDE, 1], np.uint8)
DATA = types.SimpleNamespace(
    images=lambda indices: PIXELS[indices],
    label_of=lambda indices: np.zeros(len(indices), np.int32),
    label_space=LabelSpace(0),
    num_images=len(PIXELS),
)


@pytest.fixture(scope="module")
def trained():
    """A model behind a run with ticks of two batches and pictures every second tick, and what it showed.

    A quarter of a second passes from a look at the watch to the next.
    """
    looks = iter(range(10**6))
    model, shell = tiny.model(), InteractiveShell.instance()  # as behind the cells of a notebook
    with pytest.MonkeyPatch.context() as patch, capture_output() as captured:
        clock = types.SimpleNamespace(monotonic=lambda: next(looks) / 4)
        patch.setattr(notebook, "time", clock)
        callback = NotebookCallback(DATA, TOTAL, 2 * tiny.BATCH, snap=2, batch=4)
        callback.set_model(model)
        callback.on_train_begin()
        for number in range(BATCHES):  # as training does it: the counter and the average move
            model.clock.images += tiny.BATCH
            for variable in model.generator_ema.trainable_variables:
                variable.assign(variable * 1.05)
            callback.on_train_batch_end(number)
        callback.on_train_end()
    shell.clear_instance()
    return model, captured


def shown(captured, mime: str) -> list:
    """What was displayed in this form, and what replaced it."""
    return [output.data[mime] for output in captured.outputs if mime in output.data]


def tiles(picture: bytes) -> np.ndarray:
    """The pictures of one on the page, int [rows, COLUMNS, SIDE, SIDE]."""
    pixels = np.asarray(PIL.Image.open(io.BytesIO(picture)))
    times = pixels.shape[1] // (COLUMNS * SIDE)
    assert times * SIDE == notebook.SIDE
    pixels = pixels[::times, ::times].astype(int)
    gap = slice(SIDE, SIDE + SIDE // notebook.GAP)
    assert (pixels[gap] == 255).all()
    pixels = np.delete(pixels, gap, axis=0).reshape(-1, SIDE, COLUMNS, SIDE)
    return pixels.transpose(0, 2, 1, 3)


def test_reals_stand_above_what_the_averaged_generator_makes(trained):
    model, captured = trained
    pictures = shown(captured, "image/png")
    # At the start, after the first batch, at every second of eight ticks, and at the end.
    assert len(pictures) == 1 + 1 + 4 + 1
    reals, *fakes = tiles(pictures[-1])
    grid = notebook.Grid(model, DATA, 4, (COLUMNS, 3))
    np.testing.assert_array_equal(reals, DATA.images(grid.indices[:COLUMNS])[..., 0])
    expected = to_uint8(grid.fakes())[..., 0].reshape(3, COLUMNS, SIDE, SIDE)
    assert np.abs(np.array(fakes) - expected).max() <= 1
    first = tiles(pictures[0])
    np.testing.assert_array_equal(first[0], reals)
    assert np.abs(first[1:] - fakes).max() > 1


def test_the_bar_goes_from_beginning_to_end_and_says_how_long(trained):
    _, captured = trained
    bars = shown(captured, "text/html")
    assert 'value="0" max="64"' in bars[0]
    assert 'value="64" max="64"' in bars[-1]
    assert "left" not in bars[0] + bars[-1]
    assert 4 < len(bars) < BATCHES  # not more often than once a second
    assert any("left" in bar for bar in bars[1:-1])
    places = {output.transient["display_id"] for output in captured.outputs}
    assert len(places) == 2  # all else is put in their place


def test_a_bar_in_words():
    assert repr(Bar(0, 500_000, None)) == "0.0 of 500 kimg"
    assert repr(Bar(12_345, 500_000, 3 * 3600)) == "12.3 of 500 kimg, 3 h left"
    assert repr(Bar(500_000, 500_000, 0.0)) == "500.0 of 500 kimg"


def test_what_is_left_follows_from_the_batches_behind_the_first(monkeypatch):
    monkeypatch.setattr(notebook, "check_notebook", lambda: None)
    callback = NotebookCallback(DATA, 1000)
    monkeypatch.setattr(notebook, "time", types.SimpleNamespace(monotonic=lambda: 30.0))
    assert callback._pace is None
    callback._pace = (10.0, 100)
    assert callback._left(100) is None
    assert callback._left(300) == pytest.approx(700 * 20 / 200)


def test_colours_are_shown_too():
    pixels = np.random.default_rng(1).integers(0, 256, [16, 8 * 8, 3], np.uint8)
    image = np.asarray(PIL.Image.open(io.BytesIO(Picture(pixels)._repr_png_())))
    np.testing.assert_array_equal(image[::8, ::8], pixels)


def test_it_is_refused_without_a_notebook():
    with refused("notebook=True"):
        NotebookCallback(DATA, TOTAL)


def test_it_is_refused_without_ipython(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", None)
    with refused("notebook=True"):
        NotebookCallback(DATA, TOTAL)


def test_it_is_refused_in_a_terminal(monkeypatch):
    monkeypatch.setattr("IPython.get_ipython", lambda: object.__new__(TerminalInteractiveShell))
    with refused("notebook=True"):
        NotebookCallback(DATA, TOTAL)


def test_train_makes_it(monkeypatch):
    """Before the callbacks of who has some, of the training images and the length of the run."""
    config = types.SimpleNamespace(images=TOTAL, snap=3, batch_gpu=2)
    monkeypatch.setattr(notebook, "check_notebook", lambda: None)
    seen = []
    monkeypatch.setattr(
        "ada_tf.training.session.train", lambda *arguments: seen.append(arguments[5])
    )
    monkeypatch.setattr("ada_tf.inference.train.check_notebook", lambda: None)
    train(config, "runs", dataset=DATA, notebook=True)
    train(config, "runs", dataset=DATA, notebook=True, make_callbacks=lambda *given: [given])
    (own,), (_, given) = (make("run", print, 32, None) for make in seen)
    assert (own.dataset, own.total_images, own.tick_images) == (DATA, TOTAL, 32)
    assert (own.snap, own.batch) == (3, 2)
    assert given == ("run", print, 32, None)


def test_train_refuses_it_elsewhere_before_anything_is_opened(tmp_path):
    with refused("notebook=True"):
        train(None, tmp_path, notebook=True)
