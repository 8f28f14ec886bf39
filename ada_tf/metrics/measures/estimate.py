"""A number and how sure it is."""

import dataclasses

import numpy as np

from ada_tf.errors import UserError


@dataclasses.dataclass(frozen=True)
class Estimate:
    """What a metric finds on a sample of images.

    Attributes:
        value: the number.
        error: its standard error, one sigma: how far the number would spread over other samples of
            as many images, of both sides where both are samples. None where it is not known.
    """

    value: float
    error: float | None = None


def estimates(found, name: str) -> tuple[Estimate, ...]:
    """What a metric has found, as a tuple.

    Args:
        found: an Estimate, or a tuple of them.
        name: of the metric, for the message.

    Raises:
        UserError: a value is not finite.
    """
    found = found if isinstance(found, tuple) else (found,)
    if not all(np.isfinite(estimate.value) for estimate in found):
        raise UserError(f"{name} is not finite; its images or features are broken.")
    return found


def share(hits) -> Estimate:
    """Which part of independent images have a property, with its binomial error.

    Args:
        hits: bool [N], at least one.

    Returns:
        The part, in [0, 1]. Its error is that of half a hit and half a miss more, so that none of
        ten is not taken for certain.
    """
    hits = np.asarray(hits, bool)
    likely = (hits.sum() + 0.5) / (len(hits) + 1)
    return Estimate(float(hits.mean()), float(np.sqrt(likely * (1 - likely) / len(hits))))
