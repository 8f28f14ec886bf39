"""Films of a generator: closed loops through seeds, labels and latents."""

import itertools
from collections.abc import Iterator

import numpy as np

from ada_tf.errors import UserError
from ada_tf.images import tile
from ada_tf.inference.generate import render
from ada_tf.inference.loops import loops


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
        labels: one label, see `generate`, or a list of them: class numbers [L], vectors [L, c_dim].
        path: "spline", a periodic cubic spline in w; "straight", straight lines in w; "slerp", great
            circles in z, while label vectors are mixed along straight lines; "circle", a single
            seed's z goes once round a great circle, through another z that follows from the seed.
            See `ada_tf.inference.paths`.
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
