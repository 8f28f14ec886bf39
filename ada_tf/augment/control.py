"""Adaptive control of the augmentation probability p (arXiv:2006.06676, Section 3.1).

The discriminator's output on real images tells how much it overfits. p moves by a constant step:
upwards while a heuristic of that output is above its target, downwards while it is below. Counted in
images: p needs at least `kimg` thousand real images to go from 0 to 1.
"""

import math
import numbers

import numpy as np
import tensorflow as tf

from ada_tf.errors import UserError

# Targets of arXiv:2006.06676 (r_t) and of the comparison with a validation set (r_v).
TARGETS = {"rt": 0.6, "rv": 0.5}
# Up to here the paper finds that augmentations do not leak into the generated images (Section 2.2).
CAP = 0.8


def rt(sign_sum, count):
    """r_t = E[sign(D(real))]: 0 without overfitting, 1 with complete overfitting.

    Args:
        sign_sum: sum of the signs.
        count: how many; NumPy or Python numbers, or tensors.

    Returns:
        The mean in double precision; NaN if nothing was counted.
    """
    return mean(sign_sum, count)


def rv(train_mean, val_mean, gen_mean):
    """r_v: where the validation images stand between the training and the generated images.

    Args:
        train_mean: mean discriminator output on real training images.
        val_mean: on validation images.
        gen_mean: on generated images.

    Returns:
        (train - val) / max(train - gen, 1e-8): 0 without overfitting, 1 with complete overfitting.
    """
    if any(tf.is_tensor(v) for v in (train_mean, val_mean, gen_mean)):
        return (train_mean - val_mean) / tf.maximum(train_mean - gen_mean, 1e-8)
    # Below 1e-8 training and generated images look alike to D, and nothing is overfitted.
    return (train_mean - val_mean) / max(train_mean - gen_mean, 1e-8)


def next_p(p, statistic, target, images, kimg, cap=None):
    """Move p by one step.

    p <- clip(p + sign(statistic - target) * images / (1000 kimg), 0, cap)

    Args:
        p: augmentation probability, computed in float32.
        statistic: `rt(...)` or `rv(...)`, compared in double precision; NaN leaves p where it is.
        target: the value to steer to.
        images: real images shown to the discriminator since the last step.
        kimg: thousands of images that p needs to go from 0 to 1.
        cap: None, or the largest p.

    Returns:
        The new p: np.float32, or a float32 tensor if `p` or `statistic` is one.
    """
    upper = math.inf if cap is None else cap
    if not (tf.is_tensor(p) or tf.is_tensor(statistic)):
        # Double: r_t is a quotient of counts, and one that equals the target must compare equal.
        direction = np.nan_to_num(np.sign(np.float64(statistic) - target))
        step = np.float32(direction * images / (kimg * 1000.0))
        # float32 as in the graph: both ways move p by the same numbers.
        return np.float32(min(max(np.float32(p) + step, 0.0), upper))
    difference = _double(statistic) - target
    direction = tf.where(tf.math.is_nan(difference), tf.zeros_like(difference), tf.sign(difference))
    step = direction * _double(images) / (kimg * 1000.0)
    return tf.clip_by_value(tf.cast(p, tf.float32) + tf.cast(step, tf.float32), 0.0, upper)


def _double(value):
    """float64 tensor; a Python number does not pass through float32, as in tf.cast."""
    return tf.cast(value, tf.float64) if tf.is_tensor(value) else tf.constant(value, tf.float64)


def mean(total, count):
    """Mean in double precision; NaN for nothing."""
    if tf.is_tensor(total) or tf.is_tensor(count):
        return _double(total) / _double(count)
    return np.float64(total) / np.float64(count) if count else np.float64("nan")


# More thousands of images than anybody trains with.
_IMAGES = 100_000


def in_images(kimg: float) -> str | None:
    """Return the sentence for a `kimg` that was meant in images; None for others."""
    if kimg < _IMAGES:
        return None
    return (
        f"kimg={kimg:g} are {kimg / 1000:g} million images that p would need from 0 to 1: kimg counts "
        f"thousands, so for {kimg:g} images give kimg={kimg / 1000:g}."
    )


def check_control(target, kimg, interval, cap):
    """Refuse settings that cannot control anything."""
    for name, value in (("target", target), ("kimg", kimg), ("interval", interval), ("cap", cap)):
        if value is not None and not isinstance(value, numbers.Real):
            raise UserError(f"{name}={value!r} is refused: a number is expected.")
    if not 0.0 <= target <= 1.0:
        raise UserError(f"target={target} is refused: a number from 0 to 1 is expected.")
    if not kimg > 0:
        raise UserError(f"kimg={kimg} is refused: a number above 0 is expected.")
    if not interval >= 1:
        raise UserError(f"interval={interval} is refused: at least 1 batch is expected.")
    if cap is not None and not 0.0 < cap <= 1.0:
        raise UserError(
            f"cap={cap} is refused: a number above 0 and up to 1, or None, is expected."
        )
