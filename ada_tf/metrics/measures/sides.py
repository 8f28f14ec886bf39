"""The two sides of a comparison: features, checked before anything is computed of them."""

import numpy as np

from ada_tf.errors import UserError

BLOCK = 2**24  # numbers looked at at a time


def checked(features, name: str, least: int = 1, dtype=np.float64) -> np.ndarray:
    """Features as an array of a type.

    Args:
        features: [N, D].
        name: of the argument, for the message.
        least: images that are needed.
        dtype: of the result; None keeps theirs.

    Raises:
        UserError: they are not [N, D], too few, or not finite.
    """
    x = np.asarray(features)
    if x.ndim != 2 or x.dtype.kind not in "fiu" or not x.shape[1]:
        raise UserError(
            f"{name} of shape {list(x.shape)} and type {x.dtype} must be features, numbers [N, D]."
        )
    if len(x) < least:
        raise UserError(f"{name} of {len(x)} images must be of at least {least}.")
    step = max(1, BLOCK // x.shape[1])
    if not all(np.isfinite(x[i : i + step]).all() for i in range(0, len(x), step)):
        raise UserError(f"{name} must be finite; its images or features are broken.")
    return x if dtype is None else x.astype(dtype, copy=False)


def both(real, fake, least: int = 1, dtype=np.float64) -> tuple[np.ndarray, np.ndarray]:
    """`checked` real and generated images, whose features must be equally many.

    Raises:
        UserError: as `checked`, or the features are of different networks.
    """
    real, fake = checked(real, "real", least, dtype), checked(fake, "fake", least, dtype)
    if real.shape[1] != fake.shape[1]:
        raise UserError(
            f"real has {real.shape[1]} features and fake {fake.shape[1]}; both must be of one"
            " network."
        )
    return real, fake


def of_one_size(real, fake, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """As many images of the larger side as the smaller has, drawn at random; in their order.

    For measures that depend on how many images each side has, such as recall and coverage.
    """
    size = min(len(real), len(fake))
    rng = np.random.default_rng(seed)
    drawn = [
        x if len(x) == size else x[np.sort(rng.permutation(len(x))[:size])] for x in (real, fake)
    ]
    return drawn[0], drawn[1]


def note_of_sizes(real: int, fake: int) -> str:
    """What to say beside measures of neighbourhoods of so many images; empty if nothing."""
    if max(real, fake) <= 2 * min(real, fake):
        return ""
    return (
        f"{real} reals against {fake} fakes: of such unequal sizes the numbers are comparable with"
        " those of the same sizes only"
    )
