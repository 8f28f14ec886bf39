"""What the runs of the sweep can do, at every second snapshot.

    python -m experiments.size_sweep.measure --out=/tmp/sweep --results=experiments/size_sweep/results.jsonl

Each line of the results is a state of a run: KID of 1,000 generated pictures against 10,000 held-out ones
and against the training pictures, coverage and precision, copies, p, and what the discriminator says of
training, held-out and generated pictures. What is measured already is not measured again, so that
the command can follow runs that still go on.
"""

import json
import pathlib

import numpy as np
from absl import app, flags

from experiments import runs
from experiments.size_sweep.run import RESOLUTION, sweep

FLAGS = flags.FLAGS
HELD_OUT = "creatures:20000-29999"
EVERY_KIMG = 40
FAKES, SHOWN = 1000, 1000  # pictures of a state, and pictures of each kind that D looks at
NEIGHBOURS, BESIDE = (
    5,
    2000,
)  # of the measures of neighbourhoods, and the held-out pictures they take


def main(_):
    path = pathlib.Path(FLAGS.results)
    known = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    known = {(line["run"], line["images"]) for line in known}
    waiting = [
        (run, images, state)
        for run in sweep()
        for images, state in runs.states(run, FLAGS.out).items()
        if images // 1000 % EVERY_KIMG == 0 and (run.name, images) not in known
    ]
    if not waiting:
        return
    measure = Measure()
    for run, images, state in waiting:
        line = {"run": run.name, "images": images, **measure(run, images, state)}
        with path.open("a") as file:
            file.write(json.dumps(line) + "\n")
        print(
            f"{run.name} {images // 1000} kimg  KID x 1000 {1000 * line['kid'][0]:.1f}", flush=True
        )


class Measure:
    """Measures states; what is known of the real pictures stays."""

    def __init__(self):
        from ada_tf.metrics.features.registry import load_network

        self._network = load_network("lite0")
        self._held_out = self._pictures(HELD_OUT)
        self._held_out_features = self._features(self._held_out)
        self._training = {}

    def __call__(self, run, images: int, state: str) -> dict:
        """The numbers of a state as JSON values; those with an error are pairs."""
        from ada_tf.metrics.images.arrays import ArrayImages
        from ada_tf.metrics.measures.kernel import kernel_estimate
        from ada_tf.metrics.measures.neighbourhoods import neighbourhood_estimates

        training, training_features, search = self._of_training(run)
        generator, discriminator = networks_of(state)
        fakes = self._generated(generator)
        features = self._features(fakes)
        pair = lambda estimate: [estimate.value, estimate.error]  # noqa: E731
        around = neighbourhood_estimates(self._held_out_features[:BESIDE], features, NEIGHBOURS)
        names = ("precision", "recall", "density", "coverage")
        copies = search(ArrayImages(fakes), FAKES, 1)[0]
        shown = {"training": training, "held_out": self._held_out, "generated": fakes}
        return {
            "kid": pair(kernel_estimate(self._held_out_features, features)),
            "kid_training": pair(kernel_estimate(training_features, features)),
            **dict(zip(names, map(pair, around), strict=True)),
            "copies": [copies.count, copies.expected, copies.p],
            "d": {name: outputs(discriminator, of[:SHOWN]) for name, of in shown.items()},
            "p": p_at(run, images),
        }

    def _of_training(self, run):
        """(pictures, features, CopySearch) of what a run is trained on."""
        from ada_tf.metrics.copies.copy_search import CopySearch
        from ada_tf.metrics.images.arrays import ArrayImages

        (source,) = [f.partition("=")[2] for f in run.flags if f.startswith("--data=")]
        if source not in self._training:
            pictures = self._pictures(source)
            found = pictures, self._features(pictures), CopySearch(ArrayImages(pictures))
            self._training = {source: found}  # runs come in the order of their data
        return self._training[source]

    def _pictures(self, source: str) -> np.ndarray:
        from ada_tf.data import DataConfig, open_dataset

        data = open_dataset(DataConfig(source, resolution=RESOLUTION, channels=3))
        return data.images(np.arange(data.num_images))

    def _features(self, pictures) -> np.ndarray:
        return self._network(pictures)["features"]

    @staticmethod
    def _generated(generator) -> np.ndarray:
        from ada_tf.metrics.images.generated import GeneratorImages

        return np.concatenate([*GeneratorImages(generator).batches(FAKES)])


def networks_of(state: str):
    """(averaged generator, discriminator) of a snapshot."""
    from ada_tf.models.build import make_network
    from ada_tf.training.runs.trained import open_trained

    trained = open_trained(state)
    generator, discriminator = (
        make_network(trained.architecture, group) for group in ("generator_ema", "discriminator")
    )
    trained.restore(generator_ema=generator, discriminator=discriminator)
    return generator, discriminator


def outputs(discriminator, pictures) -> dict:
    """What the discriminator says of pictures that nobody augmented: mean, and mean of the sign."""
    logits = np.concatenate(
        [
            np.ravel(discriminator(pictures[i : i + 100].astype(np.float32) / 127.5 - 1))
            for i in range(0, len(pictures) - len(pictures) % 100, 100)
        ]
    )
    return {"mean": float(logits.mean()), "sign": float(np.sign(logits).mean())}


def p_at(run, images: int) -> float:
    """The strength of the augmentation after so many images."""
    path = runs.folder(run, FLAGS.out) / "stats.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    before = [line for line in lines if line["Progress/kimg"]["mean"] * 1000 <= images + 1]
    return before[-1].get("Progress/augment", {}).get("mean", 0.0)


if __name__ == "__main__":
    flags.DEFINE_string("out", None, "Folder of the runs.", required=True)
    flags.DEFINE_string("results", None, "File of the numbers, .jsonl.", required=True)
    app.run(main)
