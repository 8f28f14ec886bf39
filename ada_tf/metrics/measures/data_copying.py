"""C_T, the three-sample test of data-copying (arXiv 2004.05675).

Held-out images say how far from the training images an image of the same distribution lies. If
generated ones lie nearer, by the ranks of these distances (Mann-Whitney), they were copied from
them. Ranks count all images: few copies among many honest images hardly move them.
"""

import dataclasses
import warnings

import numpy as np
import scipy.cluster.vq
import scipy.stats

from ada_tf.errors import UserError
from ada_tf.metrics.measures.distances import to_nearest
from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.metrics.measures.sides import checked

FEW = 8  # images from which the ranks are near a normal distribution


@dataclasses.dataclass(frozen=True)
class DataCopying:
    """The test.

    Attributes:
        statistic: C_T. Below 0 generated images are nearer to the training images than held-out
            ones, above 0 further. Its error is the spread if they are equally near: 1, or less of
            several cells.
        p_value: how probable as low a value is if they are equally near.
        nearer: probability that a generated image is nearer than a held-out one, ties counting
            half; 0.5 if they are equally near.
    """

    statistic: Estimate
    p_value: float
    nearer: float


def data_copying(training, held_out, fake, cells: int = 1, seed: int = 0) -> DataCopying:
    """Test whether generated images lie nearer to the training images than held-out ones.

    Where images lie denser in some parts of the space than in others, distances of different parts
    say little of each other. With several cells (k-means of the training images) they are ranked in
    each, and the z scores averaged, weighted by the
    held-out images there, as in the paper. Cells with fewer than FEW images of either kind say
    nothing and are left out.

    Args:
        training: float [T, D], features.
        held_out: float [H, D], of images kept from training. None takes each training image as
            left out in turn; where training images resemble each other, that hides copies.
        fake: float [M, D].
        cells: how many.
        seed: of k-means.

    Raises:
        UserError: they are not features of one network, or no cell holds enough images.
    """
    training, fake = checked(training, "training", max(2, cells)), checked(fake, "fake", FEW)
    unseen = training if held_out is None else checked(held_out, "held_out")
    if cells < 1:
        raise UserError(f"cells={cells} must be at least 1.")
    if len({x.shape[1] for x in (training, unseen, fake)}) > 1:
        raise UserError(
            f"training, held_out and fake have {training.shape[1]}, {unseen.shape[1]} and"
            f" {fake.shape[1]} features; all must be of one network."
        )
    real_distances = to_nearest(unseen, None if held_out is None else training)[0]
    fake_distances = to_nearest(fake, training)[0]
    centres = _centres(training, cells, seed)
    real_cells, fake_cells = to_nearest(unseen, centres)[1], to_nearest(fake, centres)[1]
    scores, weights = [], []
    for cell in range(cells):
        ours, others = fake_distances[fake_cells == cell], real_distances[real_cells == cell]
        if min(len(ours), len(others)) >= FEW:
            scores.append(rank_score(ours, others))
            weights.append(len(others))
    if not scores:
        raise UserError(
            f"held_out of {len(unseen)} and fake of {len(fake)} images must be at least {FEW} in"
            f" one cell of {cells}; give more images or fewer cells."
        )
    weights = np.array(weights) / sum(weights)
    value, spread = float(weights @ scores), float(np.linalg.norm(weights))
    return DataCopying(
        Estimate(value, spread),
        float(scipy.stats.norm.cdf(value / spread)),
        probability_below(fake_distances, real_distances),
    )


def data_copying_estimate(training, held_out, fake) -> Estimate:
    """The statistic of `data_copying`."""
    return data_copying(training, held_out, fake).statistic


def _centres(training, cells: int, seed: int) -> np.ndarray:
    """Of k-means, float64 [cells, D]."""
    with warnings.catch_warnings():
        # Of equal images some cells are empty; what is empty is left out.
        warnings.filterwarnings("ignore", "One of the clusters is empty", UserWarning)
        return scipy.cluster.vq.kmeans2(training, cells, minit="points", seed=seed)[0]


def rank_score(ours, others) -> float:
    """Mann-Whitney's U of ours being larger, less its mean, over its deviation, ties included."""
    n, m = len(ours), len(others)
    _, tied = np.unique(np.concatenate([ours, others]), return_counts=True)
    total = n + m
    variance = n * m / 12 * (total + 1 - (tied**3.0 - tied).sum() / (total * (total - 1)))
    if variance <= 0:  # all are equal
        return 0.0
    return float((0.5 - probability_below(ours, others)) * n * m / np.sqrt(variance))


def probability_below(ours, others) -> float:
    """Of a pair, that ours is smaller; ties count half."""
    ranks = scipy.stats.rankdata(np.concatenate([ours, others]))[: len(ours)].sum()
    larger = ranks - len(ours) * (len(ours) + 1) / 2  # pairs in which ours is larger
    return float(1 - larger / (len(ours) * len(others)))
