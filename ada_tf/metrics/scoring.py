"""Scoring in one call: what ada-evaluate does, for notebooks as well.

evaluate("runs/00000-photos-auto", metrics="kid5k_full")  # {"kid5k_full": 0.0123}
"""

import dataclasses
import os
import pathlib
from collections.abc import Iterator

from ada_tf.data import DataConfig, ImageDataset, open_dataset
from ada_tf.errors import UserError
from ada_tf.inference.generate import load_generator
from ada_tf.interop.reading import holds_network
from ada_tf.metrics import curve
from ada_tf.metrics.evaluator import Evaluator, Score
from ada_tf.metrics.features import declaration, registry
from ada_tf.metrics.generated import BATCH, GeneratorImages, SavedModelImages
from ada_tf.metrics.names import DEFAULT, parse_metrics
from ada_tf.metrics.reals import DatasetImages, real_images, reference
from ada_tf.models.config import Architecture
from ada_tf.training.runs import snapshots as snapshot_files
from ada_tf.training.runs.checkpoint_folder import FOLDER, newest


@dataclasses.dataclass(frozen=True)
class Subject:
    """What is scored, opened once: see `open_subject`.

    Attributes:
        name: of what was given: a path, or the name of a generator.
        fakes: its images, of `metrics.generated`, or finished ones of `metrics.reals`.
        generator: if it is one of ours.
        dataset: the real images, all of them; None without any.
        reals: flipped -> DatasetImages of that dataset; None without any.
        trained_on: DataConfig of the images of the run, if the reals are those.
        run_dir: of a checkpoint.
    """

    name: str
    fakes: object
    generator: object = None
    dataset: ImageDataset | None = None
    reals: object = None
    trained_on: DataConfig | None = None
    run_dir: pathlib.Path | None = None

    def training_images(self) -> ImageDataset:
        """The images that were trained on, with those held out of training as `validation`.

        Raises:
            UserError: there are no real images.
        """
        if self.dataset is None:
            raise UserError("data is missing; give the training images with --data.")
        if self.trained_on is not None and (self.trained_on.subset or self.trained_on.validation):
            return open_dataset(self.trained_on)
        return self.dataset


def evaluate(
    network,
    data=None,
    metrics=DEFAULT,
    *,
    features=None,
    snapshots: bool = False,
    seed: int = 0,
    batch: int = BATCH,
    weights: dict | None = None,
    cache_dir=None,
    download: bool = False,
    on_scores=None,
) -> dict:
    """Score a generator, or finished images.

    Args:
        network: a run directory, a checkpoint without its extension, a network folder, a SavedModel,
            a Generator, or what `open_subject` has opened, which takes finished images as well.
        data: the real images; see `open_subject`.
        metrics: names, a list or one string with commas, see docs/metrics.md.
        features: who looks at the images, where a name of a metric does not say: a network of
            `features.networks` such as "lite0", the .json file that declares one of your own, or a
            FeatureNetwork; None is the network that papers use for the metric.
        snapshots: score every snapshot of a run.
        seed: of everything random.
        batch: images at a time.
        weights: key of `features.published.WEIGHT_FILES`, such as "inception" -> file of its
            weights, for those not to be looked for.
        cache_dir: folder of weights and of statistics of real images; None is the user's cache.
        download: fetch weights that are not here.
        on_scores: called with the path of what was scored and its list of `Score`, which know
            protocol and seconds, as soon as they are there.

    Returns:
        Name of each result -> its value; with `snapshots` path of each -> such a dictionary.

    Raises:
        UserError: an argument is none of those listed, weights are missing, or there are fewer
            images than asked for.
    """
    features = declaration.chosen(features)
    parsed = parse_metrics(metrics, features)
    subject = network if isinstance(network, Subject) else None
    if subject is None:
        subject = open_subject(network, data, seed=seed, batch=batch)
    options = {"paths": weights, "cache_dir": cache_dir, "download": download}
    evaluator = Evaluator(
        parsed,
        lambda name: registry.load_network(declaration.meant(name, features), **options),
        lambda: registry.load_perceptual(**options),
        subject.reals,
        cache_dir,
    )
    found = {}
    for state, scores in _scores(subject, evaluator, seed, snapshots):
        if on_scores is not None:
            on_scores(state, scores)
        found[state] = {name: value for score in scores for name, value in score.results.items()}
    return found if snapshots else found[subject.name]


def _scores(subject, evaluator, seed, snapshots) -> Iterator[tuple[str, list[Score]]]:
    """(what was scored, its scores): once, or for every snapshot of a run."""
    if not snapshots:
        yield subject.name, evaluator(subject.fakes, subject.generator, seed)
        return
    if subject.run_dir is None:
        raise UserError("snapshots=True scores those of a run; give a run directory.")
    yield from curve.score(
        curve.states(subject.name), subject.generator, evaluator, subject.fakes, seed
    )


def open_subject(
    network=None,
    data=None,
    *,
    generated=None,
    cond: bool = False,
    seed: int = 0,
    batch: int = BATCH,
) -> Subject:
    """Open what is to be scored and the real images that it is compared with.

    Args:
        network: a run directory, a checkpoint without its extension, a network folder, a SavedModel,
            or a Generator.
        data: the real images: a source as for ada-train, a DataConfig or an ImageDataset; None are
            those of the run. A source is opened as the run opened its own, for a network folder in
            the size of its images. With a Generator it must be of the generator's size, so that it
            is a DataConfig or an ImageDataset.
        generated: a folder or zip file of finished images, instead of `network`.
        cond: a source of `data` has class labels, for a conditional SavedModel.
        seed: of the latents, labels and noise.
        batch: images at a time.

    Raises:
        UserError: one of them cannot be opened, or not both of `network` and `generated` are given.
    """
    if (network is None) == (generated is None):
        raise UserError(
            "network and generated: give exactly one, --network=runs/00000-photos-auto or"
            " --generated=FOLDER."
        )
    if generated is not None:
        dataset, reals = _open_reals(data, None, cond)
        return Subject(str(generated), _finished(generated, dataset), None, dataset, reals)
    if callable(network):  # a Generator
        if isinstance(data, (str, pathlib.Path)):
            raise UserError(
                f"data={str(data)!r}: beside a Generator give a DataConfig with its resolution, or"
                " an ImageDataset."
            )
        dataset, reals = _open_reals(data, None, cond)
        fakes = GeneratorImages(network, dataset, seed, batch)
        return Subject(network.name, fakes, network, dataset, reals)
    if is_saved_model(network):
        dataset, reals = _open_reals(data, None, cond)
        fakes = SavedModelImages(network, dataset, seed, batch)
        return Subject(str(network), fakes, None, dataset, reals)
    if holds_network(network):
        generator, architecture = load_generator(network)
        dataset, reals = _open_reals(_in_shape_of(architecture, data), None, cond)
        fakes = GeneratorImages(generator, dataset, seed, batch)
        return Subject(str(network), fakes, generator, dataset, reals)
    generator, trained_on, run_dir = open_run(network)
    dataset, reals = _open_reals(data, trained_on, cond)
    fakes = GeneratorImages(generator, dataset, seed, batch)
    own = trained_on if data is None else None
    return Subject(str(network), fakes, generator, dataset, reals, own, run_dir)


def open_run(network):
    """(averaged generator, DataConfig of what it was trained on, run directory)."""
    checkpoint = newest(network)  # reads all of it, to be sure that it is whole: once
    generator, config = load_generator(checkpoint)
    folder = pathlib.Path(checkpoint).parent
    # What is prepared is kept where the user says, not where whoever trained the run said.
    data = dataclasses.replace(config.data, cache_dir=None)
    inside = folder.name in (FOLDER, snapshot_files.FOLDER)
    return generator, data, folder.parent if inside else folder


def _in_shape_of(of: Architecture, data):
    """A source as images of a generator's size, since there is no run to say how it opened them."""
    if not isinstance(data, (str, pathlib.Path)):
        return data
    shape = {"resolution": of.resolution, "channels": of.channels, "cond": of.num_classes > 0}
    return DataConfig(str(data), **shape)


def is_saved_model(path) -> bool:
    """Whether a folder holds a SavedModel."""
    return os.path.isfile(os.path.join(path, "saved_model.pb"))


def _open_reals(data, trained_on: DataConfig | None, cond: bool):
    """(ImageDataset, flipped -> DatasetImages) of the reference set, or (None, None) without any."""
    if isinstance(data, ImageDataset):
        return data, lambda flipped: DatasetImages(data, flipped)
    if data is None:
        config = trained_on
    elif isinstance(data, DataConfig):
        config = data
    elif trained_on is not None:
        config = dataclasses.replace(trained_on, source=str(data))
    else:
        config = DataConfig(str(data), cond=cond)
    if config is None:
        return None, None
    config = reference(config)
    dataset = open_dataset(config)
    return dataset, real_images(dataset, config)


def _finished(generated, dataset: ImageDataset | None) -> DatasetImages:
    """Images of a folder or zip file, in the shape of the real ones."""
    shape = {}
    if dataset is not None:
        shape = {"resolution": dataset.resolution, "channels": dataset.channels}
    config = DataConfig(str(generated), **shape)
    return real_images(open_dataset(config), config)(False)
