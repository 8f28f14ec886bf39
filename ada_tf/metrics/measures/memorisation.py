"""Authenticity and C_T: are generated images nearer to the training images than held-out ones are?

Authenticity (arXiv 2102.08921, equation 9; AuthPct in arXiv 2306.04675): a generated image is not authentic
if it is as near to its nearest training image as that is to any other training image. The part of
authentic images falls with copies, near ones included. Even real images are not all authentic, so the same
number of held-out ones stands beside it.

C_T (arXiv 2004.05675), the three-sample test of data-copying: held-out images show how far from the training
images an image of the same distribution lies. Generated ones that lie nearer, by the ranks of these
distances (Mann-Whitney), were copied. Ranks count all images: a few copies among many honest images
hardly move them.
"""

import dataclasses
import warnings

import numpy as np
import scipy.cluster.vq
import scipy.stats

from ada_tf.errors import UserError
from ada_tf.metrics.measures.estimate import Estimate, share
from ada_tf.metrics.measures.samples import checked, to_nearest


@dataclasses.dataclass(frozen=True)
class Authenticity:
    """Parts of authentic images.

    Attributes:
        fake: part of the generated images, in [0, 1]; AuthPct is 100 times that.
        held_out: the same of held-out images, None without any.
        p_value: how probable as few authentic images would be if the generated ones were as
            authentic as held-out ones (one-sided exact test of Fisher); None without those.
    """

    fake: Estimate
    held_out: Estimate | None = None
    p_value: float | None = None


def authenticity(training, held_out, fake) -> Authenticity:
    """Compare generated images, and held-out ones, with the training images nearest to them.

    Errors are of other images beside the same training images, since the question is whether these were
    copied.

    Args:
        training: float [T, D], features.
        held_out: float [H, D], of images kept from training, or None.
        fake: float [M, D].

    Raises:
        UserError: they are not features of one network, or there are fewer than two training
            images.
    """
    training, fake = checked(training, "training", 2), checked(fake, "fake")
    apart = to_nearest(training)[0]
    found = _authentic(training, apart, fake)
    if held_out is None:
        return Authenticity(share(found))
    real = _authentic(training, apart, checked(held_out, "held_out"))
    table = [[found.sum(), (~found).sum()], [real.sum(), (~real).sum()]]
    p_value = float(scipy.stats.fisher_exact(table, alternative="less").pvalue)
    return Authenticity(share(found), share(real), p_value)


def authenticity_estimates(training, held_out, fake) -> tuple[Estimate, Estimate]:
    """`authenticity` of the generated and of the held-out images."""
    found = authenticity(training, held_out, fake)
    return found.fake, found.held_out


def _authentic(training, apart, images) -> np.ndarray:
    """Mark authentic images.

    Args:
        training: float [T, D].
        apart: float [T], distance of each training image to the nearest other one.
        images: float [M, D].

    Returns:
        bool [M].
    """
    if images.shape[1] != training.shape[1]:
        raise UserError(
            f"images have {images.shape[1]} features and training {training.shape[1]}; all must be"
            " of one network."
        )
    distances, nearest = to_nearest(images, training)
    return distances > apart[nearest]


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
    say little of each other. With several cells (k-means of the training images) distances are ranked
    within each. The z scores are averaged, weighted by the held-out images there, as in the paper. Cells with fewer than FEW images of either kind say
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
    """Centres of k-means, float64 [cells, D]."""
    with warnings.catch_warnings():
        # Equal images leave cells empty, which count nothing.
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
    """Probability that of a pair ours is smaller; ties count half."""
    ranks = scipy.stats.rankdata(np.concatenate([ours, others]))[: len(ours)].sum()
    larger = ranks - len(ours) * (len(ours) + 1) / 2  # pairs in which ours is larger
    return float(1 - larger / (len(ours) * len(others)))
