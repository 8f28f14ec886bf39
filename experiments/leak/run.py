"""Do augmentations leak into what is generated? Upright creatures of two colours, and fixed p.

    python -m experiments.leak.run --out=/tmp/leak --minutes=60
    python -m experiments.leak.measure --out=/tmp/leak --results=experiments/leak/results.json

arXiv 2006.06676, section 2.2 and figure 4: an augmentation that happens with a probability p below 1 can
be undone, because the images that it leaves alone are the most frequent ones; above 0.8 or so training
may settle on others. All creatures here stand upright and are red or blue: whatever is generated
turned, cut, or of another colour, has leaked.

Where turns leak, chance says which way up pictures are, so that there are several seeds of a high p,
and two where a colour begins to be lost. A run that was stopped begins anew: each takes some five
minutes of one core. Two programs may work side by side with `--only=rotate` and `--only=hue`, say.
"""

import pathlib
import time
from typing import NamedTuple

import numpy as np
from absl import app, flags

FLAGS = flags.FLAGS
PICTURES, RESOLUTION, KIMG, BATCH = 1000, 16, 100, 16
PS = (0.0, 0.3, 0.6, 0.8, 0.9, 1.0)
TRANSFORMS = ("rotate", "rotate90", "hue", "cutout")
COLOURS = ("red", "blue")
OF_TURNS = {1.0: (1, 2), 0.9: (1,), 0.8: (1,)}
# transform -> p -> seeds beside 0
AGAIN = {"rotate": OF_TURNS, "rotate90": OF_TURNS, "hue": {0.6: (1,), 0.3: (1,)}}


class Leak(NamedTuple):
    """A run: the transform, its probability, and the seed of everything random."""

    transform: str
    p: float
    seed: int = 0


def every(only: str = "") -> list[Leak]:
    """All runs, or those of one transform; p = 0 once, as it is the same for all."""
    once = [Leak(name, p) for p in reversed(PS) if p for name in TRANSFORMS]
    again = [
        Leak(name, p, seed)
        for name, of_p in AGAIN.items()
        for p, seeds in of_p.items()
        for seed in seeds
    ]
    runs = [Leak("rotate", 0.0), *once, *again]
    return [run for run in runs if only in ("", run.transform)]


def pictures(numbers, resolution: int = RESOLUTION) -> np.ndarray:
    """Upright creatures of two colours on white: uint8 [N, R, R, 3]."""
    from ada_tf.data.creatures import creature, draw

    drawn = []
    for number in numbers:
        fixed = {"colour": COLOURS[number % 2], "tilt": 0.0, "arms": "down", "crown": "horns"}
        image = np.asarray(draw(creature(number, **fixed), resolution, resolution, alpha=True))
        alpha = image[..., 3:] / 255
        drawn.append(np.round(image[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8))
    return np.stack(drawn)


def weights_of(out, run: Leak) -> pathlib.Path:
    """Where the averaged generator of a run is kept."""
    return pathlib.Path(out) / f"{run.transform}-{run.p:g}-{run.seed}.weights.h5"


def build(run: Leak):
    """The model of a run, compiled: `tiny`, with one transform of a probability that stays."""
    from ada_tf import AugmentPolicy, Shape, StyleGAN2ADA, preset
    from ada_tf.training.config import AugmentConfig

    config = preset("tiny", resolution=RESOLUTION, channels=3)
    policy = AugmentPolicy(**{run.transform: 1.0})
    augment = AugmentConfig(mode="fixed", pipe=policy, p=run.p, kimg=200.0)
    shape = Shape(RESOLUTION, RESOLUTION, 3)
    model = StyleGAN2ADA(shape, network=config.network, augment=augment, seed=run.seed)
    model.compile(config.loss, config.optimizer, config.ema)
    return model


def generator_of(run: Leak, out):
    """The averaged generator that a run has kept."""
    generator = build(run).generator_ema
    generator.load_weights(weights_of(out, run))
    return generator


def train(run: Leak, out) -> None:
    """Train a run from its beginning, and keep its averaged generator."""
    import tensorflow as tf

    images = pictures(range(PICTURES))
    stream = tf.data.Dataset.from_tensor_slices(images).shuffle(PICTURES, seed=run.seed).repeat()
    stream = stream.batch(BATCH).map(lambda x: {"images": x, "labels": tf.zeros([BATCH], tf.int32)})
    model = build(run)
    steps = round(1000 * KIMG / BATCH)
    model.fit(stream, steps_per_epoch=steps, epochs=1, shuffle=False, verbose=0)
    model.generator_ema.save_weights(weights_of(out, run))


def main(_):
    out, end = pathlib.Path(FLAGS.out), time.monotonic() + 60 * FLAGS.minutes
    out.mkdir(parents=True, exist_ok=True)
    for run in every(FLAGS.only):
        if time.monotonic() > end:
            return
        if not weights_of(out, run).exists():
            print(f"{run.transform} p={run.p:g} seed {run.seed}", flush=True)
            train(run, out)


if __name__ == "__main__":
    flags.DEFINE_string("out", None, "Folder of the runs.", required=True)
    flags.DEFINE_enum("only", "", ["", *TRANSFORMS], "The transform of the runs.")
    flags.DEFINE_float("minutes", 1e6, "Begin no other run after so many.")
    app.run(main)
