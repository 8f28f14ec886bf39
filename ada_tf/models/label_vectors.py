"""Labels of networks: as vectors, and the mean w of each for truncation."""

import hashlib
import weakref

import numpy as np
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.models.config import TRUNCATIONS
from ada_tf.ops import random


def label_vectors(labels, label_dim: int):
    """Turn labels into the vectors that networks take, inside or outside of a graph.

    Args:
        labels: class numbers, integers [N]; or vectors already, floats [N, label_dim].
        label_dim: width of the vectors; 0 is unconditional.

    Returns:
        float32 [N, label_dim], one-hot of class numbers; None when unconditional.
    """
    if not label_dim:
        return None
    labels = tf.convert_to_tensor(labels)
    if labels.dtype.is_floating:
        # Floats are vectors, integers class numbers: told apart by the type, as shapes may be
        # unknown.
        return tf.ensure_shape(tf.cast(labels, tf.float32), [None, label_dim])
    return tf.one_hot(labels, label_dim)


# The truncation trick (arXiv 1812.04948, appendix B) with a mean for each label: of a label c, with
# w = f(z, c) and z ~ N(0, I),
#
#     w' = m_c + psi (w - m_c),    m_c = E_z[f(z, c)]
#
# Large conditional generators need it (arXiv 2202.00273): the mean of all classes, `w_avg`, lies in
# none of them. Vectors may be without number, so that their means are computed on demand.

LATENTS = 2000  # standard error of a mean: 2 % of the spread of w
_LABELS = 2**24  # floats of label vectors that are held at a time
_MOST = 2**14  # means that are kept for a generator
# Generator -> (digest of the weights, {label: mean}); being in here keeps no generator alive.
_KNOWN = weakref.WeakKeyDictionary()


def label_means(generator, labels) -> np.ndarray:
    """Compute the mean w of each label, over latents that are always the same.

    A mean is computed once, and again after the weights have changed.

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
        # Vectors are no keys of a dictionary; their bytes are.
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
    """Compute the mean w of label vectors inside of a graph, without a cache.

    Args:
        generator: a conditional LatentGenerator.
        vectors: [N, c_dim].
        latents: those of `latents_of_means`, for graphs that cannot draw them: all vectors are then
            one batch, without a loop.

    Returns:
        Tensor [N, w_dim].
    """
    if latents is None:
        z = latents_of_means(generator)
        # One label at a time: all at once would be N * 2000 latents.
        return tf.map_fn(lambda vector: _mean(generator, z, vector[tf.newaxis]), vectors)
    count = tf.shape(vectors)[0]
    # [N * LATENTS, w_dim], by label
    w = generator.mapping(tf.tile(latents, [count, 1]), tf.repeat(vectors, LATENTS, axis=0))
    return tf.reduce_mean(tf.reshape(w, [count, LATENTS, generator.w_dim]), axis=1)


def by_label(generator, truncation: str) -> bool:
    """Return True if truncation pulls toward the mean of a label, False toward that of all.

    Args:
        generator: a LatentGenerator.
        truncation: "class" or "global"; without labels both are the same.

    Raises:
        UserError: `truncation` is neither.
    """
    if truncation not in TRUNCATIONS:
        raise UserError(f"truncation={truncation!r} must be one of {', '.join(TRUNCATIONS)}.")
    return truncation == "class" and generator.c_dim > 0 and generator.w_avg is not None


def latents_of_means(generator):
    """Draw the latents of every mean: float32 [LATENTS, z_dim]."""
    seed = random.fold_in(random.make_seed(0), "class means")
    return random.normal(seed, [LATENTS, generator.z_dim])


def _mean(generator, z, vector):
    """Compute the mean w of one label: [1, c_dim] -> tensor [w_dim]."""
    rows = max(_LABELS // generator.c_dim, 1)
    parts = [
        generator.mapping(
            z[start : start + rows], tf.repeat(vector, min(rows, LATENTS - start), axis=0)
        )
        for start in range(0, LATENTS, rows)
    ]
    return tf.reduce_mean(tf.concat(parts, axis=0), axis=0)


def _digest(generator) -> bytes:
    """Hash the weights of the mapping, to notice when they have changed."""
    # The mapping of another family may be a function of the generator's own weights.
    variables = getattr(generator.mapping, "variables", generator.variables)
    digest = hashlib.blake2b()
    for variable in variables:
        digest.update(tf.convert_to_tensor(variable).numpy().tobytes())
    return digest.digest()
