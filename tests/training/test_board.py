"""TensorBoard: reals beside fakes, the settings, descriptions, and the curve to watch in the first group."""

import io
import types

import numpy as np
import PIL.Image
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from ada_tf.images import to_uint8
from ada_tf.settings import Schedule, leaves
from ada_tf.training.callbacks import board
from ada_tf.training.callbacks.grids import GridCallback
from ada_tf.training.callbacks.status import StatusCallback
from ada_tf.training.callbacks.ticks import Stopwatch
from ada_tf.training.config import RunConfig
from ada_tf.training.iteration.config import LossConfig
from ada_tf.training.iteration.stats import STATISTIC, Stats
from ada_tf.training.iteration.table import active_phases, active_terms
from ada_tf.training.presets import preset


@pytest.fixture
def events(tmp_path):
    """(a writer, a function that reads what it has written)."""
    writer = tf.summary.create_file_writer(str(tmp_path))

    def read():
        writer.close()
        found = EventAccumulator(str(tmp_path), size_guidance={"tensors": 0})
        return found.Reload()

    return writer, read


def points(found, tag):
    return [(e.step, float(tf.make_ndarray(e.tensor_proto))) for e in found.Tensors(tag)]


def test_the_curve_to_watch_stands_in_the_first_group(events):
    """And says what it means, once."""
    writer, read = events
    shown = board.Board(writer)
    for kimg in (4, 8):
        values = {"Progress/tick": kimg // 4, "Progress/kimg": kimg, "Progress/augment": kimg / 100}
        shown.scalars(1000 * kimg, {**values, "ADA/statistic": 1.0, "Loss/other": 1.0})
    found = read()
    assert points(found, "ADA/p") == [(4, pytest.approx(0.04)), (8, pytest.approx(0.08))]
    assert points(found, "ADA/statistic") == points(found, "Loss/other") == [(4, 1.0), (8, 1.0)]
    tags = found.Tags()["tensors"]
    assert sorted(tags) == ["ADA/p", "ADA/statistic", "Loss/other"]
    told = {tag: found.SummaryMetadata(tag).summary_description for tag in tags}
    assert told == {tag: board.DESCRIPTIONS.get(tag, "") for tag in tags}
    assert told["ADA/p"].startswith("Watch this one")


def test_what_a_usual_run_reports_is_described(events, tmp_path):
    writer, read = events
    loss, stats = LossConfig(r1_gamma=1.0), Stats()
    names = {f"Loss/{kind}/{of}" for kind in ("scores", "signs") for of in ("real", "fake")}
    for phase in active_phases(loss):
        terms = {f"Loss/{term.report}" for term in active_terms(phase, loss) if term.report}
        names |= {f"Loss/{phase.total}"} | terms
    names.add(STATISTIC)
    stats.report({"all": {name: np.ones(3) for name in names}})
    run_two_ticks(writer, tmp_path, stats)
    tags = read().Tags()["tensors"]
    assert set(tags) == board.DESCRIPTIONS.keys()


def test_present_numbers_of_schedules_are_curves(events, tmp_path):
    writer, read = events
    gamma = Schedule("linear", (0, 1), (0, 0.008))
    run_two_ticks(writer, tmp_path, Stats(), lambda images: {"loss.r1_gamma": gamma(images)})
    assert [value for _, value in points(read(), "Settings/loss.r1_gamma")] == [0.5, 1.0]


def run_two_ticks(writer, tmp_path, stats, settings=lambda images: {}):
    """Callbacks of a run that is told of 4 and of 8 images."""
    watch = Stopwatch(8)
    status = StatusCallback(tmp_path, lambda line: None, 8, watch)
    status.writer, status._board = writer, board.Board(writer)
    model = types.SimpleNamespace(images_done=0, augment=None, stats=stats)
    model.settings_now = lambda: settings(model.images_done)
    for callback in (watch, status):
        callback.set_model(model)
        callback.on_train_begin()
    for model.images_done in (4, 8):
        for callback in (watch, status):
            callback.on_train_batch_end(0)


def test_the_settings_are_a_text(events):
    writer, read = events
    config = preset("tiny", resolution=32, channels=3, learning_rate=0.0123)
    board.write_settings(writer, 5000, config)
    (event,) = read().Tensors("settings")
    rows = tf.make_ndarray(event.tensor_proto).item().decode().splitlines()
    assert event.step == 5
    assert len(rows) == 2 + len(list(leaves(RunConfig)))
    assert any(row.startswith("| optimizer.learning_rate | 0.0123 | ") for row in rows)
    assert {row.count(" | ") for row in rows[2:]} == {2}


@pytest.mark.parametrize(
    ("size", "grid", "across", "down"),
    [
        ((16, 16), (32, 32), 6, 8),
        ((64, 64), (32, 32), 6, 8),
        ((256, 256), (30, 16), 3, 4),
        ((1024, 1024), (7, 4), 2, 3),
        ((32, 32), (4, 5), 4, 5),
        ((128, 512), (15, 32), 2, 8),
    ],
)
def test_as_many_as_can_be_looked_at(size, grid, across, down):
    numbers, columns = board.chosen(*size, *grid)
    assert columns == across
    assert numbers == [row * grid[0] + column for row in range(down) for column in range(across)]


@pytest.mark.parametrize(("channels", "shown"), [(1, 1), (3, 3), (4, 3)])
def test_reals_stand_left_of_fakes(channels, shown):
    reals = np.full([4, 48, 48, channels], 255, np.uint8)
    reals[..., 0] = np.array([10, 20, 30, 40])[:, None, None]
    fakes = np.full([4, 48, 48, channels], -1.0, np.float32)
    fakes[..., -1] = 1.0
    picture = board.side_by_side(reals, fakes, columns=2)
    assert picture.shape == (100, 224, shown)
    assert picture[[10, 10, 60, 60], [10, 60, 10, 60], 0].tolist() == [10, 20, 30, 40]
    assert np.all(picture[:48, 124:172] == to_uint8(fakes[0])[..., :shown])
    assert np.all(picture[:, 100:124] == 255)
    assert np.all(picture[48:50] == 255)


def test_tiny_images_are_enlarged():
    reals = np.zeros([1, 10, 20, 1], np.uint8)
    reals[0, 0, 0] = 200
    picture = board.side_by_side(reals, np.zeros([1, 10, 20, 1], np.float32), columns=1)
    assert picture.shape[0] == 32
    assert np.all(picture[:3, :3] == 200)
    assert picture[3, 3] == 0


def test_a_run_shows_the_same_places_of_both_grids(events, tmp_path):
    writer, read = events
    callback = GridCallback(tmp_path, None, writer, 4000, 1, batch=4)
    images = np.arange(0, 200, 5, dtype=np.uint8)[:, None, None, None].repeat(48, 1).repeat(48, 2)
    fakes = 1 - images.astype(np.float32) / 100
    callback.grid = types.SimpleNamespace(
        columns=8, rows=5, indices=np.arange(40)[::-1], fakes=lambda: fakes
    )
    callback._on_board = board.chosen(48, 48, 8, 5)
    callback.dataset = types.SimpleNamespace(images=lambda indices: images[indices])
    callback._write_fakes(7000)
    callback.close()
    (event,) = read().Tensors(board.PICTURES)
    with PIL.Image.open(io.BytesIO(event.tensor_proto.string_val[2])) as picture:
        pixels = np.asarray(picture)
    row, column = 2, 3
    place = row * 8 + column
    y, x = row * 50 + 5, column * 50 + 5
    assert pixels[y, x] == images[39 - place, 0, 0, 0]
    assert pixels[y, 6 * 50 + 24 + x] == to_uint8(fakes[place, 0, 0, 0])
    assert event.step == 7
