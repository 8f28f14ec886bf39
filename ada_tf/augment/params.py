"""What happens to each image of a batch: drawing the parameters of all transforms.

A transform happens to an image if a uniform number is below its probability (the gate); otherwise
its parameter takes the value that changes nothing (arXiv:2006.06676, Algorithm 1). Each transform is
one row of `TRANSFORMS` and draws from a stream of its own name, so that one more row, or another
policy, changes no draw of the others.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from scipy.special import erfinv

from ada_tf.augment.diffusion import share_kept
from ada_tf.augment.policy import AugmentPolicy, get_policy
from ada_tf.errors import UserError
from ada_tf.ops import random
from ada_tf.shape import quarter_turns


class AugmentParams(NamedTuple):
    """Parameters of one batch, one row an image; `None` where a transform is not in the policy.

    They do not depend on how large the images are, so they can be applied to an image and to its
    label map alike. All float32, [N] unless noted.

    Attributes:
        xflip: 0 or 1 (mirrored).
        rotate90: 0, 1, 2 or 3 quarter turns, counter-clockwise on the screen.
        xint: [N, 2], shift to the right and downwards in image sizes; rounded to whole pixels.
        scale: factor; above 1 enlarges.
        pre_rotate: radians, counter-clockwise, before `aniso`.
        aniso: factor of the width and of 1 / height.
        post_rotate: radians, after `aniso`.
        xfrac: [N, 2], shift to the right and downwards in image sizes.
        brightness: added.
        contrast: factor.
        lumaflip: 0 or 1 (inverted).
        hue: radians.
        saturation: factor.
        imgfilter: [N, 4], amplification of each frequency band, low to high.
        noise: standard deviation.
        noise_seed: int32 [2], seed of the noise image.
        cutout_size: edge of the rectangle in image sizes; 0 is none.
        cutout_center: [N, 2], (x, y) in image sizes.
        shade: added.
        vivid: factor of the distance of a pixel's channels from their mean.
        tone: factor of the distance of an image's values from their mean.
        shift: [N, 2], to the right and downwards in image sizes; rounded to whole pixels.
        diffusion: share of an image's variance that noise leaves of it.
    """

    xflip: tf.Tensor | None = None
    rotate90: tf.Tensor | None = None
    xint: tf.Tensor | None = None
    scale: tf.Tensor | None = None
    pre_rotate: tf.Tensor | None = None
    aniso: tf.Tensor | None = None
    post_rotate: tf.Tensor | None = None
    xfrac: tf.Tensor | None = None
    brightness: tf.Tensor | None = None
    contrast: tf.Tensor | None = None
    lumaflip: tf.Tensor | None = None
    hue: tf.Tensor | None = None
    saturation: tf.Tensor | None = None
    imgfilter: tf.Tensor | None = None
    noise: tf.Tensor | None = None
    noise_seed: tf.Tensor | None = None
    cutout_size: tf.Tensor | None = None
    cutout_center: tf.Tensor | None = None
    shade: tf.Tensor | None = None
    vivid: tf.Tensor | None = None
    tone: tf.Tensor | None = None
    shift: tf.Tensor | None = None
    diffusion: tf.Tensor | None = None


class Distribution(NamedTuple):
    """What the values of a transform are drawn from.

    Attributes:
        sample: values in [0, 1), multiples of 2**-24, that are equally likely -> values.
        quantile: the value that stands for a share in (0, 1) of the range, to look at transforms.
    """

    sample: Callable
    quantile: Callable


def _as_normal(u):
    """N(0, 1) by the inverse of its distribution function, at the middle of each step of `u`."""
    return math.sqrt(2.0) * tf.math.erfinv(2.0 * u - 1.0 + 2.0**-24)


UNIFORM = Distribution(lambda u: u, lambda share: share)
# Without the factor sqrt(2) of the normal distribution, as in the figures of arXiv:2006.06676.
NORMAL = Distribution(_as_normal, lambda share: erfinv(2.0 * share - 1.0))
# Of which only the absolute value counts.
HALF_NORMAL = Distribution(_as_normal, erfinv)
# One of the two rotations is enough to look at: the other does not turn.
STILL = Distribution(lambda u: u, lambda share: 0.5)


def choice(count):
    """Uniform -> a whole number of {0, ..., count - 1}."""
    return lambda values, policy, p: tf.floor(values * count)


def symmetric(strength, unit=1.0, middle=0.0):
    """Uniform -> uniform in [-strength, strength) units about the middle."""

    def formula(values, policy, p):
        value = (2.0 * values - 1.0) * (unit * getattr(policy, strength))
        return value + middle if middle else value

    return formula


def normal(strength):
    """N(0, 1) -> N(0, strength)."""
    return lambda values, policy, p: values * getattr(policy, strength)


def lognormal(strength):
    """N(0, 1) -> 2**N(0, strength)."""
    return lambda values, policy, p: 2.0 ** (values * getattr(policy, strength))


def simple(multiplier, p, policy):
    """The probability of most transforms."""
    return multiplier * p


def one_of_two(multiplier, p, policy):
    """That of each of two, so that P(at least one of them) = multiplier * p."""
    return 1.0 - tf.sqrt(tf.clip_by_value(1.0 - multiplier * p, 0.0, 1.0))


def half(multiplier, p, policy):
    """One that stays, whatever p is."""
    return multiplier / 2.0


def by_band(multiplier, p, policy):
    """That of each frequency band; below any gate for those that are not in the policy."""
    bands = tf.constant(policy.imgfilter_bands, tf.float32)
    return tf.where(bands > 0.0, multiplier * p * bands, -math.inf)


class Transform(NamedTuple):
    """A row: what a transform draws, and how its parameter follows from that and the policy.

    Attributes:
        name: of its stream, and of its parameter in `AugmentParams`.
        distribution: of its values.
        formula: (values, policy, p) -> the parameter where the transform happens.
        neutral: the parameter where it does not.
        values: how many an image.
        gates: how many an image; each decides of one value, or one of all.
        multiplier: its attribute of the policy; "" is that of its name.
        probability: (multiplier, p, policy) -> that of an open gate.
        parameter: its field of `AugmentParams`; "" is that of its name.
        also: field of `AugmentParams` that takes the values as they are drawn; "" is none.
    """

    name: str
    distribution: Distribution
    formula: Callable
    neutral: float = 0.0
    values: int = 1
    gates: int = 1
    multiplier: str = ""
    probability: Callable = simple
    parameter: str = ""
    also: str = ""

    def multiplier_in(self, policy) -> float:
        """What the policy multiplies p by; 0 leaves the transform out."""
        return getattr(policy, self.multiplier or self.name)


_TURN = symmetric("rotate_max", unit=math.pi)
TRANSFORMS = (
    Transform("xflip", UNIFORM, choice(2.0)),
    Transform("rotate90", UNIFORM, choice(4.0)),
    Transform("xint", UNIFORM, symmetric("xint_max"), values=2),
    Transform("scale", NORMAL, lognormal("scale_std"), neutral=1.0),
    Transform("pre_rotate", UNIFORM, _TURN, multiplier="rotate", probability=one_of_two),
    Transform("aniso", NORMAL, lognormal("aniso_std"), neutral=1.0),
    Transform("post_rotate", STILL, _TURN, multiplier="rotate", probability=one_of_two),
    Transform("xfrac", NORMAL, normal("xfrac_std"), values=2),
    Transform("brightness", NORMAL, normal("brightness_std")),
    Transform("contrast", NORMAL, lognormal("contrast_std"), neutral=1.0),
    Transform("lumaflip", UNIFORM, choice(2.0)),
    Transform("hue", UNIFORM, symmetric("hue_max", unit=math.pi)),
    Transform("saturation", NORMAL, lognormal("saturation_std"), neutral=1.0),
    Transform(
        "imgfilter", NORMAL, lognormal("imgfilter_std"), neutral=1.0, values=4, gates=4,
        probability=by_band,
    ),
    Transform("noise", HALF_NORMAL, lambda values, policy, p: tf.abs(values * policy.noise_std)),
    Transform(
        "cutout", UNIFORM, lambda values, policy, p: policy.cutout_size, values=2,
        parameter="cutout_size", also="cutout_center",
    ),
    Transform("shade", UNIFORM, symmetric("shade_max")),
    Transform("vivid", UNIFORM, symmetric("vivid_max", middle=1.0), neutral=1.0),
    Transform("tone", UNIFORM, symmetric("tone_max", middle=1.0), neutral=1.0),
    Transform("shift", UNIFORM, symmetric("shift_max"), values=2),
    Transform("diffusion", UNIFORM, share_kept, neutral=1.0, probability=half),
)  # fmt: skip


def transforms_of(policy: AugmentPolicy) -> list[Transform]:
    """The rows that a policy contains."""
    return [transform for transform in TRANSFORMS if transform.multiplier_in(policy)]


class Draws(NamedTuple):
    """Raw random numbers by transform, [N] or [N, k]: its values and its gates."""

    values: dict
    gates: dict


def _shape(batch, size: int) -> list:
    return [batch] if size == 1 else [batch, size]


def draw(seed, batch, transforms) -> Draws:
    """Draw for some transforms, each from the streams "<name>" and "<name> gate".

    Args:
        seed: int32 [2].
        batch: number of images N.
        transforms: rows of `TRANSFORMS`.

    Returns:
        The `Draws`; those of a transform depend on no other.
    """
    if not transforms:
        return Draws({}, {})
    names = [t.name for t in transforms]
    most = max(max(t.values, t.gates) for t in transforms)
    rows = random.table(seed, [*names, *(f"{name} gate" for name in names)], batch * most)
    rows = iter(tf.unstack(rows))
    values = {
        t.name: t.distribution.sample(_columns(next(rows), batch, t.values)) for t in transforms
    }
    gates = {t.name: _columns(next(rows), batch, t.gates) for t in transforms}
    return Draws(values, gates)


def _columns(row, batch, size: int):
    """The first numbers of a row as [N] or [N, size]."""
    return tf.reshape(row[: batch * size], _shape(batch, size))


def percentile_draws(percentile: float, batch, transforms) -> Draws:
    """The draws that put transforms at one percentile of their range, all gates open."""
    if not 0.0 < percentile < 1.0:
        raise UserError(
            f"debug_percentile={percentile} is refused: a number above 0 and below 1 is expected."
        )

    def constant(value, size):
        return tf.fill(_shape(batch, size), tf.cast(value, tf.float32))

    values = {t.name: constant(t.distribution.quantile(percentile), t.values) for t in transforms}
    return Draws(values, {t.name: constant(-1.0, t.gates) for t in transforms})


def params_from_draws(draws: Draws, p, policy: AugmentPolicy, noise_seed=None) -> AugmentParams:
    """Turn raw random numbers into parameters, gated with probability `multiplier * p`.

    Args:
        draws: of the transforms of the policy, with gates that are uniform in [0, 1).
        p: float scalar.
        policy: the `AugmentPolicy`.
        noise_seed: int32 [2], seed of the noise image.

    Returns:
        The `AugmentParams`; `None` for every transform whose multiplier is 0.
    """
    p = tf.cast(p, tf.float32)
    params = {"noise_seed": noise_seed} if policy.noise or policy.diffusion else {}
    for t in transforms_of(policy):
        values, gates = draws.values[t.name], draws.gates[t.name]
        value = tf.convert_to_tensor(t.formula(values, policy, p))
        if value.shape.rank > gates.shape.rank:  # one gate for both axes
            gates = gates[:, None]
        happens = gates < t.probability(t.multiplier_in(policy), p, policy)
        params[t.parameter or t.name] = tf.where(happens, value, t.neutral)
        if t.also:
            params[t.also] = values
    return AugmentParams(**params)


def _keeping_sides(params: AugmentParams, size) -> AugmentParams:
    """Round quarter turns down to those after which an image has the sides that it had.

    A quarter turn of an image that is no square cuts off its ends, so that it cannot be undone; and
    only of turns that form a group is it known that they do not leak at p < 1 (arXiv:2006.06676,
    Appendix C). 0 and 180 degrees do, and are as likely as each other.
    """
    if params.rotate90 is None:
        return params
    unit = quarter_turns(*size)
    return params._replace(rotate90=tf.floor(params.rotate90 / unit) * unit)


def sample_params(seed, batch, p, policy="bgc", debug_percentile=None, size=None) -> AugmentParams:
    """Draw what happens to each image of a batch. Pure: the same seed draws the same.

    Args:
        seed: int32 [2] (see `ada_tf.ops.random`).
        batch: number of images N.
        p: augmentation probability, a float or a scalar tensor; without a cap it may pass 1, which
            for multipliers of 1 is like 1.
        policy: a policy name, an `AugmentPolicy` or a mapping of its attributes.
        debug_percentile: None, or a number in (0, 1) that puts every transform of the policy at
            this percentile of its range on all images, whatever `p` is; for looking at transforms.
        size: (height, width) of the images. Those that are no squares get half turns where squares
            get quarter turns; None takes them for squares.

    Returns:
        `AugmentParams`, a nest of tensors of fixed shape.

    Raises:
        UserError: if the policy is not known or the percentile is out of range.
    """
    seed = tf.cast(seed, tf.int32) if tf.is_tensor(seed) else np.asarray(seed, np.int32)
    policy = get_policy(policy)
    transforms = transforms_of(policy)
    if debug_percentile is None:
        draws = draw(seed, batch, transforms)
    else:
        draws = percentile_draws(debug_percentile, batch, transforms)
    noise_seed = random.fold_in(seed, "noise image")
    return _keeping_sides(params_from_draws(draws, p, policy, noise_seed), size or ())
