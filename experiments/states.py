"""What the states that runs have kept can do, a line of JSON each.

KID of 1,000 generated pictures against held-out ones and against the training pictures, precision and
its kin, copies, p, and what the discriminator says of training, held-out and generated pictures; of
creatures also which of their attributes are met. What is measured already is not measured
again, so that a program can follow runs that still go on.
"""

import functools
import json
import pathlib
from collections.abc import Sequence

import numpy as np

from experiments import runs
from experiments.runs import Run

HELD_OUT = range(20_000, 30_000)  # creatures beside runs on creatures
FAKES, SHOWN = 1000, 1000  # pictures of a state, and pictures of each kind that D looks at
BATCH = 100  # pictures that D looks at together
GROUP = 4  # images of a minibatch standard deviation, of which a batch has whole ones
NEIGHBOURS, BESIDE = 5, 2000  # of measures of neighbourhoods, and the held-out pictures they take


def measure(every: Sequence[Run], at: Sequence[int], out, results) -> None:
    """Measure what is kept at some kimg and at the end, if it is not in the results yet."""
    path = pathlib.Path(results)
    known = {(line["run"], line["images"]) for line in read(path)}
    of = Measure(out)
    for run in every:
        wanted = {1000 * kimg for kimg in (*at, run.kimg)}
        for images, state in runs.states(run, out).items():
            if images in wanted and (run.name, images) not in known:
                line = {"run": run.name, "images": images, **of(run, images, state)}
                with path.open("a") as file:
                    file.write(json.dumps(line) + "\n")
                kid = 1000 * line["kid"][0]
                print(f"{run.name} {images // 1000} kimg  KID x 1000 {kid:.1f}", flush=True)


def read(path) -> list[dict]:
    """The lines of a file of results."""
    path = pathlib.Path(path)
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


class Measure:
    """Measures states; what is known of the real pictures stays.

    Args:
        out: folder of the runs.
    """

    def __init__(self, out):
        self._out = out
        self._of_data = {}, None

    @functools.cached_property
    def _network(self):
        """Loaded once, by whoever has something to measure."""
        from ada_tf.metrics.features.feature_network import load_network

        return load_network("lite0")

    def __call__(self, run: Run, images: int, state: str) -> dict:
        """The numbers of a state as JSON values; those with an error are pairs."""
        from ada_tf.metrics.images.images import images_of_array
        from ada_tf.metrics.measures.kernel import kernel_estimate
        from ada_tf.metrics.measures.precision_recall import neighbourhood_estimates

        generator, discriminator, data = networks_of(state)
        real = self._reals(data)
        fakes = generated(generator)
        features = real.network(fakes)["features"]
        pair = lambda estimate: [estimate.value, estimate.error]  # noqa: E731
        around = neighbourhood_estimates(real.held_out_features[:BESIDE], features, NEIGHBOURS)
        names = ("precision", "recall", "density", "coverage")
        copies = real.search(images_of_array(fakes), len(fakes), 1)[0]
        new = features[~copies.flagged]  # KID forgives copies
        shown = {"training": real.training, "held_out": real.held_out, "generated": fakes}
        return {
            "kid": pair(kernel_estimate(real.held_out_features, features)),
            "kid_new": pair(kernel_estimate(real.held_out_features, new)) if len(new) > 3 else None,
            "kid_training": pair(kernel_estimate(real.training_features, features)),
            **dict(zip(names, map(pair, around), strict=True)),
            "copies": [copies.count, copies.expected, copies.p],
            **real.attributes(fakes),
            "d": {name: outputs(discriminator, of[:SHOWN]) for name, of in shown.items()},
            **progress(run, images, self._out),
        }

    def _reals(self, data):
        known, last = self._of_data
        if data != last:  # runs come in the order of their data
            known = Reals(data, self._out, self._network)
            self._of_data = known, data
        return known


class Reals:
    """What is known of the real pictures of a run."""

    def __init__(self, data, out, network):
        from ada_tf.data import open_dataset
        from ada_tf.metrics.copies.copy_search import CopySearch
        from ada_tf.metrics.images.images import images_of_array

        self.network = network
        dataset = open_dataset(data)
        self.training = _all_of(dataset)
        drawn = data.source.startswith("creatures")
        if drawn:  # without end, so that there are more than a run holds out
            from experiments.attributes import AttributeReader, creatures

            self.held_out = creatures(HELD_OUT, data.resolution)
            file = pathlib.Path(out) / f"held-out-{data.resolution}.npy"
            if not file.exists():
                np.save(file, self.network(self.held_out)["features"])
            self.held_out_features = np.load(file)
        else:
            self.held_out = _all_of(dataset.validation)
            self.held_out_features = self.network(self.held_out)["features"]
        self.training_features = self.network(self.training)["features"]
        self.search = CopySearch(images_of_array(self.training))
        self._reader = None
        if drawn:
            self._reader = AttributeReader(out, data.resolution)
            self._held_out_read = self._reader(self.held_out)
            self._training_read = self._reader(self.training)

    def attributes(self, fakes) -> dict:
        """Share of attributes met, and of creatures that are new, of drawn ones, too."""
        if self._reader is None:
            return {}
        from experiments.attributes import met, new

        fakes_read = self._reader(fakes)
        return {
            "met": met(fakes_read, self._held_out_read),
            "met_training": met(self._training_read, self._held_out_read),
            "new": new(fakes_read, self._training_read),
            "new_drawn": new(self._held_out_read, self._training_read),
        }


def generated(generator) -> np.ndarray:
    """Pictures of a generator: uint8 [FAKES, R, R, C], no truncation."""
    from ada_tf.metrics.images.generated import images_of_generator

    return np.concatenate([*images_of_generator(generator).batches(FAKES)])


def networks_of(state: str):
    """(averaged generator, discriminator, DataConfig) of a snapshot."""
    from ada_tf.inference.open_networks import open_trained
    from ada_tf.models.build import make_network

    trained = open_trained(state)
    generator, discriminator = (
        make_network(trained.architecture, group) for group in ("generator_ema", "discriminator")
    )
    trained.restore(generator_ema=generator, discriminator=discriminator)
    return generator, discriminator, trained.config.data


def outputs(discriminator, pictures) -> dict:
    """What the discriminator says of pictures that nobody augmented: mean, and mean of the sign.

    In batches, whose rest is left out; fewer pictures are one of whole groups.
    """
    batch = min(BATCH, len(pictures) // GROUP * GROUP)
    logits = np.concatenate(
        [
            np.ravel(discriminator(pictures[i : i + batch].astype(np.float32) / 127.5 - 1))
            for i in range(0, len(pictures) - len(pictures) % batch, batch)
        ]
    )
    return {"mean": float(logits.mean()), "sign": float(np.sign(logits).mean())}


def progress(run: Run, images: int, out) -> dict:
    """Of a run after so many images: p, the statistic that moves it, and the minutes that it took."""
    from ada_tf.training.iteration.stats import STATISTIC

    lines = read(runs.folder(run, out) / "stats.jsonl")
    before = [line for line in lines if line["Progress/kimg"]["mean"] * 1000 <= images + 1]
    last = {name: value["mean"] for name, value in before[-1].items() if isinstance(value, dict)}
    pace = [line["Timing/sec_per_kimg"]["mean"] for line in before[1:]]  # the first compiles
    return {
        "p": last.get("Progress/augment", 0.0),
        "statistic": last.get(STATISTIC, last["Loss/signs/real"]),  # of older runs
        # The median does not see what else the machine did.
        "minutes": float(np.median(pace)) * images / 60_000,
    }


def _all_of(dataset) -> np.ndarray:
    return dataset.images(np.arange(dataset.num_images))
