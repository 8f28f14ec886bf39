"""Films of a generator: closed loops through seeds, labels and latents."""

import itertools
from collections.abc import Iterator

import numpy as np
import tensorflow as tf
from scipy.interpolate import CubicSpline

from ada_tf.errors import UserError
from ada_tf.images import tile
from ada_tf.inference.drawn_labels import labels_if_drawn
from ada_tf.inference.generate import map_latents, render
from ada_tf.inference.latents import FILM_PATHS, latents_from_seeds
from ada_tf.models.label_vectors import label_vectors
from ada_tf.models.latent_generator import check_generator

# Closed paths through points.
#
# Through K points time goes from 0, the first point, to K, the first again. A path is a function of
# times, float [n] -> float64 [n, ...]; results have the shape of the points.

_PARALLEL = 1e-6  # sine below which two directions span no plane


def straight(points):
    """Along straight lines, (1 - s) a + s b.

    Args:
        points: [K, ...].
    """
    points = np.asarray(points, np.float64)

    def at(t):
        before, share = _leg(t, points)
        a, b = points[before], points[(before + 1) % len(points)]
        return a + share * (b - a)

    return at


def spline(points):
    """Along the periodic cubic spline, which goes through the points without a corner or a jolt.

    Position, velocity and acceleration are continuous everywhere, at the end of the loop, too.

    Args:
        points: [K, ...].
    """
    points = np.asarray(points, np.float64)
    closed = np.concatenate([points, points[:1]])
    return CubicSpline(np.arange(len(closed)), closed, bc_type="periodic")


def slerp(points):
    """Along great circles at constant speed, a sin((1 - s) u) / sin u + b sin(s u) / sin u.

    u is the angle between a and b (Shoemake, Animating Rotation with Quaternion Curves, 1985, 3.3).
    Latents of N(0, I) lie near a sphere; halfway along a straight line they would be too short.

    Args:
        points: [K, ..., D], of which the last axis are vectors.
    """
    points = np.asarray(points, np.float64)
    line = straight(points)

    def at(t):
        before, share = _leg(t, points)
        a, b = points[before], points[(before + 1) % len(points)]
        cosine = _dot(a, b) / np.sqrt(_dot(a, a) * _dot(b, b))
        angle = np.arccos(np.clip(cosine, -1, 1))
        sine = np.sin(angle)
        spans = sine > _PARALLEL
        arc = a * np.sin((1 - share) * angle) + b * np.sin(share * angle)
        return np.where(spans, arc / np.where(spans, sine, 1), line(t))

    return at


def circle(point, other):
    """Once round the origin while t goes from 0 to 1, a cos v + b sin v with v = 2 pi t.

    b is what is at right angles to a of the other vector, made as long as a: all points of the circle
    are as likely under N(0, I).

    Args:
        point: a, where it begins, [..., D], D at least 2.
        other: [..., D], which with it spans the plane.
    """
    a, b = np.asarray(point, np.float64), np.asarray(other, np.float64)
    b = b - a * (_dot(a, b) / _dot(a, a))
    b = b * np.sqrt(_dot(a, a) / _dot(b, b))

    def at(t):
        angle = 2 * np.pi * np.reshape(t, [-1, *[1] * a.ndim])
        return a * np.cos(angle) + b * np.sin(angle)

    return at


def wave(low: float, high: float):
    """From `low` to `high` and back while t goes from 0 to 1, without a jolt: [n] -> [n]."""
    return lambda t: (low + high) / 2 - (high - low) / 2 * np.cos(2 * np.pi * np.asarray(t))


def _leg(t, points):
    """Number of the point before each time, and the share of the way to the next: [n], [n, 1, ...]."""
    t = np.asarray(t, np.float64)
    before = np.floor(t)
    share = np.reshape(t - before, [-1, *[1] * (points.ndim - 1)])
    return before.astype(int) % len(points), share


def _dot(a, b):
    return np.sum(a * b, axis=-1, keepdims=True)


# Loops of a film: the latents over time.
#
# Every loop is c(t) + psi(t) (w(t) - c(t)), where truncation pulls toward the mean c.

_IN_W = {"spline": spline, "straight": straight}


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
    if path not in FILM_PATHS:
        raise UserError(f"path={path!r} must be one of {', '.join(FILM_PATHS)}.")
    if path not in _IN_W and ws is not None:
        raise UserError(f"path={path!r} is one of z, which ws have not; give spline or straight.")
    ws = np.zeros([0, generator.num_ws, generator.w_dim]) if ws is None else np.asarray(ws)
    own = _stops_of_each(len(seeds) + len(ws), count, path)
    labels = _listed(labels)
    turns = np.arange(max(own, 1 if labels is None else len(labels)))
    if len(turns) == 1 and path != "circle" and psi[0] == psi[1]:
        raise UserError(
            f"seeds: nothing moves from a picture to itself; give 2 for each of {count}"
            f" loop{'s' * (count > 1)} or more, or path='circle'."
        )
    # Which picture each loop shows at each stop, [stops, count], and with which label.
    shown = np.arange(count * own).reshape(count, own)[:, turns % own].T
    if labels is not None:
        labels = np.repeat(labels[turns % len(labels)], count, axis=0)
    else:
        drawn = labels_if_drawn(generator, seeds)  # each with its seed
        if drawn is not None:  # those of `ws` are never looked at
            labels = drawn[np.minimum(shown.ravel(), len(seeds) - 1)]
    if path in _IN_W:
        centre, w = _in_w(generator, seeds, ws, labels, shown, path, truncation)
    else:
        centre, w = _in_z(generator, seeds, labels, shown, path, truncation)
    psi_at = wave(*(psi if generator.w_avg is not None else (1, 1)))

    def at(time):
        means = centre(time)
        return means + np.reshape(psi_at(time), [-1, 1, 1, 1]) * (w(time) - means)

    return at


def _stops_of_each(stops: int, count: int, path: str) -> int:
    """Return the number of pictures that each loop goes through."""
    if stops == 0 or stops % count:
        raise UserError(
            f"seeds: {stops} pictures cannot be dealt out evenly to {count} of a grid; give"
            f" {count}, {2 * count}, {3 * count} or so on."
        )
    if path == "circle" and stops != count:
        raise UserError(
            f"path='circle' leads from a picture to itself; give one seed for each of {count}, and not"
            f" {stops}."
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
    z_at = circle(z, others) if path == "circle" else _looped(slerp, each, stops)
    vectors_at = None
    if labels is not None:
        vectors = label_vectors(labels, generator.c_dim).numpy()
        vectors_at = _looped(straight, vectors, stops)

    def w(time):
        rows = [_rows(part(time)) for part in (z_at, vectors_at) if part is not None]
        return generator.map(*rows).numpy().reshape(len(time), count, *means.shape[1:])

    return _looped(straight, means, stops), w


def _looped(path, points, stops: int):
    """A path through points [stops * count, ...] as a function of time of 0 to 1, [n, count, ...]."""
    along = path(np.reshape(points, [stops, -1, *points.shape[1:]]))
    return lambda time: along(time * stops)


def _rows(values):
    """[n, count, D] as what networks take, float32 [n * count, D]."""
    return tf.constant(np.reshape(values, [-1, values.shape[-1]]), tf.float32)


def film(
    generator,
    frames: int,
    *,
    seeds=(),
    ws=None,
    labels=None,
    path="spline",
    truncation_psi=1.0,
    truncation="class",
    grid=(1, 1),
    edit=None,
    noise_mode="const",
    noise_seed=0,
    batch=16,
) -> Iterator[np.ndarray]:
    """Frames of a closed loop, one after the other: after the last comes the first.

    The loop goes through stops at equal times: those of the seeds, then those of `ws`. Stops with
    another label are other stops: with K seeds and L labels there are max(K, L) of them, and the
    shorter list starts over.

    Args:
        generator: a LatentGenerator.
        frames: of the loop, at least 2. Stop k of K is frame k frames / K, if that is a whole number.
        seeds: integers.
        ws: float [N, num_ws, w_dim], more stops, which have no seed.
        labels: one label, see `generate`, or a list of them: class numbers [L], vectors [L, c_dim];
            None as in `generate`, where each goes with its seed.
        path: "spline", a periodic cubic spline in w; "straight", straight lines in w; "slerp", great
            circles in z, while label vectors are mixed along straight lines; "circle", a single
            seed's z goes once round a great circle, through another z that follows from the seed.
            See `ada_tf.inference.film`.
        truncation_psi: see `generate`; or a pair (low, high): psi goes from low to high and back. It
            leaves `ws` as they are.
        truncation: see `generate`; between stops the means are mixed as the stops are.
        grid: (columns, rows) of loops that are shown at once; the seeds are dealt out evenly, the
            first ones to the first loop.
        edit: function of float32 [N, num_ws, w_dim] that is applied to all latents.
        noise_mode: see `generate`.
        noise_seed: see `generate`.
        batch: images at a time.

    Yields:
        float32 [rows * R, columns * R, C], nominally in [-1, 1].

    Raises:
        UserError: an argument is outside of what is listed, or nothing would move.
    """
    check_generator(generator)
    if frames < 2:
        raise UserError(f"frames={frames} must be at least 2.")
    columns, rows = grid
    cells = columns * rows
    stops = (list(seeds), ws, labels)
    at = loops(generator, stops, path, _range(truncation_psi), truncation, cells)
    at_once = max(batch // cells, 1)  # frames whose latents are computed together

    def latents():
        for start in range(0, frames, at_once):
            time = np.arange(start, min(start + at_once, frames)) / frames
            part = at(time).astype(np.float32).reshape(-1, generator.num_ws, generator.w_dim)
            yield from part if edit is None else edit(part)

    batches = render(generator, latents(), noise_mode, noise_seed, batch)
    return _tiled(itertools.chain.from_iterable(batches), cells, columns)


def _range(psi) -> tuple[float, float]:
    low, high = psi if np.ndim(psi) else (psi, psi)
    return low, high


def _tiled(images, cells: int, columns: int) -> Iterator[np.ndarray]:
    """Images one after the other as frames of so many cells."""
    while frame := list(itertools.islice(images, cells)):
        yield tile(np.stack(frame), columns)
