"""A plain Keras DCGAN on a few hundred images, without and with ADA: same seeds, same budget.

    python experiments/plugin/compare.py --out=digits
    python experiments/plugin/compare.py --out=emoji --source=FOLDER --resolution=32 --images=400
    python experiments/plugin/compare.py --out=digits --draw  # the figure again, from the .csv

Writes one .csv for each run, results.txt and figure.png.
"""

import csv
import pathlib
import time

import numpy as np
import tensorflow as tf
from absl import app, flags

from ada_tf import AdaCallback, AdaptiveAugmentation
from ada_tf.data import DataConfig, open_dataset

keras, layers = tf.keras, tf.keras.layers

FLAGS = flags.FLAGS
flags.DEFINE_string("out", None, "Folder of the results.", required=True)
flags.DEFINE_string("source", "digits", "digits, or a folder of images.")
flags.DEFINE_integer("resolution", 16, "Side of the images.")
flags.DEFINE_integer("images", 200, "Training images; the others are held out.")
flags.DEFINE_integer("kimg", 240, "Length of a run in thousands of real images.")
flags.DEFINE_integer("ada_kimg", 100, "Thousands of images that p needs from 0 to 1.")
flags.DEFINE_list("seeds", ["0", "1"], "One run of each kind for each.")
flags.DEFINE_boolean("draw", False, "Only draw the figure.")

LATENT_DIM, BATCH = 32, 32
POINTS = 24  # of each curve
KINDS = ("without", "with ADA")


def make_discriminator(shape):
    """Halve the side down to 4 pixels, with twice as many filters each time."""
    model, side, filters = [keras.Input(shape)], shape[0], 32
    while side > 4:
        model.append(layers.Conv2D(filters, 4, strides=2, padding="same"))
        model.append(layers.LeakyReLU(0.2))
        side, filters = side // 2, filters * 2
    return keras.Sequential([*model, layers.Flatten(), layers.Dense(1)])


def make_generator(shape):
    """The same upwards."""
    filters = 32 * shape[0] // 8
    model = [keras.Input([LATENT_DIM]), layers.Dense(4 * 4 * filters, use_bias=False)]
    model += [layers.BatchNormalization(), layers.LeakyReLU(0.2), layers.Reshape([4, 4, filters])]
    while filters > 32:
        filters //= 2
        model.append(layers.Conv2DTranspose(filters, 4, strides=2, padding="same", use_bias=False))
        model += [layers.BatchNormalization(), layers.LeakyReLU(0.2)]
    model.append(layers.Conv2DTranspose(shape[2], 4, strides=2, padding="same", activation="tanh"))
    return keras.Sequential(model)


class DCGAN(keras.Model):
    """The usual one: logits, real = 1, two Adams; `augmentation` is the identity without ADA."""

    def __init__(self, shape, augmentation=None):
        super().__init__()
        self.ada = augmentation
        self.discriminator, self.generator = make_discriminator(shape), make_generator(shape)
        self.loss_fn = keras.losses.BinaryCrossentropy(from_logits=True)
        self.built = True

    def compile(self, **options):
        super().compile(**options)
        self.d_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)
        self.g_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)

    def score(self, images):
        if self.ada is not None:
            images = self.ada(images)
        return self.discriminator(images, training=True)

    def train_step(self, real_images):
        noise = tf.random.normal([BATCH, LATENT_DIM])
        with tf.GradientTape() as d_tape, tf.GradientTape() as g_tape:
            fake_images = self.generator(noise, training=True)
            real, fake = self.score(real_images), self.score(fake_images)
            d_loss = self.loss_fn(tf.ones_like(real), real) + self.loss_fn(
                tf.zeros_like(fake), fake
            )
            g_loss = self.loss_fn(tf.ones_like(fake), fake)
        if self.ada is not None:
            self.ada.observe(real)
        d_weights = self.discriminator.trainable_variables
        g_weights = self.generator.trainable_variables
        self.d_optimizer.apply_gradients(
            zip(d_tape.gradient(d_loss, d_weights), d_weights, strict=True)
        )
        self.g_optimizer.apply_gradients(
            zip(g_tape.gradient(g_loss, g_weights), g_weights, strict=True)
        )
        return {"rt": tf.reduce_mean(tf.sign(real))}


def make_features(images, labels):
    """What KID is measured in: images -> [N, 64], scaled so that x.x / 64 is 1 on average.

    With labels a small classifier, trained to tell the held-out images apart. Without, the same
    network with its random weights.
    """
    keras.utils.set_random_seed(1234)
    trunk = keras.Sequential(
        [
            keras.Input(images.shape[1:]),
            layers.Conv2D(32, 3, strides=2, padding="same", activation="relu"),
            layers.Conv2D(64, 3, strides=2, padding="same", activation="relu"),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
        ]
    )
    if labels is not None:
        classifier = keras.Sequential([trunk, layers.Dense(10)])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        classifier.compile("adam", loss, metrics=["accuracy"])
        history = classifier.fit(images, labels, batch_size=64, epochs=12, verbose=0).history
        print(f"classifier: accuracy {history['accuracy'][-1]:.3f} on its training images")

    def features(x):
        return trunk.predict(x, batch_size=512, verbose=0)

    size = np.sqrt(np.mean(np.square(features(images))))
    return lambda x: features(x) / size


def kid(a, b):
    """Unbiased squared MMD of [N, d] and [M, d], kernel (x.y / d + 1)^3 (arXiv:1801.01401)."""

    def kernel(x, y):
        return (x.astype(np.float64) @ y.T / x.shape[1] + 1.0) ** 3

    def within(x):
        k = kernel(x, x)
        return (k.sum() - np.trace(k)) / (len(x) * (len(x) - 1))

    return within(a) + within(b) - 2.0 * kernel(a, b).mean()


class Record(keras.callbacks.Callback):
    """Writes one line an epoch, that is, a point of the curves."""

    def __init__(self, path, train_images, held_out, features):
        super().__init__()
        self.path, self.train_images, self.held_out = path, train_images, held_out
        self.features, self.real_features = features, features(held_out)
        self.rows, self.rt, self.start = [], [], time.time()

    def on_train_batch_end(self, batch, logs=None):
        self.rt.append(logs["rt"])

    def on_epoch_end(self, epoch, logs=None):
        d, g = self.model.discriminator, self.model.generator
        noise = tf.random.stateless_normal([len(self.held_out), LATENT_DIM], [5, 6])
        fakes = np.concatenate([g(part, training=False) for part in np.array_split(noise, 8)])

        def positive(images):
            return float(np.mean(np.asarray(d(images, training=False)) > 0))

        self.rows.append(
            {
                "kimg": (epoch + 1) * self.params["steps"] * BATCH / 1000,
                "rt": float(np.mean(self.rt)),
                "p": 0.0 if self.model.ada is None else logs["ada_p"],
                "kid": kid(self.features(fakes), self.real_features),
                "train judged real": positive(self.train_images),
                "held-out judged real": positive(self.held_out),
                "fakes judged real": positive(fakes),
                "seconds": time.time() - self.start,
            }
        )
        self.rt = []

    def on_train_end(self, logs=None):
        with self.path.open("w", newline="") as file:
            writer = csv.DictWriter(file, self.rows[0])
            writer.writeheader()
            writer.writerows({k: f"{v:.5g}" for k, v in row.items()} for row in self.rows)


def path_of(kind, seed):
    return pathlib.Path(FLAGS.out) / f"{kind.replace(' ', '-')}-seed{seed}.csv"


def run(kind, seed, train_images, held_out, features):
    """One training; every random number follows from the seed."""
    keras.utils.set_random_seed(seed)
    ada = AdaptiveAugmentation(seed=seed) if kind == "with ADA" else None
    gan = DCGAN(train_images.shape[1:], ada)
    gan.compile()
    steps = FLAGS.kimg * 1000 // BATCH // POINTS
    data = tf.data.Dataset.from_tensor_slices(train_images).repeat()
    data = data.shuffle(len(train_images), seed=seed).batch(BATCH, drop_remainder=True)
    callbacks = [] if ada is None else [AdaCallback(ada, kimg=FLAGS.ada_kimg)]
    callbacks.append(Record(path_of(kind, seed), train_images, held_out, features))
    gan.fit(data, epochs=POINTS, steps_per_epoch=steps, verbose=0, callbacks=callbacks)


def read(kind, seed):
    with path_of(kind, seed).open() as file:
        rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]
    return {key: np.array([row[key] for row in rows]) for key in rows[0]}


def summarize():
    """results.txt: the best and the last KID of each run, and where the discriminator stood."""
    lines = [
        f"{'run':18}{'best KID':>10}{'at kimg':>9}{'last KID':>10}{'p':>7}{'r_t':>7}"
        f"{'held-out judged real':>22}{'seconds':>9}"
    ]
    for kind in KINDS:
        for seed in FLAGS.seeds:
            c = read(kind, seed)
            best = int(np.argmin(c["kid"]))
            end = {key: values[-1] for key, values in c.items()}
            lines.append(
                f"{kind + ', seed ' + seed:18}{c['kid'][best]:10.4f}{c['kimg'][best]:9.0f}"
                f"{end['kid']:10.4f}{end['p']:7.2f}{end['rt']:7.2f}"
                f"{end['held-out judged real']:22.2f}{end['seconds']:9.0f}"
            )
    text = "\n".join(lines) + "\n"
    (pathlib.Path(FLAGS.out) / "results.txt").write_text(text)
    print(text)


def draw():
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    panels = {
        "rt": "D on real images: E[sign] ($r_t$)",
        "p": "augmentation probability p",
        "held-out judged real": "share of held-out images judged real",
        "kid": "KID to held-out images",
    }
    figure, axes = plt.subplots(1, 4, figsize=(15, 3.4), constrained_layout=True)
    for axis, (key, title) in zip(axes, panels.items(), strict=True):
        for kind, colour in zip(KINDS, ("tab:red", "tab:blue"), strict=True):
            for number, seed in enumerate(FLAGS.seeds):
                curve = read(kind, seed)
                axis.plot(curve["kimg"], curve[key], color=colour, label=None if number else kind)
        axis.set(title=title, xlabel="thousand real images")
        axis.grid(alpha=0.3)
    axes[0].axhline(0.6, color="grey", linestyle=":", label="target")
    axes[0].legend()
    axes[3].set_yscale("log")
    figure.savefig(pathlib.Path(FLAGS.out) / "figure.png", dpi=80)


def main(_):
    folder = pathlib.Path(FLAGS.out)
    folder.mkdir(parents=True, exist_ok=True)
    if not FLAGS.draw:
        dataset = open_dataset(
            DataConfig(FLAGS.source, FLAGS.resolution, cond=FLAGS.source == "digits")
        )
        order = np.random.RandomState(0).permutation(dataset.num_images)
        x = dataset.store.read(dataset.items[order]).numpy().astype(np.float32) / 127.5 - 1.0
        labels = None if dataset.labels is None else dataset.labels[order][FLAGS.images :]
        train_images, held_out = x[: FLAGS.images], x[FLAGS.images :][:1600]
        labels = None if labels is None else labels[:1600]
        features = make_features(held_out, labels)
        floor = kid(features(train_images), features(held_out))
        print(f"KID of the {FLAGS.images} training images to the held-out ones: {floor:.4f}")
        for seed in FLAGS.seeds:
            for kind in KINDS:
                run(kind, int(seed), train_images, held_out, features)
                last = {key: round(float(v[-1]), 4) for key, v in read(kind, seed).items()}
                print(f"{kind}, seed {seed}:", last, flush=True)
    summarize()
    draw()


if __name__ == "__main__":
    app.run(main)
