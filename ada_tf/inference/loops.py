"""The loops of a film: which latents it shows at a time.

With c the mean that truncation pulls toward, every loop is c(t) + psi(t) (w(t) - c(t)).
"""

import numpy as np
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.inference import paths
from ada_tf.inference.generate import map_latents
from ada_tf.inference.latents import latents_from_seeds
from ada_tf.inference.names import PATHS
from ada_tf.ops.label_vectors import label_vectors

_IN_W = {"spline": paths.spline, "straight": paths.straight}


def loops(generator, stops, path: str, psi, truncation: str, count: int):
    """Some loops that run at once.

    Args:
        generator: a LatentGenerator.
        stops: (seeds, ws, labels) as of `film`.
        path: see `film`.
        psi: (low, high), see `film`.
        truncation: see `generate`.
        count: of the loops.

    Returns:
        A function of time, float [n] of 0 to 1, -> float64 [n, count, num_ws, w_dim].

    Raises:
        UserError: see `film`.
    """
    seeds, ws, labels = stops
    if path not in PATHS:
        raise UserError(f"path={path!r} must be one of {', '.join(PATHS)}.")
    if path not in _IN_W and ws is not None:
        raise UserError(f"path={path!r} is one of z, which ws have not; give spline or straight.")
    ws = np.zeros([0, generator.num_ws, generator.w_dim]) if ws is None else np.asarray(ws)
    own = _stops_of_each(len(seeds) + len(ws), count, path)
    labels = _listed(labels)
    turns = np.arange(max(own, 1 if labels is None else len(labels)))
    if len(turns) == 1 and path != "circle" and psi[0] == psi[1]:
        raise UserError(
            f"seeds={seeds}: nothing moves between a stop and itself; give more seeds, or"
            " path='circle'."
        )
    # Which picture each loop shows at each stop, [stops, count], and with which label.
    shown = np.arange(count * own).reshape(count, own)[:, turns % own].T
    if labels is not None:
        labels = np.repeat(labels[turns % len(labels)], count, axis=0)
    if path in _IN_W:
        centre, w = _in_w(generator, seeds, ws, labels, shown, path, truncation)
    else:
        centre, w = _in_z(generator, seeds, labels, shown, path, truncation)
    psi_at = paths.wave(*(psi if generator.w_avg is not None else (1, 1)))

    def at(time):
        means = centre(time)
        return means + np.reshape(psi_at(time), [-1, 1, 1, 1]) * (w(time) - means)

    return at


def _stops_of_each(stops: int, count: int, path: str) -> int:
    """How many pictures each loop goes through."""
    if stops == 0 or stops % count:
        raise UserError(
            f"seeds: {stops} pictures cannot be dealt out to {count} loops; give {count} for each"
            " stop of a loop."
        )
    if path == "circle" and stops != count:
        raise UserError(
            f"path='circle' leads from a picture to itself: give one seed for each loop, {count},"
            f" and not {stops}."
        )
    return stops // count


def _listed(labels) -> np.ndarray | None:
    """A list of labels, of one or of many: class numbers [L] or vectors [L, c_dim]."""
    if labels is None:
        return None
    labels = np.asarray(labels)
    single = labels.ndim == (1 if labels.dtype.kind == "f" else 0)
    return labels[np.newaxis] if single else labels


def _in_w(generator, seeds, ws, labels, shown, path, truncation):
    """(means, w), functions of time, of a path in w."""
    stops, shown = len(shown), shown.ravel()
    seeded = shown < len(seeds)
    w = np.empty([len(shown), generator.num_ws, generator.w_dim])
    w[~seeded] = ws[shown[~seeded] - len(seeds)]
    centre = w.copy()  # so that psi changes only what has a seed
    if seeded.any():
        options = {
            "seeds": [seeds[k] for k in shown[seeded]],
            "labels": None if labels is None else labels[seeded],
            "truncation": truncation,
        }
        w[seeded] = map_latents(generator, **options)
        centre[seeded] = map_latents(generator, **options, truncation_psi=0)
    return tuple(_looped(_IN_W[path], part, stops) for part in (centre, w))


def _in_z(generator, seeds, labels, shown, path, truncation):
    """The same of a path in z, while the labels go along straight lines."""
    stops, count = shown.shape
    # The numbers that a seed draws after those of its z are another z.
    z, others = np.split(latents_from_seeds(seeds, 2 * generator.z_dim), 2, axis=1)
    each = z[shown.ravel()]
    means = map_latents(generator, each, labels=labels, truncation_psi=0, truncation=truncation)
    z_at = paths.circle(z, others) if path == "circle" else _looped(paths.slerp, each, stops)
    vectors_at = None
    if labels is not None:
        vectors = label_vectors(labels, generator.c_dim).numpy()
        vectors_at = _looped(paths.straight, vectors, stops)

    def w(time):
        rows = [_rows(part(time)) for part in (z_at, vectors_at) if part is not None]
        return generator.map(*rows).numpy().reshape(len(time), count, *means.shape[1:])

    return _looped(paths.straight, means, stops), w


def _looped(path, points, stops: int):
    """A path through points [stops * count, ...] as a function of time of 0 to 1, [n, count, ...]."""
    along = path(np.reshape(points, [stops, -1, *points.shape[1:]]))
    return lambda time: along(time * stops)


def _rows(values):
    """[n, count, D] as what networks take, float32 [n * count, D]."""
    return tf.constant(np.reshape(values, [-1, values.shape[-1]]), tf.float32)
