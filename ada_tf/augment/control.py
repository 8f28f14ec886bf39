"""Adaptive control of the augmentation probability p (arXiv:2006.06676, Section 3.1).

The discriminator's output on real images tells how much it overfits; p is moved by a constant step
towards more augmentation while a heuristic of that is above its target, and back while below.
Counted in images: p needs at least `kimg` thousand real images to go from 0 to 1.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

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
    return _divide(sign_sum, count)


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
        direction = np.nan_to_num(np.sign(np.float64(statistic) - target))
        step = np.float32(direction * images / (kimg * 1000.0))
        return np.float32(min(max(np.float32(p) + step, 0.0), upper))
    difference = _double(statistic) - target
    direction = tf.where(tf.math.is_nan(difference), tf.zeros_like(difference), tf.sign(difference))
    step = direction * _double(images) / (kimg * 1000.0)
    return tf.clip_by_value(tf.cast(p, tf.float32) + tf.cast(step, tf.float32), 0.0, upper)


def _double(value):
    """float64 tensor; a Python number does not pass through float32, as in tf.cast."""
    return tf.cast(value, tf.float64) if tf.is_tensor(value) else tf.constant(value, tf.float64)


def _divide(total, count):
    """Mean in double precision; NaN for nothing."""
    if tf.is_tensor(total) or tf.is_tensor(count):
        return _double(total) / _double(count)
    return np.float64(total) / np.float64(count) if count else np.float64("nan")


class Observed(NamedTuple):
    """What was seen of the discriminator's output since p last moved; sums over all replicas.

    Attributes:
        signs: sum of sign(D(real) - threshold) over all output elements.
        count: number of those elements.
        real: sum of D(real).
        fake: sum of D(fake).
        fake_count: number of its elements.
        validation: sum of D(validation image).
        validation_count: number of its elements.
        images: number of real images; a repeated pass over the same images is not counted.
        batches: number of real batches.
    """

    signs: float = 0.0
    count: float = 0.0
    real: float = 0.0
    fake: float = 0.0
    fake_count: float = 0.0
    validation: float = 0.0
    validation_count: float = 0.0
    images: float = 0.0
    batches: float = 0.0

    @property
    def rt(self):
        """The heuristic r_t."""
        return rt(self.signs, self.count)

    @property
    def rv(self):
        """The heuristic r_v."""
        return rv(
            _divide(self.real, self.count),
            _divide(self.validation, self.validation_count),
            _divide(self.fake, self.fake_count),
        )


def check_control(target, kimg, interval, cap):
    """Refuse settings that cannot control anything."""
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


def threshold_of(threshold, real_output=None, fake_output=None):
    """The output that means "cannot tell", as a number or a scalar tensor.

    Args:
        threshold: a number, a scalar tensor, or "middle", which is that between the mean outputs.
        real_output: D(real images), for "middle".
        fake_output: D(generated images), for "middle".

    Raises:
        UserError: if it is missing or not finite, or the outputs are not given.
    """
    if threshold is None:
        raise UserError(
            "threshold=None is refused: the output of a critic has no value that separates real "
            "from fake, so give threshold='middle' together with fake_output."
        )
    if isinstance(threshold, str):
        if threshold != "middle":
            raise UserError(
                f"threshold={threshold!r} is refused: a number, a scalar tensor or 'middle' is "
                "expected."
            )
        if real_output is None or fake_output is None:
            raise UserError(
                "threshold='middle' lies between the mean outputs on real and on generated images, "
                "so give fake_output too."
            )
        means = [tf.reduce_mean(flat_output(output, True)) for output in (real_output, fake_output)]
        return (means[0] + means[1]) / 2.0
    if isinstance(threshold, (int, float, np.number)) and not np.isfinite(threshold):
        raise UserError(f"threshold={threshold} is refused: a finite number is expected.")
    return threshold


def check_fake(fake_output):
    """Refuse a number in the place of the output on generated images: it was meant as threshold."""
    if isinstance(fake_output, (int, float, str, np.number)):
        raise UserError(
            f"fake_output={fake_output!r} is refused: the discriminator's output on generated images "
            f"is expected; a threshold is given by its name, threshold={fake_output!r}."
        )


def flat_output(output, real_is_high):
    """Discriminator output of any shape -> float32 vector that is high for real images.

    Raises:
        UserError: if it is no tensor of one number for each image or patch.
    """
    if isinstance(output, (list, tuple, Mapping)):
        raise UserError(
            f"the observed output is a {type(output).__name__} of {len(output)} tensors: give the "
            "one that holds the decision, often the last."
        )
    output = tf.cast(tf.convert_to_tensor(output), tf.float32)
    if output.shape.rank == 0:
        raise UserError("the observed output is a scalar: give it per image, before any mean.")
    if output.shape.rank == 2 and (output.shape[1] or 1) > 1:
        raise UserError(
            f"the observed output has {output.shape[1]} numbers an image: give one that is high for "
            "real images, such as output[:, 1] - output[:, 0] of the logits of two classes; a map of "
            "patches is [N, h, w, 1]."
        )
    flat = tf.reshape(tf.stop_gradient(output), [-1])
    return flat if real_is_high else -flat


def observation(
    real_output=None,
    fake_output=None,
    validation_output=None,
    threshold=0.0,
    real_is_high=True,
    count_images=True,
):
    """Sum up outputs of the discriminator, in the order of `Observed`.

    Args:
        real_output: None, or D(real images), [N, ...].
        fake_output: None, or D(generated images).
        validation_output: None, or D(validation images).
        threshold: the output that means "cannot tell": 0 for logits, 0.5 for probabilities; or
            "middle", see `threshold_of`. A tensor that broadcasts to `real_output` is compared with
            it element by element: D(G(z)) makes the signs E[sign(D(x) - D(G(z)))], which mean
            something for a relativistic loss.
        real_is_high: False if the discriminator gives low values to real images.
        count_images: False if these real images were counted before (a regulariser's extra pass).

    Returns:
        float32 [9], to be added to the sums of other replicas.
    """
    threshold = threshold_of(threshold, real_output, fake_output)
    sums = dict.fromkeys(Observed._fields, tf.zeros([]))
    if real_output is not None:
        real = flat_output(real_output, real_is_high)
        level = tf.stop_gradient(tf.cast(threshold, tf.float32))
        if level.shape.rank:  # one for each element
            level = tf.reshape(tf.broadcast_to(level, tf.shape(real_output)), [-1])
        sums["signs"] = tf.reduce_sum(tf.sign(real - (level if real_is_high else -level)))
        sums["real"], sums["count"] = tf.reduce_sum(real), tf.cast(tf.size(real), tf.float32)
        if count_images:
            # Each replica adds its part of the batch.
            replicas = tf.distribute.get_strategy().num_replicas_in_sync
            sums["images"] = tf.cast(tf.shape(real_output)[0], tf.float32)
            sums["batches"] = tf.constant(1.0 / replicas)
    for name, output in (("fake", fake_output), ("validation", validation_output)):
        if output is not None:
            flat = flat_output(output, real_is_high)
            sums[name] = tf.reduce_sum(flat)
            sums[f"{name}_count"] = tf.cast(tf.size(flat), tf.float32)
    return tf.stack([sums[name] for name in Observed._fields])
