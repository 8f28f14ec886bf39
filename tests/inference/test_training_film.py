"""Films of trainings: pictures in their order, of one size, and nothing else of a run."""

import numpy as np
import PIL.Image
import pytest

from ada_tf.images import save_grid
from ada_tf.inference.training_film import pictures_of_run, training_film
from ada_tf.training.runs.run_dir import write_options
from tests.inference.runs import run_config
from tests.sentences import refused

NAMES = [
    "fakes_init.png",
    "fakes000000.png",
    "fakes000200.png",
    "fakes001000.png",
    "fakes1000000.png",
]


def grid_of(level, channels=3, columns=4, rows=3):
    """Images of 8 pixels, all as bright as their place, and as the level."""
    images = np.arange(columns * rows)[:, None, None, None] + np.zeros([1, 8, 8, channels])
    return (images + 20 * level).astype(np.uint8)


@pytest.fixture
def run(tmp_path):
    for level, name in enumerate(NAMES):
        save_grid(grid_of(level), tmp_path / name, columns=4)
    for other in ("reals.png", "fakes.png", "fakes12.png", "fakes000200.png.tmp"):
        (tmp_path / other).write_text("no picture")
    write_options(tmp_path, run_config(resolution=8))
    return tmp_path


def levels(frames):
    return [int(frame[0, 0, 0]) // 20 for frame in frames]


def test_all_pictures_in_their_order(run):
    assert [path.name for path in pictures_of_run(run)] == NAMES
    frames = list(training_film(run))
    assert levels(frames) == [0, 1, 2, 3, 4]
    assert frames[0].shape == (24, 32, 3)
    assert frames[0].dtype == np.uint8


@pytest.mark.parametrize(
    ("count", "chosen"), [(2, [0, 4]), (3, [0, 2, 4]), (5, [0, 1, 2, 3, 4]), (9, [0, 1, 2, 3, 4])]
)
def test_fewer_frames_go_from_the_first_to_the_last(count, chosen, run):
    assert levels(training_film(run, count)) == chosen


def test_a_part_of_the_grid(run):
    frames = list(training_film(run, grid=(2, 3)))
    assert frames[0].shape == (24, 16, 3)
    assert frames[1][:, :, 0].max() == 20 + 9
    with refused("fakes_init.png", "32x24"):
        list(training_film(run, grid=(5, 1)))


def test_grey_pictures(run):
    for level, name in enumerate(NAMES):
        save_grid(grid_of(level, channels=1), run / name, columns=4)
    assert next(training_film(run)).shape == (24, 32, 1)


def test_pictures_of_two_sizes_need_a_part_of_them(run):
    """A run that went on at a machine with a GPU writes larger grids."""
    save_grid(grid_of(4, columns=6), run / NAMES[-1], columns=6)
    with refused("fakes1000000.png", "48x24"):
        list(training_film(run))
    assert len(list(training_film(run, grid=(4, 3)))) == 5


def test_what_is_no_run(tmp_path):
    with refused():
        training_film(tmp_path / "no")
    with refused("0", "fakes*.png"):
        training_film(tmp_path)
    save_grid(grid_of(1), tmp_path / NAMES[0], columns=4)
    with refused("1", "fakes*.png"):
        training_film(tmp_path)
    save_grid(grid_of(1), tmp_path / NAMES[1], columns=4)
    assert len(list(training_film(tmp_path))) == 2
    with refused():
        training_film(tmp_path, grid=(2, 2))


def test_pictures_of_another_kind(run):
    for mode in ("RGBA", "P", "I;16"):
        PIL.Image.new(mode, (32, 24)).save(run / NAMES[2])
        with refused("fakes000200.png"):
            list(training_film(run))
    PIL.Image.new("RGB", (32, 24)).save(run / NAMES[2], format="JPEG")
    with refused("fakes000200.png"):
        list(training_film(run))
