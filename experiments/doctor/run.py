"""Runs that are ill in a known way, and good ones: does `ada-doctor` name each rightly?

    python -m experiments.doctor.run --out=/tmp/doctor --minutes=60
    python -m experiments.doctor.diagnose --out=/tmp/doctor --results=experiments/doctor

Trains `tiny` on 16 x 16 creatures, mostly for 8,000 images, the runs first that say most. p moves
ten times as fast as `tiny` moves it, since the runs are that much shorter than real ones.
"""

import pathlib

import numpy as np
from absl import app, flags

from ada_tf.images import save_png
from experiments import runs
from experiments.runs import Run

FLAGS = flags.FLAGS
RESOLUTION = 16
# Ticks and pictures often enough for curves of short runs.
USUAL = (
    "--preset=tiny", f"--resolution={RESOLUTION}", "--ada_kimg=20", "--set=kimg_per_tick=1",
    "--snap=2",
)  # fmt: skip
KINDS, ORIGINALS, VERSIONS = 150, 60, 4  # pictures of each kind; originals, and versions of each


def every(out) -> list[Run]:
    """All runs, in the order in which they are worth having."""
    out = pathlib.Path(out).absolute()
    found = [
        ("fixed_p", "creatures:300", ("--aug=fixed", "--p=1"), 12),
        ("gamma_high", "creatures:300", ("--gamma=10",), 8),
        ("learning_rate", "creatures:300", ("--lr=0.05",), 8),
        ("gamma_low", "creatures:300", ("--gamma=0.001",), 8),
        ("good-1000", "creatures:1000", (), 8),
        ("few", "creatures:20", (), 8),
        ("leaking", "creatures:300", ("--aug=fixed", "--p=1", "--augpipe=blit"), 60),
        ("two_kinds", str(out / "two_kinds_data"), ("--channels=3",), 1),
        ("duplicates", str(out / "duplicates_data"), (), 1),
        ("good-digits", "digits", (), 8),
        ("no_augmentation", "creatures:100", ("--aug=noaug",), 100),
    ]
    return [Run(n, (*USUAL, f"--data={data}", *more), kimg) for n, data, more, kimg in found]


def draw_sets(out) -> None:
    """Draw the folders of pictures that some runs learn from."""
    out = pathlib.Path(out)
    creatures, digits = drawn(range(max(KINDS, ORIGINALS))), handwritten(KINDS)
    _write(out / "two_kinds_data", [*creatures[:KINDS], *digits])
    _write(out / "duplicates_data", versions_of(creatures[:ORIGINALS]))


def versions_of(images) -> np.ndarray:
    """Each picture several times, with noise of up to 3 grey levels: uint8 [N * VERSIONS, R, R, 3]."""
    rng = np.random.default_rng(0)
    several = np.repeat(images.astype(int), VERSIONS, axis=0)
    return np.clip(several + rng.integers(-3, 4, several.shape), 0, 255).astype(np.uint8)


def drawn(numbers) -> np.ndarray:
    """Creatures, uint8 [N, R, R, 3]."""
    from ada_tf.data.creatures import creature, draw

    return np.stack([np.asarray(draw(creature(n), RESOLUTION, RESOLUTION)) for n in numbers])


def handwritten(count: int) -> np.ndarray:
    """Digits in grey, uint8 [N, R, R, 3]."""
    from sklearn.datasets import load_digits

    digits = np.kron(load_digits().images[:count] * 15.9, np.ones([2, 2]))  # 8 x 8 in the set
    return np.repeat(digits.astype(np.uint8)[..., np.newaxis], 3, axis=3)


def _write(folder: pathlib.Path, images) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, image in enumerate(images):
        save_png(image, folder / f"{number:04d}.png")


def main(_):
    draw_sets(FLAGS.out)
    chosen = [run for run in every(FLAGS.out) if run.name.startswith(FLAGS.only)]
    runs.train(chosen, FLAGS.out, FLAGS.minutes)
    print(runs.describe(chosen, FLAGS.out))


if __name__ == "__main__":
    flags.DEFINE_string("out", None, "Folder of the runs.", required=True)
    flags.DEFINE_float("minutes", 1e6, "Stop after so many, in the middle of a run if need be.")
    flags.DEFINE_string("only", "", "Runs whose names begin so.")
    app.run(main)
