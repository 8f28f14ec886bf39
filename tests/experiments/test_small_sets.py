"""The pictures of experiments/small_sets."""

import numpy as np
from PIL import Image

from experiments.small_sets import pictures
from experiments.small_sets.run import every


def test_what_was_trained_on_stands_before_what_was_made_of_it(tmp_path):
    saved, rng = {}, np.random.default_rng(0)
    for run in every("sets"):
        folder = tmp_path / run.name / f"00000-{run.name}"
        folder.mkdir(parents=True)
        for name in ("reals.png", f"fakes{run.kimg:06d}.png"):
            grid = saved[run.name, name] = rng.integers(0, 256, [384, 512, 3], np.uint8)
            Image.fromarray(grid).save(folder / name)
    shown = {
        "30 critters": ("critters-noaug", "reals.png"),
        "critters, without ADA": ("critters-noaug", "fakes000400.png"),
        "critters, with ADA": ("critters-ada", "fakes000400.png"),
        "emoji, without ADA": ("emoji-noaug", "fakes000200.png"),
        "emoji, with ADA": ("emoji-ada", "fakes000200.png"),
    }
    parts = dict(pictures.parts("sets", tmp_path))
    assert [*parts] == [*shown]
    for name, file in shown.items():
        np.testing.assert_array_equal(parts[name], saved[file][:320, :256])
