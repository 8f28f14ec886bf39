"""What a method costs: time of 16 iterations of `tiny`, one of each regulariser's intervals, paired.

    python -m experiments.methods.cost --rounds=5
    python -m experiments.methods.cost --resolution=16 --results=experiments/methods/costs.json

All methods, alone and with ADA at p = 0.3, take turns in one process, each followed by a turn without any, so that
whatever else the machine does meets both alike; printed is the median over rounds of their ratio, less 1. That of
nothing beside nothing says how much of it is noise: on a machine that others overload, all is.
"""

import json
import pathlib
import time

import numpy as np
import tensorflow as tf
from absl import app, flags

from ada_tf import StyleGAN2ADA, preset
from ada_tf.cli import _command_line, train
from ada_tf.settings import replaced
from experiments.methods.run import METHODS, PLACES

FLAGS = flags.FLAGS
BATCH, ITERATIONS, P = 16, 16, 0.3
NOTHING = "nothing-alone"


def model_of(given, resolution: int):
    """The compiled model of some flags, whose p stays."""
    argv = ["ada-train", "--preset=tiny", "--data=creatures", *given]
    settings = _command_line.parse(train.Flags, argv).asked
    settings = {k: v for k, v in settings.items() if k not in ("preset", "data.source")}
    config = preset("tiny", resolution=resolution, channels=3, settings=settings)
    if config.augment.mode == "ada":
        config = replaced(config, {"augment.mode": "fixed", "augment.p": P})
    model = StyleGAN2ADA((resolution, resolution, 3), config.network, config.augment)
    model.compile(config.loss, config.optimizer, config.ema)
    return model


def stepper(model, resolution: int):
    """A function that runs some iterations and returns their seconds."""
    step = model.make_train_function()
    shape = [BATCH, resolution, resolution, 3]
    images = np.random.RandomState(0).randint(0, 256, shape, np.uint8)
    batch = {"images": tf.constant(images), "labels": tf.zeros([BATCH], tf.int32)}

    def run() -> float:
        start = time.perf_counter()
        for _ in range(ITERATIONS):
            step(iter([batch]))
        model.generator_ema.weights[0].numpy()  # waits
        model.stats.read()
        return time.perf_counter() - start

    return run


def turns() -> dict[str, tuple]:
    """Method and place, as runs are named -> flags; first what all are compared with."""
    return {
        f"{name}-{place}": given
        for name, places in METHODS.items()
        for place, given in zip(PLACES, places, strict=True)
        if given is not None
    }


def main(_):
    steppers, side = {}, FLAGS.resolution
    for name, given in turns().items():
        steppers[name] = stepper(model_of(given, side), side)
        print(f"{name}: first {steppers[name]():.1f} s", flush=True)
    ratios = {name: [] for name in steppers}
    for _ in range(FLAGS.rounds):
        for name, run in steppers.items():
            # Beside a turn without any, for a busy machine drifts.
            ratios[name].append(run() / steppers[NOTHING]())
        costs = {name: float(np.median(found)) - 1 for name, found in ratios.items()}
        print("  ".join(f"{n} {100 * cost:+.0f} %" for n, cost in costs.items()), flush=True)
    if FLAGS.results:
        pathlib.Path(FLAGS.results).write_text(json.dumps(costs, indent=1) + "\n")


if __name__ == "__main__":
    flags.DEFINE_integer("rounds", 5, "Turns of each.", lower_bound=1)
    flags.DEFINE_integer("resolution", 32, "Side of the pictures.")
    flags.DEFINE_string("results", None, "File for the costs, .json.")
    app.run(main)
