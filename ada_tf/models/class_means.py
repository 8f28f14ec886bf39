"""The mean w of each class, toward which truncation pulls without leaving the class.

Of a class c, with w = f(z, c) and z ~ N(0, I):

    w' = m_c + psi (w - m_c),    m_c = E_z[f(z, c)]

The truncation trick (arXiv 1812.04948, appendix B) with a mean for each class, as large conditional
generators need it (arXiv 2202.00273): the mean of all classes, which `w_avg` is, lies in none.
"""

import hashlib
import weakref
from collections.abc import Iterable

import numpy as np
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.models.config import TRUNCATIONS
from ada_tf.ops import random

LATENTS = 2000  # standard error of a mean: 2 % of the spread of w
_LABELS = 2**24  # numbers of the one-hot labels at a time
# Generator -> (digest of the weights, {class: mean}); no generator lives on for being in here.
_KNOWN = weakref.WeakKeyDictionary()


def class_means(generator, classes: Iterable[int]) -> np.ndarray:
    """The mean w of some classes, over latents that are always the same.

    A mean is computed once, when it is asked for first, and again after the weights have changed.

    Args:
        generator: a conditional LatentGenerator.
        classes: N class numbers.

    Returns:
        float32 [N, w_dim].
    """
    classes, weights = [int(number) for number in classes], _digest(generator)
    if _KNOWN.get(generator, (None,))[0] != weights:
        _KNOWN[generator] = (weights, {})
    means = _KNOWN[generator][1]
    missing = sorted(set(classes) - means.keys())
    if missing:
        seed = random.fold_in(random.make_seed(0), "class means")
        z = random.normal(seed, [LATENTS, generator.z_dim])
        means.update((number, _mean(generator, z, number)) for number in missing)
    return np.stack([means[number] for number in classes])


def by_class(generator, truncation: str) -> bool:
    """Whether truncation pulls toward the mean of a class.

    Args:
        generator: a LatentGenerator.
        truncation: "class", which without classes is nothing else than "global".

    Raises:
        UserError: `truncation` is neither.
    """
    if truncation not in TRUNCATIONS:
        raise UserError(f"truncation={truncation!r} must be one of {', '.join(TRUNCATIONS)}.")
    return truncation == "class" and generator.c_dim > 0 and generator.w_avg is not None


def _mean(generator, z, number: int) -> np.ndarray:
    rows = max(_LABELS // generator.c_dim, 1)
    parts = [
        generator.mapping(part, tf.one_hot([number] * len(part), generator.c_dim))
        for part in (z[start : start + rows] for start in range(0, len(z), rows))
    ]
    return tf.reduce_mean(tf.concat(parts, axis=0), axis=0).numpy()


def _digest(generator) -> bytes:
    """What tells the weights of its mapping from those of another time."""
    # The mapping of another family may be a function of the generator's own weights.
    variables = getattr(generator.mapping, "variables", generator.variables)
    digest = hashlib.blake2b()
    for variable in variables:
        digest.update(tf.convert_to_tensor(variable).numpy().tobytes())
    return digest.digest()
