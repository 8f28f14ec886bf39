"""Directions of a generator by name, with how far w spreads along each."""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.inference.directions import METHODS, Direction
from ada_tf.inference.latents import layers_of
from ada_tf.inference.w_samples import sample_w
from ada_tf.models.latent_generator import check_generator

# Three ways to directions in w: closed form from the weights, principal axes, and a hyperplane.
#
# All give unit vectors, in an order and with signs that the same input always has: the largest number of
# an axis is positive; a hyperplane's normal points to its positive side.

_FOLDS = 5  # of the cross-validation
# Of the logistic regression, for w of unit variance: the penalty of a vector of unit length per number
# of w. Measured on the network of the package; a tenth and ten times as much give the same within errors.
_STRENGTH = 1.0


class Axes(NamedTuple):
    """Orthogonal directions, the strongest first.

    Attributes:
        vectors: float32 [K, w_dim], of length 1.
        shares: float32 [K], of the whole: of the squared change of styles, or of the variance of w.
    """

    vectors: np.ndarray
    shares: np.ndarray


class Hyperplane(NamedTuple):
    """Hyperplane that tells two sides apart.

    Attributes:
        normal: float32 [w_dim], of length 1, towards the positive side.
        accuracy: of latents that it was not fitted to, the mean of both sides; chance is 0.5.
        error: the standard error of `accuracy`.
    """

    normal: np.ndarray
    accuracy: float
    error: float


def closed_form(generator, layers, count: int) -> Axes:
    """Find the directions that change the styles most (SeFa, arXiv 2007.06600, section 3.1).

    The weights A of the affine layers, styles = A w + b, of all `layers` are stacked. The first direction is
    the unit vector n with the largest |A n|, the next is the largest orthogonal to it, and so on. They are
    the eigenvectors of A^T A (equations 4 to 7). No latents are drawn.

    Args:
        generator: a Generator.
        layers: numbers of 0 to num_ws - 1.
        count: how many, at most w_dim.

    Raises:
        UserError: the generator has no affine layers.
    """
    styled = getattr(generator.synthesis, "styled", None)
    if styled is None:
        raise UserError(
            "method='sefa' needs a generator with affine layers, which this one has not; use pca."
        )
    kernels = [
        tf.convert_to_tensor(layer.affine.kernel).numpy().astype(np.float64) * layer.affine.gain
        for number, layer in styled
        if number in layers
    ]
    return _axes(sum(kernel @ kernel.T for kernel in kernels), count)


def principal(w, count: int) -> Axes:
    """Find the principal axes of w (GANSpace, arXiv 2004.02546).

    Args:
        w: float [N, w_dim], N at least 2.
        count: how many, at most w_dim.
    """
    centred = np.asarray(w, np.float64)
    centred = centred - centred.mean(axis=0)
    return _axes(centred.T @ centred / len(centred), count)


def separating(positive, negative) -> Hyperplane:
    """The hyperplane between two sides (arXiv 1907.10786, section 2.1), by logistic regression.

    Both sides weigh the same, however many they are. The accuracy is that of
    cross-validation with `_FOLDS` folds.

    Args:
        positive: float [N, w_dim], N at least 2.
        negative: float [M, w_dim], M at least 2.

    Raises:
        UserError: a side has fewer than 2 latents, or nothing differs.
    """
    for name, side in (("positive", positive), ("negative", negative)):
        if len(side) < 2:
            raise UserError(f"{name} holds {len(side)} latents; must be at least 2, better 20.")
    w = np.concatenate([positive, negative]).astype(np.float64)
    is_positive = np.arange(len(w)) < len(positive)
    w -= w.mean(axis=0)
    scale = np.sqrt(np.mean(np.square(w)))
    if not scale > 0:
        raise UserError("positive and negative hold the same latent; give others.")
    w /= scale
    found = np.zeros(len(w), bool)
    # Dealt out like cards after a shuffle, each side for itself: seeds in a row may be alike.
    shuffled = np.random.RandomState(0).permutation
    fold = np.concatenate([shuffled(len(side)) for side in (positive, negative)]) % _FOLDS
    for held_out in range(_FOLDS):
        mine = fold == held_out
        normal, offset = _regression(w[~mine], is_positive[~mine])
        found[mine] = w[mine] @ normal + offset > 0
    right = [np.mean(found[is_positive]), np.mean(~found[~is_positive])]
    variances = [
        p * (1 - p) / n for p, n in zip(right, (len(positive), len(negative)), strict=True)
    ]
    normal, _ = _regression(w, is_positive)
    unit = normal / np.linalg.norm(normal)
    return Hyperplane(
        unit.astype(np.float32), float(np.mean(right)), float(np.sqrt(sum(variances)) / 2)
    )


def deviations(w, vectors) -> np.ndarray:
    """The standard deviation of latents along directions.

    Args:
        w: float [N, w_dim].
        vectors: float [K, w_dim], of length 1.

    Returns:
        float32 [K].
    """
    return (np.asarray(w, np.float64) @ np.asarray(vectors, np.float64).T).std(axis=0).astype("f4")


def _axes(matrix: np.ndarray, count: int) -> Axes:
    """The first eigenvectors of a symmetric matrix [D, D] without negative eigenvalues."""
    values, vectors = np.linalg.eigh(matrix)  # rising
    values, vectors = values[::-1], vectors[:, ::-1].T
    largest = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=1)[:, np.newaxis], axis=1)
    vectors = vectors * np.sign(largest)
    shares = values / (values.sum() or 1.0)
    return Axes(vectors[:count].astype(np.float32), shares[:count].astype(np.float32))


def _regression(w: np.ndarray, is_positive: np.ndarray) -> tuple[np.ndarray, float]:
    """Normal [D] and offset of a logistic regression."""
    # Only who asks for it waits for this import.
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(
        C=1 / (_STRENGTH * w.shape[1]), class_weight="balanced", max_iter=1000, tol=1e-6
    )
    model.fit(w, is_positive)
    return model.coef_[0], float(model.intercept_[0])


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
        """Tell the origin in words, such as "pca, 12.3% of the variance of w"."""
        if self.method == "sefa":
            return f"sefa, {self.score:.1%} of the change of styles"
        if self.method == "pca":
            return f"pca, {self.score:.1%} of the variance of w"
        return f"accuracy {self.score:.0%} +- {self.error:.0%} where chance is 50%"

    @property
    def is_chance(self) -> bool:
        """Return True if the accuracy is within two standard errors of guessing."""
        return self.error is not None and self.score - 2 * self.error <= 0.5


def methods_for(generator) -> tuple[str, ...]:
    """The methods that a generator goes with: those of `METHODS`; without affine layers not "sefa"."""
    styled = getattr(generator.synthesis, "styled", None)
    return tuple(method for method in METHODS if styled is not None or method != "sefa")


def find_directions(
    generator, methods: Sequence[str] = METHODS, *, count: int = 8, styles=None, labels=None
) -> dict[str, Found]:
    """Directions that need nobody to say what they are for.

    Args:
        generator: a LatentGenerator.
        methods: "sefa", see `ada_tf.inference.find_directions.closed_form`; "pca", see `principal` there.
        count: directions of each, or as many as w is wide.
        styles: layers that they move, see `ada_tf.inference.latents.layers_of`; None are all.
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
            raise UserError(f"methods={list(methods)} must be some of {', '.join(METHODS)}.")
        spread = deviations(w, axes.vectors)
        for number, (vector, share) in enumerate(zip(axes.vectors, axes.shares, strict=True)):
            direction = Direction(vector, float(spread[number]), _mask(generator, layers))
            found[f"{method}{number}"] = Found(direction, method, float(share))
    return found


def direction_between(positive, negative, generator, *, styles=None, labels=None) -> Found:
    """The direction from one side of pictures to another, see `ada_tf.inference.find_directions.separating`.

    Args:
        positive: their intermediate latents, float [N, num_ws, w_dim], such as of `map_latents`; those
            that differ between layers count as their mean over those of `styles`.
        negative: those of the other side.
        generator: a LatentGenerator.
        styles: see `find_directions`.
        labels: see `find_directions`.

    Raises:
        UserError: a side has fewer than 2 latents, or nothing differs.
    """
    layers = _layers(generator, styles)
    # A layer at a time: sides may be many latents, and views that repeat one for all layers.
    sides = (sum(side[:, n] for n in layers) / len(layers) for side in (positive, negative))
    plane = separating(*sides)
    spread = deviations(sample_w(generator, labels=labels), plane.normal[np.newaxis])[0]
    direction = Direction(plane.normal, float(spread), _mask(generator, layers))
    return Found(direction, "sides", plane.accuracy, plane.error)


def _layers(generator, styles) -> list[int]:
    check_generator(generator)
    return list(range(generator.num_ws)) if styles is None else layers_of(generator, styles)


def _mask(generator, layers) -> np.ndarray:
    return np.isin(np.arange(generator.num_ws), layers)
