"""`evaluate`: scores in one call, and `open_subject`: the images to be scored and the real ones.

evaluate("runs/00000-photos-auto", metrics="kid5k_full")  # {"kid5k_full": 0.0123}
"""

import dataclasses
import os
import pathlib
from collections.abc import Callable, Iterator

from ada_tf.data import DataConfig, ImageDataset, open_dataset
from ada_tf.errors import UserError
from ada_tf.inference.open_networks import load_generator
from ada_tf.interop.find_network import holds_network
from ada_tf.metrics import snapshot_scores
from ada_tf.metrics.evaluator import Evaluator, Score
from ada_tf.metrics.features import declaration, feature_network
from ada_tf.metrics.images.generated import (
    SavedGenerator,
    images_of_generator,
    images_of_saved_model,
)
from ada_tf.metrics.images.images import BATCH, Images
from ada_tf.metrics.images.pictures import images_of_folder
from ada_tf.metrics.images.reals import how_resized, reference_config, reference_sets, trained_part
from ada_tf.metrics.metric_names import DEFAULT, parse_metrics
from ada_tf.ops import random
from ada_tf.shape import ACCEPTED as SIZES
from ada_tf.shape import is_size, size_of
from ada_tf.training.runs import snapshots as snapshot_files
from ada_tf.training.runs.checkpoint_folder import FOLDER, newest, read_data


def evaluate(
    network,
    data=None,
    metrics=DEFAULT,
    *,
    features=None,
    reference: str | None = None,
    held_out=None,
    snapshots: bool = False,
    per_class: bool = False,
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
            or a Generator; or the result of `open_subject`, which takes finished images as well.
        data: the real images; see `open_subject`.
        metrics: names, a list or one string with commas, see docs/metrics.md.
        features: feature network, where the name of a metric says none: a name of
            `features.networks` such as "lite0", the .json file that declares your own, or a
            FeatureNetwork. None is the network that papers use for the metric.
        reference: "all", "training" or "held_out": the images that all metrics compare with,
            whatever their names say.
        held_out: real images that were not trained on; see `open_subject`.
        snapshots: score every snapshot of a run.
        per_class: score each class alone as well; see `Score.classes` of `on_scores`.
        seed: of everything random.
        batch: images at a time.
        weights: key of `features.networks.WEIGHT_FILES`, such as "inception" -> its weight file;
            others are looked for.
        cache_dir: folder of weights and of features of real images; None is the user's cache.
        download: fetch weights that are not here.
        on_scores: called with the path that was scored and its list of `Score`, which know protocol
            and seconds, as soon as they are there.

    Returns:
        Name of each result -> its value; with `snapshots` path of each -> such a dictionary.

    Raises:
        UserError: an argument is none of those listed, weights are missing, or there are fewer
            images than asked for.
    """
    features = declaration.chosen(features)
    parsed = parse_metrics(metrics, features, reference)
    subject = network if isinstance(network, Subject) else None
    if subject is None:
        subject = open_subject(network, data, held_out=held_out, seed=seed, batch=batch)
    options = {"paths": weights, "cache_dir": cache_dir, "download": download}
    evaluator = Evaluator(
        parsed,
        lambda name: feature_network.load_network(declaration.meant(name, features), **options),
        lambda: feature_network.load_perceptual(**options),
        subject.sets,
        cache_dir,
        per_class,
    )
    found = {}
    for state, scores in _scores(subject, evaluator, seed, snapshots):
        if on_scores is not None:
            on_scores(state, scores)
        found[state] = {name: value for score in scores for name, value in score.results.items()}
    return found if snapshots else found[subject.name]


def _scores(subject, evaluator, seed, snapshots) -> Iterator[tuple[str, list[Score]]]:
    """Yield (path, scores): of the subject, or of every snapshot of its run."""
    if not snapshots:
        yield subject.name, evaluator(subject.fakes, subject.generator, seed)
        return
    if subject.run_dir is None:
        raise UserError("snapshots=True scores those of a run; give a run directory.")
    yield from snapshot_scores.score(
        snapshot_scores.states(subject.name), subject.generator, evaluator, subject.fakes, seed
    )


@dataclasses.dataclass(frozen=True)
class Reals:
    """Real images.

    Attributes:
        whole: all of them, an ImageDataset.
        training: those trained on, with the others as its `validation`.
        sets: name of a reference set, of `metric_names.REFERENCES` -> Images.
    """

    whole: ImageDataset
    training: ImageDataset
    sets: Callable


@dataclasses.dataclass(frozen=True)
class Subject:
    """Images to be scored, and the real ones; made by `open_subject`.

    Attributes:
        name: path that was given, or name of a generator.
        fakes: the generated Images.
        generator: the Generator that makes them; None of others.
        reals: the real images; None without any.
        run_dir: of a checkpoint.
    """

    name: str
    fakes: Images
    generator: object = None
    reals: Reals | None = None
    run_dir: pathlib.Path | None = None

    @property
    def sets(self) -> Callable | None:
        """Name of a reference set -> Images; None without real images."""
        return None if self.reals is None else self.reals.sets

    def training_images(self) -> ImageDataset:
        """Training images, with those held out of training as `validation`.

        Raises:
            UserError: there are no real images.
        """
        if self.reals is None:
            raise UserError("data is missing; give the training images with --data.")
        return self.reals.training


def open_subject(
    network=None,
    data=None,
    *,
    generated=None,
    fit: bool = False,
    held_out=None,
    cond: bool = False,
    truncation_psi: float = 1.0,
    seed: int = 0,
    batch: int = BATCH,
    log: Callable = print,
) -> Subject:
    """Open generated images and the real images to compare them with.

    Args:
        network: a run directory, a checkpoint without its extension, a network folder, a SavedModel,
            or a Generator.
        data: the real images: a source as for ada-train, a DataConfig or an ImageDataset; None are
            those of the run. A source is opened as the run opened its own, or in the size of the
            generated images if there is no run. Beside a Generator give a DataConfig or an
            ImageDataset of its size. If the source holds the very images of the run, wherever they lie
            now, the images that the run held out stay held out.
        generated: a folder or zip file of finished images, instead of `network`.
        fit: resize finished images; otherwise other sizes are refused.
        held_out: real images that were not trained on, a source as `data`, or an ImageDataset;
            None are those that the run held out.
        cond: a source of `data` has class labels, for a conditional SavedModel.
        truncation_psi: of a generator; 1 is without truncation, as papers score.
        seed: of the latents, labels and noise.
        batch: images at a time.
        log: called with a line of what is prepared.

    Raises:
        UserError: one of them cannot be opened, or both or none of `network` and `generated` is given.
    """
    if (network is None) == (generated is None):
        raise UserError(
            "network and generated: give exactly one, --network=runs/00000-photos-auto or"
            " --generated=FOLDER."
        )
    if held_out is not None and data is None and generated is not None:
        raise UserError("held_out goes with data; give the training images with --data.")
    if generated is not None:
        reals = open_reals(_config(data, None, cond), held_out, log)
        like = reals and (*reals.whole.shape.hwc, reals.whole.bits)
        return Subject(str(generated), images_of_folder(generated, like, fit, batch), None, reals)
    drawn = seed, batch, truncation_psi
    if callable(network):  # a Generator
        if isinstance(data, (str, pathlib.Path)):
            raise UserError(
                f"data={str(data)!r}: beside a Generator give a DataConfig with its resolution, or"
                " an ImageDataset."
            )
        reals = open_reals(_config(data, None, cond), held_out, log)
        return Subject(network.name, _made(network, reals, drawn), network, reals)
    if is_saved_model(network):
        model = SavedGenerator(network, truncation_psi)
        shape = model(random.make_seed(seed), batch).shape[1:]  # known once some are made
        given = _in_shape(data, *shape, cond or model.conditional)
        reals = open_reals(_config(given, None, cond), held_out, log)
        whole = reals and reals.whole
        model.check_labels(whole)
        return Subject(str(network), images_of_saved_model(model, whole, *drawn), None, reals)
    if holds_network(network):
        generator, architecture = load_generator(network)
        given = _in_shape(data, *architecture.shape.hwc, architecture.label_dim > 0)
        reals = open_reals(_config(given, None, cond), held_out, log)
        return Subject(str(network), _made(generator, reals, drawn), generator, reals)
    checkpoint, generator, trained_on, run_dir = open_run(network)
    reals = open_reals(_config(data, trained_on, cond), held_out, log, checkpoint)
    return Subject(str(network), _made(generator, reals, drawn), generator, reals, run_dir)


def open_run(network):
    """Open (checkpoint, averaged generator, DataConfig it was trained on, run directory)."""
    checkpoint = newest(network)  # reads all of it once, to be sure that it is whole
    generator, config = load_generator(checkpoint)
    folder = pathlib.Path(checkpoint).parent
    # Prepared images are kept where this user says, not where the trainer of the run said.
    data = dataclasses.replace(config.data, cache_dir=None)
    inside = folder.name in (FOLDER, snapshot_files.FOLDER)
    return checkpoint, generator, data, folder.parent if inside else folder


def is_saved_model(path) -> bool:
    """Return True if a folder holds a SavedModel."""
    return os.path.isfile(os.path.join(path, "saved_model.pb"))


def _made(generator, reals: Reals | None, drawn: tuple) -> Images:
    return images_of_generator(generator, reals and reals.whole, *drawn)


def _in_shape(data, height: int, width: int, channels: int, cond: bool):
    """A source as a DataConfig of a generator's size, since no run says how to open it."""
    if not isinstance(data, (str, pathlib.Path)):
        return data
    size = size_of(height, width)
    if not is_size(size):
        raise UserError(
            f"data={str(data)!r} cannot be opened in the {size} pixels of the generated images, which"
            f" are not {SIZES}; give finished images by --generated."
        )
    return DataConfig(str(data), resolution=size, channels=channels, cond=cond)


def _config(data, trained_on: DataConfig | None, cond: bool):
    """The real images that were given, as a DataConfig or an ImageDataset; None without any."""
    if data is None:
        return trained_on
    if isinstance(data, (DataConfig, ImageDataset)):
        return data
    if trained_on is not None:
        return dataclasses.replace(trained_on, source=str(data))
    return DataConfig(str(data), cond=cond)


def open_reals(
    data, held_out, log: Callable, checkpoint: str | None = None, cond: bool = False
) -> Reals | None:
    """Open real images.

    Args:
        data: DataConfig, ImageDataset, or None.
        held_out: a source, DataConfig or ImageDataset; or None.
        log: called with lines.
        checkpoint: of the run whose settings `data` has. They say which images are held out, if the
            images are the very ones of the run.
        cond: the held-out images have labels, too.
    """
    if data is None:
        return None
    if isinstance(data, ImageDataset):
        whole = training = data
        words, fit = "as stored", {}
    else:
        whole = training = open_dataset(reference_config(data), log=log, advise=False)
        words, fit = how_resized(data), dataclasses.asdict(data.fit)
        if checkpoint is None or read_data(checkpoint).fingerprint == whole.fingerprint:
            training = trained_part(whole, data)
    if held_out is not None:
        training = dataclasses.replace(
            training, validation=open_like(whole, held_out, fit, log, cond)
        )
    return Reals(whole, training, reference_sets(whole, training, resized=words))


def open_like(
    whole: ImageDataset, others, fit: dict, log: Callable, cond: bool = False
) -> ImageDataset:
    """Open other images in the shape of these, by the same crop and filter; with labels if `cond`."""
    if isinstance(others, ImageDataset):
        return others
    if isinstance(others, DataConfig):
        return open_dataset(others, log=log, advise=False)
    shape = {
        "resolution": whole.shape.resolution,
        "channels": whole.shape.channels,
        "bits": whole.bits,
    }
    config = DataConfig(str(others), cond=cond, **shape, **fit)
    return open_dataset(config, log=log, advise=False)
