"""Directions of a generator by name, with how far w spreads along each."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from ada_tf.errors import UserError
from ada_tf.inference.axes import closed_form, deviations, principal, separating
from ada_tf.inference.directions import METHODS, Direction
from ada_tf.inference.layers import layers_of
from ada_tf.inference.w_samples import sample_w


@dataclasses.dataclass(frozen=True, eq=False)
class Found:
    """A direction and why it is one.

    Attributes:
        direction: itself.
        method: of `METHODS`, or "sides".
        score: of "sefa", its share of the squared change of styles; of "pca", of the variance of w; of
            "sides", the cross-validated accuracy, of which chance is 0.5.
        error: the standard error of an accuracy; None of shares.
    """

    direction: Direction
    method: str
    score: float
    error: float | None = None

    def in_words(self) -> str:
        """Such as "pca, 12.3% of the variance of w"."""
        if self.method == "sefa":
            return f"sefa, {self.score:.1%} of the change of styles"
        if self.method == "pca":
            return f"pca, {self.score:.1%} of the variance of w"
        return f"accuracy {self.score:.0%} +- {self.error:.0%} where chance is 50%"

    @property
    def is_chance(self) -> bool:
        """Whether an accuracy is within two standard errors of what guessing gives."""
        return self.error is not None and self.score - 2 * self.error <= 0.5


def find_directions(
    generator, methods: Sequence[str] = METHODS, *, count: int = 8, styles=None, labels=None
) -> dict[str, Found]:
    """Directions that need nobody to say what they are for.

    Args:
        generator: a LatentGenerator.
        methods: "sefa", see `ada_tf.inference.axes.closed_form`; "pca", see `principal` there.
        count: directions of each, or as many as w is wide.
        styles: layers that they move, see `ada_tf.inference.layers.layers_of`; None are all.
        labels: of the latents that show how w spreads, see `ada_tf.inference.w_samples`; needed by a
            conditional generator.

    Returns:
        By name, "sefa0", "sefa1", ..., "pca0", ...; the strongest first.

    Raises:
        UserError: there is no such method or layer, or the generator does not go with it.
    """
    layers, w, found = _layers(generator, styles), sample_w(generator, labels=labels), {}
    for method in methods:
        if method == "sefa":
            axes = closed_form(generator, layers, count)
        elif method == "pca":
            axes = principal(w, count)
        else:
            raise UserError(f"methods={list(methods)} must be of {', '.join(METHODS)}.")
        spread = deviations(w, axes.vectors)
        for number, (vector, share) in enumerate(zip(axes.vectors, axes.shares, strict=True)):
            direction = Direction(vector, float(spread[number]), _mask(generator, layers))
            found[f"{method}{number}"] = Found(direction, method, float(share))
    return found


def direction_between(positive, negative, generator, *, styles=None, labels=None) -> Found:
    """The direction from one side of pictures to another, see `ada_tf.inference.axes.separating`.

    Args:
        positive: their intermediate latents, float [N, num_ws, w_dim], such as of `map_latents`.
        negative: those of the other side.
        generator: a LatentGenerator.
        styles: see `find_directions`. Latents that differ between layers count as their mean over these.
        labels: see `find_directions`.

    Raises:
        UserError: a side has fewer than 2 latents, or nothing differs.
    """
    layers = _layers(generator, styles)
    sides = (np.asarray(side)[:, layers].mean(axis=1) for side in (positive, negative))
    plane = separating(*sides)
    spread = deviations(sample_w(generator, labels=labels), plane.normal[np.newaxis])[0]
    direction = Direction(plane.normal, float(spread), _mask(generator, layers))
    return Found(direction, "sides", plane.accuracy, plane.error)


def _layers(generator, styles) -> list[int]:
    return list(range(generator.num_ws)) if styles is None else layers_of(generator, styles)


def _mask(generator, layers) -> np.ndarray:
    return np.isin(np.arange(generator.num_ws), layers)
