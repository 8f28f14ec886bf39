"""How many generated creatures are turned or recoloured, read by a small network, or cut.

    python -m experiments.leak.measure --out=/tmp/leak --results=experiments/leak/results.json

The reader is trained on drawn creatures of known angle and hue, any of them, and read on others first:
what it says of drawn upright red and blue ones is the false alarm beside which generated ones stand.
"""

import json
import pathlib
import sys

import numpy as np
from absl import app, flags

from experiments import states
from experiments.leak import run as runs

FLAGS = flags.FLAGS
READ, STEPS = 12_000, 3000  # pictures that the reader is trained on, and steps of 64
TURNED, RECOLOURED = 20.0, 40.0  # degrees from which on it is not upright, or of another colour
# A cutout fills a square of half the side with the middle grey, a quarter of the picture if none of it
# lies outside; it counts from 8 % of the pixels on that are as grey as that in all channels.
GREY, NEAR_GREY, CUT = 127.5, 20, 0.08


def hues() -> dict[str, float]:
    """Hue of each colour in degrees."""
    from ada_tf.data.creatures.drawing import PALETTE

    return {colour: 360 * PALETTE[colour][0] for colour in runs.COLOURS}


def drawn(numbers, rng):
    """Creatures of any angle and hue: (uint8 [N, R, R, 3], angles and hues in radians [N, 2])."""
    from ada_tf.data.creatures import creature, draw

    bases, side, images, truth = hues(), runs.RESOLUTION, [], []
    for number in numbers:
        angle, hue = rng.uniform(-np.pi, np.pi), rng.uniform(-0.5, 0.5)
        fixed = {"colour": runs.COLOURS[number % 2], "arms": "down", "crown": "horns"}
        image = np.asarray(
            draw(creature(number, **fixed, tilt=angle, hue=hue), side, side, alpha=True)
        )
        alpha = image[..., 3:] / 255
        images.append(np.round(image[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8))
        truth.append((angle, np.deg2rad(bases[fixed["colour"]]) + 2 * np.pi * hue))
    return np.stack(images), np.array(truth)


def reader():
    """A network: pictures -> (sin, cos) of angle and hue, float32 [N, 4]."""
    import keras
    from keras import layers

    parts = [keras.Input([runs.RESOLUTION] * 2 + [3]), layers.Rescaling(1 / 127.5, -1)]
    for filters, strides in ((32, 1), (64, 2), (128, 2)):
        parts += [layers.Conv2D(filters, 3, strides, padding="same", activation="relu")]
    parts += [layers.Flatten(), layers.Dense(128, "relu"), layers.Dense(4)]
    return keras.Sequential(parts)


def trained_reader(rng):
    """The reader, trained on drawn creatures."""
    images, truth = drawn(range(100_000, 100_000 + READ), rng)
    angles = np.concatenate([np.sin(truth), np.cos(truth)], axis=1)  # [N, 4]
    network = reader()
    network.compile("adam", "mse")
    network.fit(images, angles, batch_size=64, epochs=STEPS * 64 // READ, verbose=0)
    return network


def read(network, images) -> dict:
    """Share of pictures that are turned, turned by about a quarter or a half, recoloured, cut.

    And the median of their angles in degrees, and the share of those nearer to red than to blue.
    """
    found = network.predict(images, verbose=0)
    angle, hue = np.rad2deg(np.arctan2(found[:, :2], found[:, 2:])).T
    to_each = np.abs(_folded(hue - np.array([*hues().values()])[:, np.newaxis]))  # [2, N]
    turned = np.abs(_folded(angle))
    return {
        "turned": float((turned > TURNED).mean()),
        "by_quarters": float((np.abs(_folded(4 * angle)) < 4 * TURNED)[turned > 45].sum() / len(angle)),
        "recoloured": float((to_each.min(axis=0) > RECOLOURED).mean()),
        "cut": float((grey(images) > CUT).mean()),
        "degrees": float(np.median(turned)),
        "red": float((to_each[0] < to_each[1]).mean()),
    }  # fmt: skip


def grey(images) -> np.ndarray:
    """Share of pixels of a middle grey: uint8 [N, R, R, 3] -> [N]."""
    return (np.abs(images - GREY) < NEAR_GREY).all(axis=-1).mean(axis=(1, 2))


def _folded(degrees):
    """In [-180, 180)."""
    return (degrees + 180) % 360 - 180


def main(_):
    nothing = runs.weights_of(FLAGS.out, runs.Leak("rotate", 0.0))
    if not nothing.exists():
        sys.exit(f"{nothing} is missing: what experiments.leak.run trains first is expected there.")
    import keras

    keras.utils.set_random_seed(0)  # of the reader's weights
    rng = np.random.default_rng(0)
    network = trained_reader(rng)
    images, truth = drawn(range(200_000, 201_000), rng)
    found = network.predict(images, verbose=0)
    error = _folded(
        np.rad2deg(
            np.arctan2(found[:, :2], found[:, 2:]) - np.arctan2(np.sin(truth), np.cos(truth))
        )
    )
    results = {
        "reader_error_degrees": np.median(np.abs(error), axis=0).tolist(),
        "drawn": read(network, runs.pictures(range(300_000, 301_000))),
        "generated": [],
    }
    for run in runs.every():
        if runs.weights_of(FLAGS.out, run).exists():
            made = states.generated(runs.generator_of(run, FLAGS.out))
            line = {**run._asdict(), **read(network, made)}
            results["generated"].append(line)
            print(line, flush=True)
    pathlib.Path(FLAGS.results).write_text(json.dumps(results, indent=1) + "\n")
    print(json.dumps({name: results[name] for name in ("reader_error_degrees", "drawn")}))


if __name__ == "__main__":
    flags.DEFINE_string("out", None, "Folder of the runs.", required=True)
    flags.DEFINE_string("results", None, "File of the numbers, .json.", required=True)
    app.run(main)
