"""What happens to each image of a batch: drawing the parameters of all transforms.

A transform happens to an image if a uniform number is below its probability (the gate); otherwise
its parameter takes the value that changes nothing (arXiv:2006.06676, Algorithm 1).
"""

import math
from typing import NamedTuple

import tensorflow as tf
from scipy.special import erfinv

from ada_tf.augment.policy import AugmentPolicy, get_policy
from ada_tf.errors import UserError
from ada_tf.ops import random


class AugmentParams(NamedTuple):
    """Parameters of one batch, one row an image; `None` where a transform is not in the policy.

    They do not depend on the size of the images, so they can be applied to an image and to its
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


# What each transform draws: its name and the number of values an image.
_UNIFORM = {
    "xflip": 1,
    "rotate90": 1,
    "xint": 2,
    "pre_rotate": 1,
    "post_rotate": 1,
    "lumaflip": 1,
    "hue": 1,
    "cutout": 2,
}
_NORMAL = {
    "scale": 1,
    "aniso": 1,
    "xfrac": 2,
    "brightness": 1,
    "contrast": 1,
    "saturation": 1,
    "imgfilter": 4,
    "noise": 1,
}
_GATES = {name: 4 if name == "imgfilter" else 1 for name in (*_UNIFORM, *_NORMAL)}


class Draws(NamedTuple):
    """Raw random numbers by transform, [N] or [N, k]: its values and its gates."""

    values: dict
    gates: dict


def _split(numbers, sizes: dict) -> dict:
    """[N, total] -> one [N] or [N, k] for each name."""
    parts, start = {}, 0
    for name, size in sizes.items():
        parts[name] = numbers[:, start] if size == 1 else numbers[:, start : start + size]
        start += size
    return parts


def draw(seed, batch) -> Draws:
    """Draw for all transforms at once, enabled or not: three numbers of random ops, not forty.

    So a transform receives the same numbers whatever else the policy contains.
    """

    def total(sizes):
        return sum(sizes.values())

    uniform = random.uniform(random.fold_in(seed, 0), [batch, total(_UNIFORM)])
    normal = random.normal(random.fold_in(seed, 1), [batch, total(_NORMAL)])
    gates = random.uniform(random.fold_in(seed, 2), [batch, total(_GATES)])
    return Draws({**_split(uniform, _UNIFORM), **_split(normal, _NORMAL)}, _split(gates, _GATES))


def percentile_draws(percentile: float, batch) -> Draws:
    """The draws that put every transform at one percentile of its range, all gates open.

    The quantile of normal values is erfinv(2q - 1), without the factor sqrt(2) of the normal
    distribution, as in the figures of arXiv:2006.06676.
    """
    if not 0.0 < percentile < 1.0:
        raise UserError(
            f"debug_percentile={percentile} is refused: a number above 0 and below 1 is expected."
        )

    def constant(value, size):
        return tf.fill([batch] if size == 1 else [batch, size], tf.cast(value, tf.float32))

    values = {name: constant(percentile, size) for name, size in _UNIFORM.items()}
    values["post_rotate"] = constant(0.5, 1)  # no turn: one rotation is enough to look at
    quantile = erfinv(2.0 * percentile - 1.0)
    values |= {name: constant(quantile, size) for name, size in _NORMAL.items()}
    values["noise"] = constant(erfinv(percentile), 1)
    gates = {name: constant(-1.0, size) for name, size in _GATES.items()}
    return Draws(values, gates)


def params_from_draws(draws: Draws, p, policy: AugmentPolicy, noise_seed=None) -> AugmentParams:
    """Turn raw random numbers into parameters, gated with probability `multiplier * p`.

    Args:
        draws: uniform values in [0, 1) and normal values, with a uniform gate for each.
        p: float scalar.
        policy: the `AugmentPolicy`.
        noise_seed: int32 [2], seed of the noise image.

    Returns:
        The `AugmentParams`; `None` for every transform whose multiplier is 0.
    """
    p = tf.cast(p, tf.float32)

    def gated(name, multiplier, value, neutral):
        gate = draws.gates[name]
        if value.shape.rank > gate.shape.rank:  # one gate for both axes
            gate = gate[:, None]
        return tf.where(gate < multiplier, value, neutral)

    def choice(name, multiplier, count):
        """A whole number of {0, ..., count - 1}."""
        return gated(name, multiplier * p, tf.floor(draws.values[name] * count), 0.0)

    def symmetric(name, probability, extent):
        """Uniform in [-extent, extent)."""
        return gated(name, probability, (2.0 * draws.values[name] - 1.0) * extent, 0.0)

    def normal(name, multiplier, std):
        return gated(name, multiplier * p, draws.values[name] * std, 0.0)

    def lognormal(name, multiplier, std):
        return gated(name, multiplier * p, 2.0 ** (draws.values[name] * std), 1.0)

    a, values = policy, {}
    if a.xflip:
        values["xflip"] = choice("xflip", a.xflip, 2.0)
    if a.rotate90:
        values["rotate90"] = choice("rotate90", a.rotate90, 4.0)
    if a.xint:
        values["xint"] = symmetric("xint", a.xint * p, a.xint_max)
    if a.scale:
        values["scale"] = lognormal("scale", a.scale, a.scale_std)
    if a.rotate:
        # Two independent chances, so that P(at least one rotation) = rotate * p.
        once = 1.0 - tf.sqrt(tf.clip_by_value(1.0 - a.rotate * p, 0.0, 1.0))
        values["pre_rotate"] = symmetric("pre_rotate", once, math.pi * a.rotate_max)
        values["post_rotate"] = symmetric("post_rotate", once, math.pi * a.rotate_max)
    if a.aniso:
        values["aniso"] = lognormal("aniso", a.aniso, a.aniso_std)
    if a.xfrac:
        values["xfrac"] = normal("xfrac", a.xfrac, a.xfrac_std)
    if a.brightness:
        values["brightness"] = normal("brightness", a.brightness, a.brightness_std)
    if a.contrast:
        values["contrast"] = lognormal("contrast", a.contrast, a.contrast_std)
    if a.lumaflip:
        values["lumaflip"] = choice("lumaflip", a.lumaflip, 2.0)
    if a.hue:
        values["hue"] = symmetric("hue", a.hue * p, math.pi * a.hue_max)
    if a.saturation:
        values["saturation"] = lognormal("saturation", a.saturation, a.saturation_std)
    if a.imgfilter:
        gains = 2.0 ** (draws.values["imgfilter"] * a.imgfilter_std)
        bands = tf.constant(a.imgfilter_bands, tf.float32)
        happens = (draws.gates["imgfilter"] < a.imgfilter * p * bands) & (bands > 0.0)
        values["imgfilter"] = tf.where(happens, gains, 1.0)
    if a.noise:
        values["noise"] = tf.abs(normal("noise", a.noise, a.noise_std))
        values["noise_seed"] = noise_seed
    if a.cutout:
        sizes = tf.fill(tf.shape(draws.gates["cutout"]), a.cutout_size)
        values["cutout_size"] = gated("cutout", a.cutout * p, sizes, 0.0)
        values["cutout_center"] = draws.values["cutout"]
    return AugmentParams(**values)


def sample_params(seed, batch, p, policy="bgc", debug_percentile=None) -> AugmentParams:
    """Draw what happens to each image of a batch. Pure: the same seed draws the same.

    Args:
        seed: int32 [2] (see `ada_tf.ops.random`).
        batch: number of images N.
        p: augmentation probability, a float or a scalar tensor; without a cap it may pass 1, which
            for multipliers of 1 is like 1.
        policy: a policy name, an `AugmentPolicy` or a mapping of its attributes.
        debug_percentile: None, or a number in (0, 1) that puts every transform of the policy at
            this percentile of its range on all images, whatever `p` is; for looking at transforms.

    Returns:
        `AugmentParams`, a nest of tensors of fixed shape.

    Raises:
        UserError: if the policy is not known or the percentile is out of range.
    """
    seed = tf.cast(seed, tf.int32)
    policy = get_policy(policy)
    if debug_percentile is None:
        draws = draw(seed, batch)
    else:
        draws = percentile_draws(debug_percentile, batch)
    return params_from_draws(draws, p, policy, noise_seed=random.fold_in(seed, 3))
