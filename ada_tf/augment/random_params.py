"""Draw the parameters of all transforms for each image of a batch.

A transform happens to an image if a uniform number, its gate, is below its probability. Otherwise its
parameter takes the value that changes nothing (arXiv:2006.06676, Algorithm 1). Each transform draws
from streams of its own name, so another row or another policy changes no draw of the others.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from ada_tf.augment.policy import AugmentPolicy, get_policy, transforms_of
from ada_tf.augment.transforms import TRANSFORMS
from ada_tf.errors import UserError
from ada_tf.ops import random
from ada_tf.shape import quarter_turns


class AugmentParams(dict):
    """Parameters of one batch by name: a dictionary of tensors, whose keys are attributes, too.

    Each has one row an image, float32, [N] or [N, k]; `noise_seed`, int32 [2], is of the whole batch.
    An attribute is None where its transform is not in the policy. Parameters do not depend on the
    size of images, so they fit an image and its label map alike.

        AugmentParams(pre_rotate=tf.constant([0.1, -0.2]))
    """

    def __init__(self, *args, **params):
        super().__init__({k: v for k, v in dict(*args, **params).items() if v is not None})

    def __getattr__(self, name):
        if name in self:
            return self[name]
        if name in parameter_names():
            return None
        raise AttributeError(f"AugmentParams has no parameter {name!r}.")


def parameter_names() -> set[str]:
    """Names of all parameters there are."""
    return {"noise_seed"}.union(*(row.parameters for row in TRANSFORMS.values()))


class Draws(NamedTuple):
    """Raw random numbers by transform, [N] or [N, k]: its values and its gates."""

    values: dict
    gates: dict


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
    # One table for all streams, as wide as the widest row; narrower rows read its beginning.
    most = max(max(t.values, t.gates) for t in transforms)
    rows = random.table(seed, [*names, *(f"{name} gate" for name in names)], batch * most)
    rows = iter(tf.unstack(rows))
    values = {
        t.name: t.distribution.sample(_columns(next(rows), batch, t.values)) for t in transforms
    }
    gates = {t.name: _columns(next(rows), batch, t.gates) for t in transforms}
    return Draws(values, gates)


def _columns(row, batch, size: int):
    """Take the first numbers of a row as [N] or [N, size]."""
    # Values of one image lie together, so a larger batch begins with the draws of a smaller one.
    return tf.reshape(row[: batch * size], _shape(batch, size))


def _shape(batch, size: int) -> list:
    return [batch] if size == 1 else [batch, size]


def _percentile_draws(percentile: float, batch, transforms) -> Draws:
    """Put transforms at one percentile of their range, all gates open."""
    if not 0.0 < percentile < 1.0:
        raise UserError(
            f"debug_percentile={percentile} is refused: a number above 0 and below 1 is expected."
        )

    def constant(value, size):
        return tf.fill(_shape(batch, size), tf.cast(value, tf.float32))

    values = {t.name: constant(t.distribution.quantile(percentile), t.values) for t in transforms}
    # -1 is below every probability, at p = 0 too.
    return Draws(values, {t.name: constant(-1.0, t.gates) for t in transforms})


def params_from_draws(draws: Draws, p, policy: AugmentPolicy, noise_seed=None) -> AugmentParams:
    """Turn raw random numbers into parameters, gated with probability `multiplier * p`.

    Args:
        draws: of the transforms of the policy, with gates that are uniform in [0, 1).
        p: float scalar.
        policy: the `AugmentPolicy`.
        noise_seed: int32 [2], seed of noise images.

    Returns:
        The `AugmentParams`, without transforms whose multiplier is 0.
    """
    p, params = tf.cast(p, tf.float32), AugmentParams()
    for t in transforms_of(policy):
        values, gates = draws.values[t.name], draws.gates[t.name]
        value = tf.convert_to_tensor(t.formula(values, policy, p))
        # A shift has two values an image and happens or not as a whole.
        if value.shape.rank > gates.shape.rank:  # one gate for both axes
            gates = gates[:, None]
        # With p = 1 and multiplier 1 always: gates lie below 1.
        happens = gates < t.probability(policy[t.multiplier], p, policy)
        params[t.parameter] = tf.where(happens, value, t.neutral)
        if t.also:
            params[t.also] = values
        if t.noise and noise_seed is not None:
            params["noise_seed"] = noise_seed
    return params


def _keep_sides(params: AugmentParams, size) -> AugmentParams:
    """Round quarter turns down to those after which an image keeps its height and width.

    A quarter turn of an image that is no square cuts off its ends, so it cannot be undone. Besides,
    only turns that form a group are known not to leak at p < 1 (arXiv:2006.06676, Appendix C). 0 and
    180 degrees do, and are equally likely.
    """
    if "rotate90" in params:
        unit = quarter_turns(*size)
        # The unit is 1 for squares, else 2.
        params["rotate90"] = tf.floor(params["rotate90"] / unit) * unit
    return params


def sample_params(seed, batch, p, policy="bgc", debug_percentile=None, size=None) -> AugmentParams:
    """Draw the parameters of each image of a batch. Pure: the same seed draws the same.

    Args:
        seed: int32 [2] (see `ada_tf.ops.random`).
        batch: number of images N.
        p: augmentation probability, a float or a scalar tensor; may pass 1, which for multipliers
            of 1 is like 1.
        policy: a policy name, an `AugmentPolicy` or a mapping of its settings.
        debug_percentile: None, or a number in (0, 1) that puts every transform of the policy at
            this percentile of its range on all images, for any `p`; to look at transforms.
        size: (height, width) of the images. Images that are no squares get half turns instead of
            quarter turns; None takes them for squares.

    Returns:
        `AugmentParams`, tensors of fixed shape by name.

    Raises:
        UserError: if the policy is not known or the percentile is out of range.
    """
    seed = tf.cast(seed, tf.int32) if tf.is_tensor(seed) else np.asarray(seed, np.int32)
    policy = get_policy(policy)
    transforms = transforms_of(policy)
    if debug_percentile is None:
        draws = draw(seed, batch, transforms)
    else:
        draws = _percentile_draws(debug_percentile, batch, transforms)
    # A seed, not the noise: drawn where the size of the images is known.
    noise_seed = random.fold_in(seed, "noise image")
    return _keep_sides(params_from_draws(draws, p, policy, noise_seed), size or ())
