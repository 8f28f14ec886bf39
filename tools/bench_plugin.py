"""What augmentation costs in a training step of a Keras DCGAN: the table of docs/plugin.md.

    python tools/bench_plugin.py --size 64              # batch 32, 64 to 512 filters
    python tools/bench_plugin.py --size 128 --mode jit  # batch 16, 32 to 512 filters, compiled by XLA

Beside ADA stand the layers of Keras behind a gate of the same p, as keras.io's augmenter has them, and
DiffAugment. All take turns, a few steps each, so that a busy machine slows all of them; of each turn
counts the ratio to the turn without augmentation in the same round, and printed is the median over the
rounds: of processor time, which other programs disturb little, and of time.
"""

import argparse
import re
import resource
import statistics
import time

import tensorflow as tf

from ada_tf import AdaCallback, AdaptiveAugmentation

keras, layers = tf.keras, tf.keras.layers

LATENT_DIM = 128
SHAPES = {64: (32, (64, 128, 256, 512)), 128: (16, (32, 64, 128, 256, 512))}  # batch, filters


class KerasAugmenter(layers.Layer):
    """Flip, shift, turn and zoom by Keras' own layers, each image with probability p."""

    def __init__(self, p):
        super().__init__()
        self.p = p
        self.steps = keras.Sequential(
            [
                layers.RandomFlip("horizontal"),
                layers.RandomTranslation(0.125, 0.125, interpolation="bilinear"),
                layers.RandomRotation(0.125, interpolation="bilinear"),
                layers.RandomZoom((-0.25, 0.0), (-0.25, 0.0), interpolation="bilinear"),
            ]
        )

    def call(self, images):
        augmented = self.steps(images, training=True)
        happens = tf.random.uniform([tf.shape(images)[0], 1, 1, 1]) < self.p
        return tf.where(happens, augmented, images)


class DiffAugment(layers.Layer):
    """Colour, translation and cutout of every image (arXiv:2006.10738)."""

    def call(self, images):
        batch, size = tf.shape(images)[0], images.shape[1]

        def draw(low, high):
            return tf.random.uniform([batch, 1, 1, 1], low, high)

        x = images + draw(-0.5, 0.5)
        grey = tf.reduce_mean(x, axis=3, keepdims=True)
        x = grey + (x - grey) * draw(0.0, 2.0)
        mean = tf.reduce_mean(x, axis=[1, 2, 3], keepdims=True)
        x = mean + (x - mean) * draw(0.5, 1.5)

        reach = size // 8
        padded = tf.pad(x, [[0, 0], [reach, reach], [reach, reach], [0, 0]])
        y, x = (
            tf.range(size) + tf.random.uniform([batch, 1], 0, 2 * reach + 1, tf.int32)
            for _ in range(2)
        )
        places = tf.stack(
            [tf.repeat(y[:, :, None], size, 2), tf.repeat(x[:, None], size, 1)], axis=3
        )
        moved = tf.gather_nd(padded, places, batch_dims=1)

        def covered(centre):
            return tf.abs(tf.range(size) - centre) < size // 4

        y, x = (tf.random.uniform([batch, 1], 0, size + 1, tf.int32) for _ in range(2))
        hole = covered(y)[:, :, None, None] & covered(x)[:, None, :, None]
        return moved * tf.cast(~hole, moved.dtype)


def make_discriminator(size, filters):
    """The discriminator of DCGAN (arXiv:1511.06434)."""
    model = [keras.Input([size, size, 3])]
    for count in filters:
        model += [layers.Conv2D(count, 4, strides=2, padding="same"), layers.LeakyReLU(0.2)]
    return keras.Sequential([*model, layers.Flatten(), layers.Dense(1)])


def make_generator(filters):
    """Its generator."""
    model = [keras.Input([LATENT_DIM]), layers.Dense(4 * 4 * filters[-1])]
    model.append(layers.Reshape([4, 4, filters[-1]]))
    for count in filters[-2::-1]:
        model.append(layers.Conv2DTranspose(count, 4, strides=2, padding="same"))
        model += [layers.BatchNormalization(), layers.ReLU()]
    model.append(layers.Conv2DTranspose(3, 4, strides=2, padding="same", activation="tanh"))
    return keras.Sequential(model)


class DCGAN(keras.Model):
    """Non-saturating loss, one step of either network."""

    def __init__(self, size, augment=None):
        super().__init__()
        self.batch, filters = SHAPES[size]
        self.discriminator, self.generator = (
            make_discriminator(size, filters),
            make_generator(filters),
        )
        self.augment = augment
        self.d_optimizer, self.g_optimizer = (keras.optimizers.Adam(1e-4) for _ in range(2))
        self.built = True

    def score(self, images):
        """D of augmented images."""
        images = images if self.augment is None else self.augment(images)
        return self.discriminator(images, training=True)

    def train_step(self, images):
        """A step."""
        with tf.GradientTape() as tape:
            fakes = self.generator(tf.random.normal([self.batch, LATENT_DIM]), training=True)
            fake, real = self.score(fakes), self.score(images)
            d_loss = tf.reduce_mean(tf.nn.softplus(fake) + tf.nn.softplus(-real))
        if isinstance(self.augment, AdaptiveAugmentation):
            self.augment.observe(real)
        weights = self.discriminator.trainable_variables
        self.d_optimizer.apply_gradients(zip(tape.gradient(d_loss, weights), weights, strict=True))
        with tf.GradientTape() as tape:
            fakes = self.generator(tf.random.normal([self.batch, LATENT_DIM]), training=True)
            g_loss = tf.reduce_mean(tf.nn.softplus(-self.score(fakes)))
        weights = self.generator.trainable_variables
        self.g_optimizer.apply_gradients(zip(tape.gradient(g_loss, weights), weights, strict=True))
        return {"d_loss": d_loss, "g_loss": g_loss}


def processor_seconds() -> float:
    """What this process has used, all threads together."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Clock(keras.callbacks.Callback):
    """Times a turn but for its first step, all callbacks included."""

    def on_train_batch_end(self, batch, logs=None):
        """Start with the end of the first step; go on to that of the last."""
        now = processor_seconds(), time.perf_counter()
        if batch == 0:
            self.start = now
        self.cost = [(b - a) / max(batch, 1) for a, b in zip(self.start, now, strict=True)]


def variants(mode: str) -> dict:
    """What is compared; the first is without."""
    found = {"without": None}
    for p in (0.0, 0.3, 0.5, 0.8):
        found[f"ADA, p = {p:g}"] = AdaptiveAugmentation("bgc", p=p)
    found["ADA, p = 0.3, blit"] = AdaptiveAugmentation("blit", p=0.3)
    for p in (0.3, 0.8):
        found[f"ADA, p = {p:g}, bilinear"] = AdaptiveAugmentation("bgc", p=p, resample="bilinear")
    if mode != "jit":  # which Keras' layers do not go through
        found["Keras' layers, p = 0.3"] = KerasAugmenter(0.3)
    found["DiffAugment"] = DiffAugment()
    return found


def measure(size: int, rounds: int, steps: int, mode: str, only: str) -> dict[str, list]:
    """(processor seconds, seconds) of a step for each variant and round."""
    images = tf.random.uniform([SHAPES[size][0], size, size, 3], -1.0, 1.0)
    data = tf.data.Dataset.from_tensors(images).repeat()
    gans, costs = {}, {}
    wanted = {k: v for k, v in variants(mode).items() if v is None or re.search(only, k)}
    for name, augment in wanted.items():
        gan = DCGAN(size, augment)
        gan.compile(jit_compile=mode == "jit", run_eagerly=mode == "eager")
        # p stays where it is: r_t does not pass 1, so p = 0 is 0 and not a little more.
        ada = isinstance(augment, AdaptiveAugmentation)
        control = [AdaCallback(augment, target=1.0, kimg=1e9, checks=())] if ada else []
        gan.fit(data, steps_per_epoch=2, verbose=0, callbacks=control)  # trace and compile
        gans[name], costs[name] = (gan, control), []
    for _ in range(rounds):
        for name, (gan, control) in gans.items():
            clock = Clock()
            gan.fit(data, steps_per_epoch=steps + 1, verbose=0, callbacks=[*control, clock])
            costs[name].append(clock.cost)
    return costs


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--size", type=int, choices=sorted(SHAPES), default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=3, help="of a turn that are timed")
    parser.add_argument("--only", default="", help="regular expression: variants to be measured")
    parser.add_argument("--mode", choices=("eager", "graph", "jit"), default="graph")
    args = parser.parse_args()
    costs = measure(args.size, args.rounds, args.steps, args.mode, args.only)
    base = costs["without"]
    cpu, wall = (1000 * statistics.median(values) for values in zip(*base, strict=True))
    print(f"{args.size} px, batch {SHAPES[args.size][0]}, {args.mode}: ", end="")
    print(f"{cpu:.0f} ms of processors, {wall:.0f} ms")
    print("| | processor time | time |\n|---|---|---|")
    for name, turns in costs.items():
        pairs = zip(turns, base, strict=True)
        ratios = [[a / b for a, b in zip(turn, without, strict=True)] for turn, without in pairs]
        cpu, wall = (100 * statistics.median(r) - 100 for r in zip(*ratios, strict=True))
        print(f"| {name} | {cpu:+.0f} % | {wall:+.0f} % |")


if __name__ == "__main__":
    main()
