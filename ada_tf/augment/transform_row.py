"""A transform of images: one row that says what it draws, how often it happens, and how it acts.

Formulas take the values drawn, the policy and p, and return the parameter of each image. The rows of
the package stand in `geometry`, `color`, `diffaugment`, `filtering` and `noise`.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import tensorflow as tf
from scipy.special import erfinv

from ada_tf.channels import has_alpha


class Distribution(NamedTuple):
    """Distribution of the random values of a transform.

    Attributes:
        sample: values in [0, 1), equally likely multiples of 2**-24 -> values.
        quantile: share of the range, in (0, 1) -> the value there, to look at transforms.
    """

    sample: Callable
    quantile: Callable


def _as_normal(u):
    """N(0, 1) by the inverse of its distribution function, at the middle of each step of `u`."""
    # 2**-24 is half a step of 2 u: the ends, where erfinv is infinite, are never reached.
    return math.sqrt(2.0) * tf.math.erfinv(2.0 * u - 1.0 + 2.0**-24)


UNIFORM = Distribution(lambda u: u, lambda share: share)
# Quantiles lack the factor sqrt(2) of the normal distribution, as in the figures of arXiv:2006.06676.
NORMAL = Distribution(_as_normal, lambda share: erfinv(2.0 * share - 1.0))
# For formulas that take the absolute value.
HALF_NORMAL = Distribution(_as_normal, erfinv)
# For one of two rotations: to look at them, one that turns is enough.
STILL = Distribution(lambda u: u, lambda share: 0.5)


class Options(NamedTuple):
    """Arguments of `ada_tf.apply` that a stage may heed.

    Attributes:
        resample: "supersampled" or "bilinear".
        noise: None, or [N, H, W, C], N(0, 1), in place of a drawn noise image.
    """

    resample: str = "supersampled"
    noise: tf.Tensor | None = None


# -- formulas: (values, policy, p) -> parameter ------------------------------------------------


def choice(count):
    """Uniform -> a whole number of {0, ..., count - 1}."""
    return lambda values, policy, p: tf.floor(values * count)


def symmetric(strength, unit=1.0, middle=0.0):
    """Uniform -> uniform in [-strength, strength) units about the middle."""

    def formula(values, policy, p):
        value = (2.0 * values - 1.0) * (unit * policy[strength])
        return value + middle if middle else value

    return formula


def normal(strength):
    """N(0, 1) -> N(0, strength)."""
    return lambda values, policy, p: values * policy[strength]


def half_normal(strength):
    """N(0, 1) -> |N(0, strength)|."""
    return lambda values, policy, p: tf.abs(values * policy[strength])


def lognormal(strength):
    """N(0, 1) -> 2**N(0, strength)."""
    return lambda values, policy, p: 2.0 ** (values * policy[strength])


# -- probabilities: (multiplier, p, policy) -> chance that the transform happens ----------------


def proportional(multiplier, p, policy):
    """Most transforms: multiplier * p."""
    return multiplier * p


def one_of_two(multiplier, p, policy):
    """Each of two rotations, so that P(at least one of them) = multiplier * p."""
    # (1 - q)^2 = 1 - multiplier p: neither of the two happens.
    return 1.0 - tf.sqrt(tf.clip_by_value(1.0 - multiplier * p, 0.0, 1.0))


def half(multiplier, p, policy):
    """Half of the images, whatever p is."""
    return multiplier / 2.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Transform:
    """A row of the table of transforms; `ada_tf.add_transform` adds it.

        ada_tf.add_transform(
            Transform(
                name="blur",
                about="Gaussian blur by |N(0, `blur_std`)| pixels",
                strengths={"blur_std": 1.0},
                distribution=HALF_NORMAL,
                formula=half_normal("blur_std"),
                stage=lambda images, params, options: blurred(images, params.blur),
            )
        )

    Attributes:
        name: of the transform, its streams of random numbers, its parameter and its multiplier.
        about: what it does to an image, with its strengths in backquotes.
        distribution: of its random values.
        formula: (values, policy, p) -> the parameter of an image that it happens to.
        stage: (images, params, options) -> images, float [N, H, W, C] with black and white at -1 and
            1; `params` has all parameters of the batch, `options` is an `Options`. Differentiable
            twice, and compilable. Rows with the same stage are applied together, once.
        strengths: names of further settings of a policy, with their defaults: a number each, or a
            tuple of numbers.
        neutral: the parameter of an image that it does not happen to.
        values: random values an image.
        gates: decisions an image: one for all values, or one for each.
        probability: (multiplier, p, policy) -> the chance that it happens.
        multiplier: setting of a policy that p is multiplied by, 0 by default; "" is the name.
            Several rows may share one.
        parameter: key of its parameter; "" is the name.
        also: key that receives the values as they are drawn; "" is none.
        moves: whether it moves what is in the image, so that label maps have to move along.
        noise: whether its stage draws numbers for each pixel, from the seed `params.noise_seed`.
        at_zero: whether it may happen at p = 0.
    """

    name: str
    about: str
    distribution: Distribution
    formula: Callable
    stage: Callable
    strengths: Mapping = dataclasses.field(default_factory=dict)
    neutral: float = 0.0
    values: int = 1
    gates: int = 1
    probability: Callable = proportional
    multiplier: str = ""
    parameter: str = ""
    also: str = ""
    moves: bool = False
    noise: bool = False
    at_zero: bool = False

    def __post_init__(self):
        for key in ("multiplier", "parameter"):
            object.__setattr__(self, key, getattr(self, key) or self.name)

    @property
    def settings(self) -> dict:
        """Settings of a policy that the row reads, with their defaults."""
        return {self.multiplier: 0.0, **self.strengths}

    @property
    def parameters(self) -> list[str]:
        """Keys of its parameters."""
        return [self.parameter, self.also] if self.also else [self.parameter]


def on_transparent(transform, images):
    """Apply a transform that brings in 0, middle grey: alpha, if there is any, becomes -1 there."""
    channels = images.shape[-1]
    if not has_alpha(channels):
        return transform(images)
    transparent = tf.one_hot(channels - 1, channels, dtype=images.dtype)
    return transform(images + transparent) - transparent
