"""Scores of any generator, of any images: one call each.

from ada_tf import metrics

metrics.kid(generator, "photos/")  # Estimate(value=0.012, error=0.003)
metrics.score("fakes/", photos, "kid,pr,dc")  # {"kid": Estimate(...), "pr_precision": ...}
"""

import dataclasses
import functools
from typing import NamedTuple

import numpy as np

from ada_tf.errors import UserError
from ada_tf.metrics.collect_features import features_of
from ada_tf.metrics.copies import TESTED
from ada_tf.metrics.copies.copies import Copies
from ada_tf.metrics.copies.copy_search import look_for_copies
from ada_tf.metrics.evaluator import MOST_ENDLESS, Evaluator
from ada_tf.metrics.features import feature_network
from ada_tf.metrics.images.any_images import images_of
from ada_tf.metrics.images.images import BATCH, Images, shape_of
from ada_tf.metrics.kinds import KINDS
from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.metrics.measures.intra_cluster import IntraCluster, intra_cluster_distance
from ada_tf.metrics.measures.memorisation import (
    Authenticity,
    DataCopying,
    authenticity,
    data_copying,
)
from ada_tf.metrics.metric_names import Metric
from ada_tf.ops import tf32

FEATURES = "lite0"  # comes by pip: see `features.networks`


class PrecisionRecall(NamedTuple):
    """Part of the generated images among the real ones, and of the real among the generated."""

    precision: Estimate
    recall: Estimate


class DensityCoverage(NamedTuple):
    """Density of generated images among real ones, and part of the real ones that they reach."""

    density: Estimate
    coverage: Estimate


class InceptionScore(NamedTuple):
    """Mean and standard deviation over ten parts of the images."""

    mean: Estimate
    std: Estimate


class Memorisation(NamedTuple):
    """Generated and held-out images beside the training images nearest to them."""

    authenticity: Authenticity
    copying: DataCopying


def score(
    fakes,
    reals=None,
    metrics="kid",
    features=FEATURES,
    *,
    count=None,
    seed=0,
    fit=False,
    z_dim=None,
    value_range=None,
    batch=BATCH,
) -> dict[str, Estimate]:
    """Score generated images, which are made and looked at once.

    Args:
        fakes: a generator of any kind, or finished images: see `images_of`.
        reals: real images, likewise.
        metrics: of "fid", "kid", "pr", "dc", "prdc" and "is": names with commas, or a list; or a
            dictionary name -> arguments, as {"pr": {"neighbours": 5}}.
        features: name of a feature network, or a FeatureNetwork of your own.
        count: generated images. None takes all of a finite set, and of a generator as many as there
            are real ones, at most 10,000.
        seed: of latents, and of metrics that draw.
        fit: resize pictures of a folder to the size of the real ones.
        z_dim: of a function of latents; see `images_of`.
        value_range: (black, white) of generated and real floats; None is (-1, 1).
        batch: images at a time.

    Returns:
        Name of each result, as "kid" or "pr_precision" -> Estimate: value and standard error.

    Raises:
        UserError: an argument is none of those; images are of different sizes, or too few.
    """
    options = {"seed": seed, "value_range": value_range, "batch": batch, "z_dim": z_dim}
    against, network = _opened(reals, "reals", options), network_of(features)
    chosen = metrics_of(metrics, network, {"": "all"} if against else {})
    images = _beside(fakes, against, fit, options)
    found = evaluator_of(chosen, images, count, network, {"all": against})(images, seed=seed)
    return {name: one for each in found for name, one in each.estimates.items()}


def find_copies(
    fakes,
    training,
    held_out=None,
    features=FEATURES,
    *,
    tested=TESTED,
    fit=False,
    **options,
) -> Copies:
    """Find copies of training images among generated ones, and how many there would be by chance.

    Args:
        fakes: see `score`.
        training: the images trained on, likewise.
        held_out: real images that were not, which say how near images are by chance.
        features: see `score`; None looks at small pixels alone, which needs no network.
        tested: generated images, fewer if there are no more.
        fit: see `score`.
        options: `seed`, `z_dim`, `value_range` and `batch`, see `score`.

    Returns:
        `count`, `expected`, `p`, `copying` and more; `copies.describe_copies` says it in words.

    Raises:
        UserError: see `score`; or there are too few training images.
    """
    reals, others = _opened(training, "training", options), _opened(held_out, "held_out", options)
    images = _beside(fakes, reals, fit, options)
    network = None if features is None else network_of(features)
    return look_for_copies(images, reals, others, network, tested, drawn=1)[0]


def memorisation(
    fakes, training, held_out=None, features=FEATURES, *, count=None, fit=False, **options
) -> Memorisation:
    """Test if generated images lie nearer to the training images than unseen real ones do.

    Args:
        fakes: see `score`.
        training: the images trained on, likewise.
        held_out: real images that were not; without, each training image is left out in turn.
        features: see `score`.
        count: see `score`.
        fit: see `score`.
        options: `seed`, `z_dim`, `value_range` and `batch`, see `score`.

    Raises:
        UserError: see `score`; or there are too few images.
    """
    reals, others = _opened(training, "training", options), _opened(held_out, "held_out", options)
    images, network = _beside(fakes, reals, fit, options), network_of(features)
    count, shape = _how_many(images, reals, count), shape_of(reals)
    fake = features_of(images, network, count, shape)
    seen = [
        None if of is None else features_of(of, network, of.count or MOST_ENDLESS, shape, "real")
        for of in (reals, others)
    ]
    return Memorisation(authenticity(*seen, fake), data_copying(*seen, fake))


def intra_cluster_lpips(
    fakes, training, *, count=None, fit=False, download=False, **options
) -> IntraCluster:
    """Measure the variety of generated images around each of few training images (arXiv:2104.06820).

    Args:
        fakes: see `score`.
        training: the images trained on, 10 to 100 of them.
        count: see `score`.
        fit: see `score`.
        download: fetch the weights of LPIPS and VGG16 if they are not here.
        options: `seed`, `z_dim`, `value_range` and `batch`, see `score`.

    Raises:
        UserError: see `score`; or the weights are missing.
    """
    reals = _opened(training, "training", options)
    images = _beside(fakes, reals, fit, options)
    ours, theirs = shape_of(images), shape_of(reals)
    if ours != theirs:
        raise UserError(
            f"fakes of shape {list(ours)} and training of shape {list(theirs)} must be of one size"
            " and channels; fit=True resizes pictures of a folder."
        )
    embedding = feature_network.load_perceptual(download=download)
    return intra_cluster_distance(
        _embedded(reals, reals.count, embedding),
        _embedded(images, _how_many(images, reals, count), embedding),
    )


def _embedded(images: Images, count: int, embedding) -> np.ndarray:
    """Embeddings of LPIPS, float32 [count, D]; grey images are shown as RGB."""
    with tf32(False):
        return np.concatenate(
            [
                embedding(np.broadcast_to(batch, (*batch.shape[:3], 3))).numpy()
                for batch in images.batches(count)
            ]
        )


def _opened(reals, name: str, options: dict) -> Images | None:
    return None if reals is None else images_of(reals, name, **options)


def _beside(fakes, reals: Images | None, fit: bool, options: dict) -> Images:
    """Open generated images; pictures of a folder must have the shape of the real ones."""
    labels, like = None, None
    if reals is not None:
        labels = reals.dataset
        like = shape_of(reals) if labels is None else (*labels.shape.hwc, labels.bits)
    return images_of(fakes, "fakes", like=like, fit=fit, labels=labels, **options)


def _how_many(fakes: Images, reals: Images | None, count: int | None) -> int:
    """Number of generated images to look at: see `count` of `score`."""
    if count is None:
        available = MOST_ENDLESS if reals is None else reals.count or MOST_ENDLESS
        return fakes.count or min(available, MOST_ENDLESS)
    if count < 1:
        raise UserError(f"count={count} must be at least 1.")
    return count


def metrics_of(metrics, network, references: dict[str, str]) -> list[Metric]:
    """Read metrics as `score` takes them; their number of images is 0, see `evaluator_of`.

    Args:
        metrics: see `score`.
        network: a FeatureNetwork.
        references: prefix of the names of results -> reference set; {} without real images.

    Raises:
        UserError: there is none; one is not known, needs real images, or needs probabilities that
            the network does not give.
    """
    able = [name for name, kind in KINDS.items() if not kind.of_paths and not kind.beside]
    names = metrics.replace(" ", "").split(",") if isinstance(metrics, str) else metrics
    chosen = dict(metrics) if isinstance(metrics, dict) else {name: {} for name in names}
    if not chosen or not set(chosen) <= set(able):
        raise UserError(f"metrics={metrics!r} must be some of {', '.join(able)}.")
    for name in chosen:
        if KINDS[name].reals != 0 and not references:
            raise UserError(f"reals=None: {name} compares with real images; give some.")
        if KINDS[name].output not in getattr(network, "outputs", (KINDS[name].output,)):
            raise UserError(
                f"features={network.name!r} has no {KINDS[name].output}, which {name} needs; give"
                " another network, such as 'inception'."
            )
    found = []
    for prefix, reference in (references or {"": None}).items():
        for name, given in chosen.items():
            kind, rest = KINDS[name], dict(given)
            neighbours = rest.pop("neighbours", kind.neighbours)
            if rest:
                kind = dataclasses.replace(kind, function=functools.partial(kind.function, **rest))
            against = (reference,) if kind.reals != 0 else ()
            found.append(
                Metric(prefix + name, kind, 0, network.name, against, kind.reals, neighbours)
            )
    return found


def evaluator_of(metrics, fakes: Images, count, network, sets: dict) -> Evaluator:
    """Make an Evaluator of metrics of `metrics_of`.

    Args:
        metrics: of `metrics_of`.
        fakes: generated images.
        count: see `score`; None depends on the reference set of each metric.
        network: a FeatureNetwork.
        sets: reference set -> Images; the first also decides the count of metrics without one.
    """
    first = next(iter(sets.values()))
    counted = [
        dataclasses.replace(
            one, fakes=_how_many(fakes, sets[one.references[0]] if one.references else first, count)
        )
        for one in metrics
    ]
    return Evaluator(counted, lambda name: network, reals=sets.__getitem__, cache_dir=False)


def network_of(features):
    """Load a feature network by its name; a network itself is returned as it is."""
    return feature_network.load_network(features) if isinstance(features, str) else features


def kid(fakes, reals, features=FEATURES, **options) -> Estimate:
    """Compute the kernel Inception distance (arXiv:1801.01401): unbiased; 0 for equal distributions.

    Args are those of `score`.
    """
    return score(fakes, reals, "kid", features, **options)["kid"]


def fid(fakes, reals, features=FEATURES, **options) -> Estimate:
    """Compute the Frechet Inception distance (arXiv:1706.08500), which falls with more images.

    Args are those of `score`.
    """
    return score(fakes, reals, "fid", features, **options)["fid"]


def precision_and_recall(
    fakes, reals, features=FEATURES, *, neighbours=3, **options
) -> PrecisionRecall:
    """Compute improved precision and recall (arXiv:1904.06991).

    Args are those of `score`, and:
        neighbours: k; the ball around an image reaches to its k-th neighbour.
    """
    found = score(fakes, reals, {"pr": {"neighbours": neighbours}}, features, **options)
    return PrecisionRecall(*found.values())


def density_and_coverage(
    fakes, reals, features=FEATURES, *, neighbours=5, **options
) -> DensityCoverage:
    """Compute density and coverage (arXiv:2002.09797).

    Args are those of `score`, and:
        neighbours: k; the ball around a real image reaches to its k-th neighbour.
    """
    found = score(fakes, reals, {"dc": {"neighbours": neighbours}}, features, **options)
    return DensityCoverage(*found.values())


def inception_scores(fakes, features="inception", **options) -> InceptionScore:
    """Compute the Inception score (arXiv:1606.03498), by a network with class probabilities.

    Args are those of `score`, without real images.
    """
    return InceptionScore(*score(fakes, None, "is", features, **options).values())
