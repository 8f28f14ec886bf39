"""Authenticity (arXiv 2102.08921, equation 9; AuthPct in arXiv 2306.04675).

A generated image is not authentic if it is as near to its nearest training image as that is to any
other training image. The part of authentic images falls with copies, near ones included, but even
real images are not all authentic: of held-out ones the same number is found, to compare with.
"""

import dataclasses

import numpy as np
import scipy.stats

from ada_tf.errors import UserError
from ada_tf.metrics.measures.distances import to_nearest
from ada_tf.metrics.measures.estimate import Estimate, share
from ada_tf.metrics.measures.sides import checked


@dataclasses.dataclass(frozen=True)
class Authenticity:
    """How many images are authentic.

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

    Errors are of other images beside the same training images: what is asked is whether these were
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
    found = authentic(training, apart, fake)
    if held_out is None:
        return Authenticity(share(found))
    real = authentic(training, apart, checked(held_out, "held_out"))
    table = [[found.sum(), (~found).sum()], [real.sum(), (~real).sum()]]
    p_value = float(scipy.stats.fisher_exact(table, alternative="less").pvalue)
    return Authenticity(share(found), share(real), p_value)


def authenticity_estimates(training, held_out, fake) -> tuple[Estimate, Estimate]:
    """`authenticity` of the generated and of the held-out images."""
    found = authenticity(training, held_out, fake)
    return found.fake, found.held_out


def authentic(training, apart, images) -> np.ndarray:
    """Which images are authentic.

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
