"""What a method costs: time of 16 iterations of `tiny`, one of each regulariser's intervals, paired.

    python -m experiments.methods.cost --rounds=5

All methods take turns in one process, each followed by a turn without any, so that whatever else the machine
does meets both alike; printed is the median over rounds of their ratio. That of "nothing" says how much of it is
noise: on a machine that others overload, all is.
"""

import time

import numpy as np
import tensorflow as tf
from absl import app, flags

from ada_tf import StyleGAN2ADA, preset
from ada_tf.cli import _program, train
from ada_tf.settings import replaced
from experiments.methods.run import METHODS

FLAGS = flags.FLAGS
RESOLUTION, BATCH, ITERATIONS, P = 32, 16, 16, 0.3


def model_of(given):
    """The compiled model of some flags, whose p stays."""
    values = flags.FlagValues()
    train.define_flags(values)
    _program.parse_flags(["ada-train", "--preset=tiny", "--data=creatures", *given], values=values)
    settings = train.settings_of(values)
    settings = {k: v for k, v in settings.items() if k not in ("preset", "data.source")}
    config = preset("tiny", resolution=RESOLUTION, channels=3, settings=settings)
    if config.augment.mode == "ada":
        config = replaced(config, {"augment.mode": "fixed", "augment.p": P})
    model = StyleGAN2ADA((RESOLUTION, RESOLUTION, 3), config.network, config.augment)
    model.compile(config.loss, config.optimizer, config.ema)
    return model


def stepper(model):
    """A function that runs some iterations and returns their seconds."""
    step = model.make_train_function()
    images = np.random.RandomState(0).randint(0, 256, [BATCH, RESOLUTION, RESOLUTION, 3], np.uint8)
    batch = {"images": tf.constant(images), "labels": tf.zeros([BATCH], tf.int32)}

    def run() -> float:
        start = time.perf_counter()
        for _ in range(ITERATIONS):
            step(iter([batch]))
        model.generator_ema.weights[0].numpy()  # waits
        model.stats.read()
        return time.perf_counter() - start

    return run


def main(_):
    turns = {"nothing": (), "ada": METHODS["nothing"][1]}
    turns |= {name: beside if alone is None else alone for name, (alone, beside) in METHODS.items()}
    steppers = {}
    for name, given in turns.items():
        steppers[name] = stepper(model_of(given))
        print(f"{name}: first {steppers[name]():.1f} s", flush=True)
    ratios = {name: [] for name in turns}
    for _ in range(FLAGS.rounds):
        for name, run in steppers.items():
            # Beside a turn without any, for a busy machine drifts.
            ratios[name].append(run() / steppers["nothing"]())
        shown = {name: np.median(found) - 1 for name, found in ratios.items()}
        print("  ".join(f"{n} {100 * r:+.0f} %" for n, r in shown.items()), flush=True)


if __name__ == "__main__":
    flags.DEFINE_integer("rounds", 5, "Turns of each.")
    app.run(main)
