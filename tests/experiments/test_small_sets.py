"""The pictures of experiments/small_sets."""

import numpy as np
from PIL import Image

from experiments.small_sets import pictures
from experiments.small_sets.run import SETS, every


def test_what_was_trained_on_stands_before_what_was_made_of_it(tmp_path):
    expected, rng = [], np.random.default_rng(0)
    for run in every("sets"):
        aug = run.name.rpartition("-")[2]
        folder = tmp_path / run.name / f"00000-{run.name}"
        folder.mkdir(parents=True)
        names = ["reals.png"] * (aug == "noaug") + [f"fakes{run.kimg:06d}.png"]
        for name in names:
            grid = rng.integers(0, 256, [256, 512, 3], np.uint8)
            Image.fromarray(grid).save(folder / name)
            expected.append(grid[:192, :320])
    parts = [*pictures.parts("sets", tmp_path)]
    assert [name for name, _ in parts[:3]] == ["critters: 30 pictures", "without ADA", "with ADA"]
    np.testing.assert_array_equal([grid for _, grid in parts], expected)
    assert len(parts) == 3 * len(SETS)
