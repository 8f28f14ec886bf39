"""Intra-cluster distance (arXiv 2104.06820, section 4): is there variety around each of few images?

With 10 to 100 training images a generator may copy them and still vary from copy to copy. Each
generated image goes to its nearest training image. The mean distance of all pairs at one training
image says how much they vary: 0 if all are one copy. The paper's distance is LPIPS,
whose embeddings `features.feature_network.load_perceptual` gives.
"""

import dataclasses

import numpy as np

from ada_tf.errors import UserError
from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.metrics.measures.samples import checked

COLUMNS = 2**14  # of the embeddings, brought into float64 at a time


@dataclasses.dataclass(frozen=True)
class IntraCluster:
    """Variety around training images.

    Attributes:
        distance: mean over the clusters of the mean distance of pairs in a cluster; of clusters
            with at least two generated images. Its error is the jackknife's that leaves out each
            generated image; None if so little is left that it cannot be told.
        counts: int64 [k], generated images that each training image is nearest to.
    """

    distance: Estimate
    counts: np.ndarray


def intra_cluster_distance(training, fake) -> IntraCluster:
    """Assign generated images to training images, and compare those of one.

    Embeddings of LPIPS are large: 2 MB an image of 64 pixels, 32 MB of 256. They are read COLUMNS
    numbers at a time, so that `numpy.memmap` will do.

    Args:
        training: float [k, D], embeddings whose squared distances are LPIPS.
        fake: float [M, D].

    Raises:
        UserError: they are not embeddings of one network, or no training image is the nearest of
            two generated ones.
    """
    training, fake = checked(training, "training", dtype=None), checked(fake, "fake", 2, None)
    if training.shape[1] != fake.shape[1]:
        raise UserError(
            f"training has {training.shape[1]} features and fake {fake.shape[1]}; both must be of"
            " one network."
        )
    cluster = squared_distances(fake, training).argmin(axis=1)
    counts = np.bincount(cluster, minlength=len(training))
    within = squared_distances(fake, fake)
    within *= cluster[:, np.newaxis] == cluster
    rows = within.sum(axis=1)
    totals = np.bincount(cluster, rows, minlength=len(training))
    used = counts >= 2
    if not used.any():
        raise UserError(
            f"fake of {len(fake)} images has no two that are nearest to the same of {len(training)}"
            " training images; give more."
        )
    means = np.zeros(len(training))
    means[used] = totals[used] / (counts[used] * (counts[used] - 1))
    value = float(means.sum() / used.sum())
    left_out = _left_out(means, totals, counts, rows, cluster)
    if left_out is None:
        return IntraCluster(Estimate(value), counts)
    error = np.sqrt((len(fake) - 1) * np.var(left_out))
    return IntraCluster(Estimate(value, float(error)), counts)


def _left_out(means, totals, counts, rows, cluster) -> np.ndarray | None:
    """The mean of the clusters without each image, [M]; None if without one there is none."""
    clusters, total = np.count_nonzero(counts >= 2), means.sum()
    n = counts[cluster]
    if clusters == 1 and (n == 2).any():
        return None
    found = np.full(len(rows), total / clusters)  # an image alone in its cluster counts nothing
    many, pair = n > 2, n == 2
    remaining = (totals[cluster] - 2 * rows)[many] / ((n - 1) * (n - 2))[many]
    found[many] += (remaining - means[cluster][many]) / clusters
    if pair.any():  # without one of two, the cluster is gone
        found[pair] = (total - means[cluster][pair]) / (clusters - 1)
    return found


def squared_distances(a, b) -> np.ndarray:
    """Squared distances of all pairs of rows, some columns at a time: [N, D], [M, D] -> float64 [N, M]."""
    total = np.zeros([len(a), len(b)])
    for start in range(0, a.shape[1], COLUMNS):
        x, y = (np.asarray(side[:, start : start + COLUMNS], np.float64) for side in (a, b))
        total += np.square(x).sum(axis=1)[:, np.newaxis] + np.square(y).sum(axis=1) - 2 * x @ y.T
    return np.maximum(total, 0)
