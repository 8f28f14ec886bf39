"""Scores of any generator, of any images: one call each.

from ada_tf import metrics

metrics.kid(generator, "photos/")  # Estimate(value=0.012, error=0.003)
metrics.score("fakes/", photos, "kid,pr,dc")  # {"kid": Estimate(...), "pr_precision": ...}
"""

from typing import NamedTuple

import numpy as np

from ada_tf.errors import UserError
from ada_tf.metrics.comparison import NAMES, Comparison, features_of, how_many
from ada_tf.metrics.copies import TESTED
from ada_tf.metrics.copies.copies import Copies
from ada_tf.metrics.copies.copy_search import look_for_copies
from ada_tf.metrics.features import feature_network
from ada_tf.metrics.images.any_images import check_alike, images_of, shape_of
from ada_tf.metrics.images.arrays import BATCH
from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.metrics.measures.intra_cluster import IntraCluster, intra_cluster_distance
from ada_tf.metrics.measures.memorisation import (
    Authenticity,
    DataCopying,
    authenticity,
    data_copying,
)
from ada_tf.ops import tf32

FEATURES = "lite0"  # comes by pip: see `features.networks`


class PrecisionRecall(NamedTuple):
    """How many generated images lie among the real ones, and how many real among the generated."""

    precision: Estimate
    recall: Estimate


class DensityCoverage(NamedTuple):
    """How densely generated images lie among the real ones, and how many real ones they reach."""

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
    """Scores of generated images, which are made and looked at once.

    Args:
        fakes: a generator of any kind, or finished images: see `images_of`.
        reals: real images, likewise.
        metrics: of "fid", "kid", "pr", "dc", "prdc" and "is": names with commas, or a list; or a
            dictionary name -> arguments, as {"pr": {"neighbours": 5}}.
        features: who looks at them: name of a feature network, or a FeatureNetwork of one's own.
        count: generated images; None is all of a finite set, and of a generator as many as there are
            real ones, at most 10,000.
        seed: of latents, and of metrics that draw.
        fit: resize pictures of a folder to the size of the real ones; see `Pictures`.
        z_dim: of a function of latents; see `images_of`.
        value_range: (black, white) of generated and real floats; None is (-1, 1).
        batch: images at a time.

    Returns:
        Name of each result -> Estimate: its value and its standard error.

    Raises:
        UserError: an argument is none of those; images are of different sizes, or too few.
    """
    options = {"seed": seed, "value_range": value_range, "batch": batch, "z_dim": z_dim}
    against = _opened(reals, "reals", options)
    images = _beside(fakes, against, fit, options)
    return Comparison(against, named(metrics), network_of(features), seed)(images, count)


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
    """Which generated images are copies of training images, and how many would be by chance.

    Args:
        fakes: see `score`.
        training: the images trained on, likewise.
        held_out: real images that were not, which say how near images are by chance.
        features: see `score`; None looks at small pixels alone, which needs no network.
        tested: generated images, fewer if there are no more.
        fit: see `score`.
        options: `seed`, `z_dim`, `value_range` and `batch`, see `score`.

    Returns:
        `count`, `expected`, `p`, `copying` and more; `metrics.copies_report.describe` says it in
        words.

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
    """Whether generated images lie nearer to the training images than real ones that were not seen.

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
    check_alike(images, reals)
    count = how_many(images, reals, count)
    seen = [None if side is None else features_of(side, network) for side in (reals, others)]
    fake = features_of(images, network, count)
    return Memorisation(authenticity(*seen, fake), data_copying(*seen, fake))


def intra_cluster_lpips(
    fakes, training, *, count=None, fit=False, download=False, **options
) -> IntraCluster:
    """How much generated images vary around each of few training images (arXiv:2104.06820).

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
    check_alike(images, reals)
    embedding = feature_network.load_perceptual(download=download)
    return intra_cluster_distance(
        _embedded(reals, reals.count, embedding),
        _embedded(images, how_many(images, reals, count), embedding),
    )


def _embedded(images, count: int, embedding) -> np.ndarray:
    """Embeddings of LPIPS, float32 [count, D]; grey images are shown as RGB."""
    with tf32(False):
        return np.concatenate(
            [
                embedding(np.broadcast_to(batch, (*batch.shape[:3], 3))).numpy()
                for batch in images.batches(count)
            ]
        )


def _opened(reals, name: str, options: dict):
    return None if reals is None else images_of(reals, name, **options)


def _beside(fakes, reals, fit: bool, options: dict):
    """Generated images, those of a folder in the form of the real ones."""
    labels = getattr(reals, "dataset", None)
    like = None
    if labels is not None:
        like = (*labels.shape.hwc, labels.bits)
    elif reals is not None:
        like = tuple(shape_of(reals))
    return images_of(fakes, "fakes", like=like, fit=fit, labels=labels, **options)


def named(metrics) -> dict[str, dict]:
    """Metrics as `Comparison` takes them: kind -> arguments of its function.

    Raises:
        UserError: there is none, or one is not known.
    """
    names = metrics.replace(" ", "").split(",") if isinstance(metrics, str) else metrics
    found = dict(metrics) if isinstance(metrics, dict) else {name: {} for name in names}
    unknown = [name for name in found if name not in NAMES]
    if unknown or not found:
        raise UserError(f"metrics={metrics!r} must be of {', '.join(NAMES)}.")
    return found


def network_of(features):
    """A feature network by its name, or the network itself."""
    return feature_network.load_network(features) if isinstance(features, str) else features


def kid(fakes, reals, features=FEATURES, **options) -> Estimate:
    """Kernel Inception distance (arXiv:1801.01401): right for few images; 0 for equal distributions.

    Args are those of `score`.
    """
    return score(fakes, reals, "kid", features, **options)["kid"]


def fid(fakes, reals, features=FEATURES, **options) -> Estimate:
    """Frechet inception distance (arXiv:1706.08500), which falls with more images.

    Args are those of `score`.
    """
    return score(fakes, reals, "fid", features, **options)["fid"]


def precision_and_recall(
    fakes, reals, features=FEATURES, *, neighbours=3, **options
) -> PrecisionRecall:
    """Improved precision and recall (arXiv:1904.06991).

    Args are those of `score`, and:
        neighbours: how far the balls around images reach.
    """
    found = score(fakes, reals, {"pr": {"neighbours": neighbours}}, features, **options)
    return PrecisionRecall(*found.values())


def density_and_coverage(
    fakes, reals, features=FEATURES, *, neighbours=5, **options
) -> DensityCoverage:
    """Density and coverage (arXiv:2002.09797).

    Args are those of `score`, and:
        neighbours: how far the balls around real images reach.
    """
    found = score(fakes, reals, {"dc": {"neighbours": neighbours}}, features, **options)
    return DensityCoverage(*found.values())


def inception_scores(fakes, features="inception", **options) -> InceptionScore:
    """Inception score (arXiv:1606.03498), by a network with class probabilities.

    Args are those of `score`, without real images.
    """
    return InceptionScore(*score(fakes, None, "is", features, **options).values())
