"""The mean w of each label, toward which truncation pulls without leaving its class.

Of a label c, with w = f(z, c) and z ~ N(0, I):

    w' = m_c + psi (w - m_c),    m_c = E_z[f(z, c)]

The truncation trick (arXiv 1812.04948, appendix B) with a mean for each class, as large conditional
generators need it (arXiv 2202.00273): the mean of all classes, which `w_avg` is, lies in none. The same holds of
vectors, which may be without number: their means are computed when they are asked for.
"""

import hashlib
import weakref

import numpy as np
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.models.config import TRUNCATIONS
from ada_tf.ops import random
from ada_tf.ops.label_vectors import label_vectors

LATENTS = 2000  # standard error of a mean: 2 % of the spread of w
_LABELS = 2**24  # numbers of the label vectors at a time
_MOST = 2**14  # means that are kept of a generator
# Generator -> (digest of the weights, {label: mean}); no generator lives on for being in here.
_KNOWN = weakref.WeakKeyDictionary()


def label_means(generator, labels) -> np.ndarray:
    """The mean w of some labels, over latents that are always the same.

    A mean is computed once, when it is asked for first, and again after the weights have changed.

    Args:
        generator: a conditional LatentGenerator.
        labels: class numbers, integers [N], or vectors, floats [N, c_dim].

    Returns:
        float32 [N, w_dim].
    """
    weights = _digest(generator)
    if _KNOWN.get(generator, (None,))[0] != weights:
        _KNOWN[generator] = (weights, {})
    means, found, z = _KNOWN[generator][1], [], None
    for label in np.asarray(labels):
        key = label.tobytes() if label.ndim else int(label)
        mean = means.get(key)
        if mean is None:
            z = latents_of_means(generator) if z is None else z
            mean = _mean(generator, z, label_vectors(label[np.newaxis], generator.c_dim)).numpy()
            if len(means) < _MOST:
                means[key] = mean
        found.append(mean)
    return np.stack(found)


def means_in_graph(generator, vectors, latents=None):
    """The same of vectors [N, c_dim] as a part of a graph, where no mean is known: tensor [N, w_dim].

    Args:
        generator: a conditional LatentGenerator.
        vectors: [N, c_dim].
        latents: those of `latents_of_means`, for graphs that cannot draw them: all vectors are then
            one batch, without a loop.
    """
    if latents is None:
        z = latents_of_means(generator)
        return tf.map_fn(lambda vector: _mean(generator, z, vector[tf.newaxis]), vectors)
    count = tf.shape(vectors)[0]
    w = generator.mapping(tf.tile(latents, [count, 1]), tf.repeat(vectors, LATENTS, axis=0))
    return tf.reduce_mean(tf.reshape(w, [count, LATENTS, generator.w_dim]), axis=1)


def by_label(generator, truncation: str) -> bool:
    """Whether truncation pulls toward the mean of a label.

    Args:
        generator: a LatentGenerator.
        truncation: "class", which without labels is nothing else than "global".

    Raises:
        UserError: `truncation` is neither.
    """
    if truncation not in TRUNCATIONS:
        raise UserError(f"truncation={truncation!r} must be one of {', '.join(TRUNCATIONS)}.")
    return truncation == "class" and generator.c_dim > 0 and generator.w_avg is not None


def latents_of_means(generator):
    """The latents of which every mean is made: float32 [LATENTS, z_dim]."""
    seed = random.fold_in(random.make_seed(0), "class means")
    return random.normal(seed, [LATENTS, generator.z_dim])


def _mean(generator, z, vector):
    """The mean of one label, [1, c_dim] -> tensor [w_dim]."""
    rows = max(_LABELS // generator.c_dim, 1)
    parts = [
        generator.mapping(
            z[start : start + rows], tf.repeat(vector, min(rows, LATENTS - start), axis=0)
        )
        for start in range(0, LATENTS, rows)
    ]
    return tf.reduce_mean(tf.concat(parts, axis=0), axis=0)


def _digest(generator) -> bytes:
    """What tells the weights of its mapping from those of another time."""
    # The mapping of another family may be a function of the generator's own weights.
    variables = getattr(generator.mapping, "variables", generator.variables)
    digest = hashlib.blake2b()
    for variable in variables:
        digest.update(tf.convert_to_tensor(variable).numpy().tobytes())
    return digest.digest()
