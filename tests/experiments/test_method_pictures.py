"""The pictures of experiments/methods."""

import numpy as np
from PIL import Image

from experiments.methods import pictures
from experiments.methods.run import every


def test_the_pictures_are_the_first_of_the_last_grid(tmp_path):
    (run,) = (run for run in every() if run.name == "100-nothing-alone-0")
    folder = tmp_path / run.name / "00000-creatures-tiny"
    folder.mkdir(parents=True)
    grid = np.random.default_rng(0).integers(0, 256, [16 * 8, 16 * 12, 3], np.uint8)
    Image.fromarray(grid).save(folder / "fakes000180.png")
    np.testing.assert_array_equal(pictures.last_grid(run, tmp_path), grid[: 16 * 5, : 16 * 10])


def test_what_is_shown_has_been_trained():
    assert {f"100-{name}-0" for name in pictures.SHOWN} <= {run.name for run in every()}
