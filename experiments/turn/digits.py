"""When does quality turn round, and what keeps it from turning? 100 digits of 8x8, a small G, a wide D.

    python -m experiments.turn.digits                   # trains what digits.jsonl lacks, then draws and tells
    python -m experiments.turn.digits --only=gamma0.01  # runs whose names begin so
    python -m experiments.turn.digits --minutes=0       # draws and tells alone

Networks are plain Keras, the augmentation and the rule of p are this package's. A run takes 15 CPU
seconds without augmentation and a minute with it.
"""

import dataclasses
import json
import pathlib
import time
import warnings

import keras
import numpy as np
import tensorflow as tf
from absl import app, flags
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from ada_tf import AdaptiveAugmentation
from ada_tf.augment.control import next_p, rv
from ada_tf.metrics.measures.kernel import kernel_estimate
from ada_tf.metrics.measures.precision_recall import density_coverage, precision_recall
from ada_tf.metrics.measures.samples import to_nearest
from experiments.turn import tell_digits

RESULTS = pathlib.Path(__file__).with_name("digits.jsonl")
BATCH, Z, FAKES = 64, 16, 1000
INTERVAL = 4  # batches between two steps of p, as in training
EVERY = 10  # kimg between two measures
SEEDS = 4


@dataclasses.dataclass(frozen=True)
class Setting:
    """One run, but for its seed.

    Attributes:
        rule: of p: none, rt and its target, rv and its target, or p and its value.
        gamma: of R1, at every step.
        kimg: thousands of images of p from 0 to 1.
        pipe: transforms.
        d_width: of the three hidden layers of D.
        g_width: of the two hidden layers of G.
        lr: of Adam, for both.
        length: kimg that are trained.
    """

    rule: str
    gamma: float = 0.1
    kimg: float = 50
    pipe: str = "bgc"
    d_width: int = 256
    g_width: int = 64
    lr: float = 1e-3
    length: int = 200

    @property
    def name(self) -> str:
        """Name of the run: gamma and rule, then what differs from the defaults."""
        others = [
            f"{field.name}{getattr(self, field.name)}"
            for field in dataclasses.fields(self)[2:]
            if getattr(self, field.name) != field.default
        ]
        return "-".join([f"gamma{self.gamma:g}", self.rule, *others])


RULES = ("none", "rt0.6", "rt0.4", "rt0.2", "rv0.5")


def settings() -> list[tuple[Setting, int]]:
    """Every setting with its number of seeds: the grid, then one thing changed at a time."""
    grid = [Setting(rule, gamma) for gamma in (0.1, 0.01) for rule in RULES]
    apart = [Setting(f"p{p}", 0.01) for p in (0.2, 0.4, 0.6, 0.8)]
    apart += [Setting("rv0.25", 0.01), Setting("rv0.1", 0.01)]
    apart += [Setting("rt0.6", 0.01, kimg=10), Setting("rv0.5", 0.01, kimg=10)]
    apart += [Setting("rv0.5", 0.01, pipe=pipe) for pipe in ("blit", "bg")]
    apart += [
        Setting(rule, 0.01, d_width=width) for width in (128, 512) for rule in ("none", "rt0.6")
    ]
    apart += [Setting(rule, 0.01, g_width=16) for rule in ("none", "rt0.6")]
    return [(setting, SEEDS) for setting in grid] + [(setting, 2) for setting in apart]


class Digits:
    """Pictures [N, 8, 8, 1] in [-1, 1], and features that tell digits apart."""

    def __init__(self):
        pictures, kinds = load_digits(return_X_y=True)
        order = np.random.RandomState(0).permutation(len(pictures))
        pictures = (pictures[order] / 8 - 1).astype(np.float32)
        self.training, self.validation = pictures[:100], pictures[100:150]
        self.held_out = pictures[797:]  # 1,000
        # The pictures that D never sees teach the features what digits are.
        self._net = MLPClassifier((64,), max_iter=60, random_state=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # features need not converge
            self._net.fit(self.held_out, kinds[order][797:])
        self._scale = 1.0
        self._scale = np.sqrt(np.mean(self.features(self.held_out) ** 2))
        # Nearer than all but one in a hundred of unseen digits.
        self.limit = np.quantile(to_nearest(self.held_out, self.training)[0], 0.01)

    def features(self, pictures) -> np.ndarray:
        """Hidden layer of the classifier, float64 [N, 64]."""
        hidden = np.asarray(pictures, np.float64) @ self._net.coefs_[0] + self._net.intercepts_[0]
        return np.maximum(hidden, 0) / self._scale


def _dense(sides, activation=None):
    layers = [keras.Input([sides[0]])]
    for units in sides[1:-1]:
        layers += [keras.layers.Dense(units), keras.layers.LeakyReLU(0.2)]
    return keras.Sequential([*layers, keras.layers.Dense(sides[-1], activation=activation)])


class Training:
    """A small GAN of digits: logistic loss, R1, Adam, averaged G."""

    def __init__(self, setting: Setting, seed: int, digits: Digits):
        keras.utils.set_random_seed(seed)
        self.setting = setting
        width = setting.g_width
        self.generator = _dense([Z, width, width, 64], "tanh")
        self.averaged = keras.models.clone_model(self.generator)
        self.averaged.set_weights(self.generator.get_weights())
        self.discriminator = _dense([64, *[setting.d_width] * 3, 1])
        self._optimizers = [
            keras.optimizers.Adam(setting.lr, beta_1=0.0, beta_2=0.99) for _ in range(2)
        ]
        for optimizer, network in zip(
            self._optimizers, (self.discriminator, self.generator), strict=True
        ):
            optimizer.build(network.trainable_variables)
        self.layer = AdaptiveAugmentation(setting.pipe, seed=seed)
        self._kind, self._target = setting.rule[:2], setting.rule[2:]
        if self._kind.startswith("p"):
            self.layer.p.assign(float(setting.rule[1:]))
        self._reals = tf.constant(digits.training)
        self._validation = tf.constant(digits.validation)

    def _augmented(self, pictures):
        if self.setting.rule == "none":
            return pictures
        images = self.layer(tf.reshape(pictures, [-1, 8, 8, 1]), training=True)
        return tf.reshape(images, [-1, 64])

    @tf.function  # traced once, not once a batch
    def _step_of_d(self):
        reals = tf.gather(self._reals, tf.random.uniform([BATCH], 0, len(self._reals), tf.int32))
        fakes = self.generator(tf.random.normal([BATCH, Z]))
        weights = self.discriminator.trainable_variables
        with tf.GradientTape() as tape:
            with tf.GradientTape() as inner:
                inner.watch(reals)
                on_reals = self.discriminator(self._augmented(reals))
            on_fakes = self.discriminator(self._augmented(fakes))
            gradient = inner.gradient(on_reals, reals)
            penalty = tf.reduce_mean(tf.reduce_sum(gradient**2, axis=1))
            loss = tf.reduce_mean(tf.nn.softplus(on_fakes) + tf.nn.softplus(-on_reals))
            loss += self.setting.gamma / 2 * penalty
        self._optimizers[0].apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return on_reals, on_fakes

    @tf.function
    def _step_of_g(self):
        weights = self.generator.trainable_variables
        with tf.GradientTape() as tape:
            fakes = self.generator(tf.random.normal([BATCH, Z]))
            loss = tf.reduce_mean(tf.nn.softplus(-self.discriminator(self._augmented(fakes))))
        self._optimizers[1].apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        for average, weight in zip(self.averaged.variables, self.generator.variables, strict=True):
            average.assign(0.995 * average + 0.005 * weight)

    def _statistic(self, on_reals, on_fakes):
        if self._kind == "rt":
            return tf.reduce_mean(tf.cast(tf.sign(on_reals), tf.float64))
        on_validation = self.discriminator(self._augmented(self._validation))
        return rv(*(tf.reduce_mean(x) for x in (on_reals, on_validation, on_fakes)))

    @tf.function
    def interval(self):
        """Train so many batches as lie between two steps of p; return r_t."""
        outputs = []
        for _ in range(INTERVAL):
            outputs.append(self._step_of_d())
            self._step_of_g()
        on_reals, on_fakes = (tf.concat(part, 0) for part in zip(*outputs, strict=True))
        if self._kind in ("rt", "rv"):
            statistic = self._statistic(on_reals, on_fakes)
            self.layer.p.assign(
                next_p(
                    self.layer.p, statistic, float(self._target), BATCH * INTERVAL,
                    self.setting.kimg, 0.8,
                )
            )  # fmt: skip
        return tf.reduce_mean(tf.sign(on_reals))

    def run(self, kimg: int) -> float:
        """Train so many thousand images; return the mean r_t."""
        return float(np.mean([self.interval() for _ in range(1000 * kimg // (BATCH * INTERVAL))]))


def measure(training: Training, digits: Digits) -> dict:
    """Numbers of a state; KID is times 1,000."""
    z = tf.random.stateless_normal([FAKES, Z], [1, 2])
    fakes = training.averaged(z).numpy()
    reals, found = digits.features(digits.held_out), digits.features(fakes)
    copied = to_nearest(fakes, digits.training)[0] < digits.limit
    new = found[~copied]
    outputs = {
        kind: training.discriminator(pictures).numpy()
        for kind, pictures in (
            ("training", digits.training), ("held_out", digits.held_out), ("generated", fakes),
        )
    }  # fmt: skip
    return {
        "kid": 1000 * kernel_estimate(reals, found).value,
        "kid_new": 1000 * kernel_estimate(reals, new).value if len(new) > 1 else None,
        "copies": float(copied.mean()),
        "recall": precision_recall(reals, found)[1],
        "coverage": density_coverage(reals, found)[1],
        "rv": float(rv(*(output.mean() for output in outputs.values()))),
        "sign": {kind: float(np.sign(output).mean()) for kind, output in outputs.items()},
        "p": float(training.layer.p),
    }


def train(setting: Setting, seed: int, digits: Digits) -> dict:
    """Train and measure one run."""
    began, training, lines = time.process_time(), Training(setting, seed, digits), []
    for images in range(EVERY, setting.length + 1, EVERY):
        rt = training.run(EVERY)
        line = {"kimg": images, "rt": rt} | measure(training, digits)
        lines.append(tell_digits.rounded(line))
    return {
        "run": setting.name,
        "seed": seed,
        "weights": [net.count_params() for net in (training.generator, training.discriminator)],
        "cpu": round(time.process_time() - began),
        "lines": lines,
    }


def main(_):
    """Train the runs that are missing, seed after seed; then draw and tell."""
    flag, end = flags.FLAGS, time.monotonic() + 60 * flags.FLAGS.minutes
    for threads in (
        tf.config.threading.set_intra_op_parallelism_threads,
        tf.config.threading.set_inter_op_parallelism_threads,
    ):
        threads(1)
    results = pathlib.Path(flag.results)
    done = {(run["run"], run["seed"]) for run in tell_digits.read(results)}
    digits = Digits()
    for seed in range(SEEDS):
        for setting, seeds in settings():
            if not setting.name.startswith(flag.only) or seed >= seeds:
                continue
            if (setting.name, seed) in done or time.monotonic() > end:
                continue
            keras.backend.clear_session()
            found = train(setting, seed, digits)
            with results.open("a") as file:
                file.write(json.dumps(found) + "\n")
            last = found["lines"][-1]
            print(
                setting.name,
                seed,
                f"KID {last['kid']} p {last['p']} cpu {found['cpu']}",
                flush=True,
            )
    runs = tell_digits.read(results)
    tell_digits.figure(runs).savefig(results.with_suffix(".png"), dpi=90)
    print(tell_digits.table(runs))


if __name__ == "__main__":
    flags.DEFINE_string("only", "", "Runs whose names begin so.")
    flags.DEFINE_float("minutes", 1e6, "No run begins after so many.")
    flags.DEFINE_string("results", str(RESULTS), "File of the numbers, .jsonl.")
    app.run(main)
