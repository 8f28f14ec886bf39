"""Does the generator copy? Generated images beside the training images nearest to them.

Distances in feature space alone say little, so they are compared with those of real images the
generator has never seen: a generator that copies is nearer to the training images than those are.
"""

import dataclasses

import numpy as np

from ada_tf.errors import UserError
from ada_tf.metrics.collect import Collector, collect
from ada_tf.metrics.distances import distance_blocks
from ada_tf.metrics.reals import DatasetImages


@dataclasses.dataclass(frozen=True)
class Nearest:
    """The nearest training images.

    Attributes:
        indices: int64 [N, k], training images nearest to each generated one, nearest first.
        distances: float64 [N, k], of their features.
        unseen: float64 [M], distance of each real image to its nearest training image.
        held_out: whether `unseen` are held-out images; otherwise each training image was left out
            in turn.
    """

    indices: np.ndarray
    distances: np.ndarray
    unseen: np.ndarray
    held_out: bool

    @property
    def closer(self) -> float:
        """Probability that a generated image is nearer to the training images than an unseen one.

        0.5 where the generator is as far from them as reality is; towards 1 it copies, towards 0
        its images are unlike all of them.
        """
        below = np.searchsorted(np.sort(self.unseen), self.distances[:, 0], side="right")
        return float(1 - below.mean() / len(self.unseen))

    @property
    def suspicious(self) -> np.ndarray:
        """int64, generated images nearer than 99% of unseen reals, nearest first."""
        limit = np.percentile(self.unseen, 1)
        order = np.argsort(self.distances[:, 0])
        return order[self.distances[order, 0] < limit]

    def describe(self) -> str:
        """The distributions in words."""
        quantiles = lambda x: " ".join(f"{q:.4g}" for q in np.percentile(x, [5, 25, 50, 75, 95]))  # noqa: E731
        kind = "held-out reals" if self.held_out else "training images, each left out in turn"
        return (
            "Distance to the nearest training image, percentiles 5 25 50 75 95\n"
            f"  generated ({len(self.distances)})  {quantiles(self.distances[:, 0])}\n"
            f"  {kind} ({len(self.unseen)})  {quantiles(self.unseen)}\n"
            f"A generated image is the nearer one in {self.closer:.0%} of all pairs"
            " (50% is as far as reality, near 100% is copying);"
            f" {len(self.suspicious)} are nearer than 99% of unseen reals."
        )


def nearest(fake, training, held_out=None, k: int = 5) -> Nearest:
    """Find the nearest training images.

    Args:
        fake: float [N, D], features of generated images.
        training: float [T, D], features of training images.
        held_out: float [M, D], features of reals kept from training; None leaves out each training
            image in turn, which reads too far only if training images resemble each other.
        k: how many for each.

    Raises:
        UserError: there are not enough images.
    """
    if len(training) <= k:
        raise UserError(f"{len(training)} training images are too few for the {k} nearest.")
    distances, indices = closest(fake, training, k)
    if held_out is None:
        unseen = closest(training, training, 2)[0][:, 1]  # the nearest of all is itself
    else:
        unseen = closest(held_out, training, 1)[0][:, 0]
    return Nearest(indices, distances, unseen, held_out is not None)


def closest(a, b, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances and indices of the k nearest rows of `b`, nearest first: both [len(a), k]."""
    distances, indices = np.empty([len(a), k]), np.empty([len(a), k], np.int64)
    for rows, block in distance_blocks(a, b):
        found = np.argpartition(block, k - 1, axis=1)[:, :k]
        values = np.take_along_axis(block, found, axis=1)
        order = np.argsort(values, axis=1)
        indices[rows] = np.take_along_axis(found, order, axis=1)
        distances[rows] = np.take_along_axis(values, order, axis=1)
    return distances, indices


def beside_nearest(fakes, training_images, found: Nearest) -> tuple[np.ndarray, int]:
    """Rows of a generated image and its nearest training images, the most suspicious row first.

    Args:
        fakes: uint8 [N, H, W, C].
        training_images: callable, indices [n] -> uint8 [n, H, W, C].
        found: of `nearest`.

    Returns:
        (uint8 [N * (k + 1), H, W, C], number of columns), for `ada_tf.images.save_grid`.
    """
    order = np.argsort(found.distances[:, 0])
    rows = [np.concatenate([fakes[i : i + 1], training_images(found.indices[i])]) for i in order]
    return np.concatenate(rows), found.indices.shape[1] + 1


def look_for_copies(fakes, training, network, count: int, k: int = 5):
    """Compare generated images with an ImageDataset and its held-out images.

    Args:
        fakes: generated images, of `ada_tf.metrics.generated`.
        training: the ImageDataset trained on; its `validation` images are the unseen ones.
        network: a FeatureNetwork.
        count: generated images to look at.
        k: training images shown beside each.

    Returns:
        (Nearest, the images and the columns of `beside_nearest`).
    """
    reals = DatasetImages(training)
    held_out = None
    if training.validation is not None:
        held_out = features_of(DatasetImages(training.validation), network, "held out")
    found = nearest(
        features_of(fakes, network, "generated", count),
        features_of(reals, network, "real"),
        held_out,
        k,
    )
    shown = np.concatenate(list(fakes.batches(count)))
    images, columns = beside_nearest(shown, lambda i: training.images(reals.indices[i]), found)
    return found, images, columns


def features_of(images, network, doing: str, count: int | None = None) -> np.ndarray:
    """Features of the first `count` images, or of all of a data set: float32 [count, D]."""
    count = len(images.indices) if count is None else count
    collector = Collector(features=count)
    collect(images, {(network.name, "features"): collector}, {network.name: network}, doing)
    return collector.features(count)
