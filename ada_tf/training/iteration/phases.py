"""What one replica computes in each phase of an iteration: gradients and statistics, no state changes.

Main phases train a network against the other; regularisation phases run every few iterations with
their loss multiplied by that interval (lazy regularisation, arXiv 1912.04958, section 3.1).
"""

import enum
from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from ada_tf.models import Discriminator, Generator
from ada_tf.ops import random
from ada_tf.training.iteration import losses
from ada_tf.training.iteration.config import LossConfig


class Networks(NamedTuple):
    """What a phase works with. `augment` maps (images, seed) to images."""

    generator: Generator
    discriminator: Discriminator
    augment: Callable
    loss: LossConfig
    label_frequencies: tf.Tensor | None  # [c_dim], of the training labels
    path_length_mean: tf.Variable


class Output(NamedTuple):
    """Result of a phase.

    Attributes:
        gradients: of the phase's network, zeros where there is no path to the loss.
        stats: name -> [count, sum, sum of squares].
        averages: state name -> its value from this batch alone.
        observed: "real", "fake" -> logits, for the augmentation's controller.
    """

    gradients: list
    stats: dict
    averages: dict
    observed: dict


class Draw(enum.IntEnum):
    """What a seed is for: each draw of an iteration folds its own number in."""

    Z, LABELS, MIX_Z, MIX_CUTOFF, NOISE, AUGMENT_FAKE, AUGMENT_REAL, PATH = range(8)


def moments(x):
    """[count, sum, sum of squares]: enough for mean and deviation, and adds up over batches."""
    x = tf.cast(x, tf.float32)
    return tf.stack(
        [tf.cast(tf.size(x), tf.float32), tf.reduce_sum(x), tf.reduce_sum(tf.square(x))]
    )


def generator_main(n: Networks, images, labels, seed) -> Output:
    """The generator against the discriminator, on as many fakes as there are `images`."""
    count = images.shape[0]
    with tf.GradientTape() as tape:
        fakes, fake_labels, w, _ = _generate(n, count, seed)
        logits = _discriminate(n, fakes, fake_labels, seed, Draw.AUGMENT_FAKE)
        values = losses.generator_logistic_loss(logits)
        loss = tf.reduce_mean(values)
    stats = {"Loss/G/loss": moments(values), **_scores("fake", logits)}
    return Output(
        _gradients(tape, loss, n.generator), stats, {"w_avg": tf.reduce_mean(w, axis=0)}, {}
    )


def generator_path_length(n: Networks, images, labels, seed) -> Output:
    """Path length regularisation of the generator, on a smaller batch."""
    count = max(images.shape[0] // n.loss.pl_batch_shrink, 1)
    with tf.GradientTape() as tape:
        w, ws, _ = _latents(n, count, seed)
        noise = random.normal(random.fold_in(seed, Draw.PATH), [count, *images.shape[1:]])
        lengths = losses.path_lengths(lambda ws: _synthesize(n, ws, seed), ws, noise)
        old = tf.convert_to_tensor(n.path_length_mean)
        penalty, mean = losses.path_length_penalty(lengths, old, n.loss.pl_decay)
        values = penalty * n.loss.pl_weight
        loss = tf.reduce_mean(values) * n.loss.pl_interval
    stats = {"Loss/pl_penalty": moments(penalty), "Loss/G/reg": moments(values)}
    averages = {"w_avg": tf.reduce_mean(w, axis=0), "path_length_mean": mean}
    return Output(_gradients(tape, loss, n.generator), stats, averages, {})


def discriminator_main(n: Networks, images, labels, seed) -> Output:
    """The discriminator on real images and on fakes, both augmented."""
    fakes, fake_labels, w, _ = _generate(n, images.shape[0], seed)
    with tf.GradientTape() as tape:
        fake = _discriminate(n, fakes, fake_labels, seed, Draw.AUGMENT_FAKE)
        real = _discriminate(n, images, labels, seed, Draw.AUGMENT_REAL)
        values = losses.discriminator_logistic_loss(real, fake)
        loss = tf.reduce_mean(values)
    stats = {"Loss/D/loss": moments(values), **_scores("fake", fake), **_scores("real", real)}
    observed = {"real": real, "fake": fake}
    averages = {"w_avg": tf.reduce_mean(w, axis=0)}
    return Output(_gradients(tape, loss, n.discriminator), stats, averages, observed)


def discriminator_r1(n: Networks, images, labels, seed) -> Output:
    """R1 regularisation of the discriminator, through the augmentation."""
    with tf.GradientTape() as tape:
        penalty, logits = losses.r1_penalty(
            lambda x: _discriminate(n, x, labels, seed, Draw.AUGMENT_REAL), images
        )
        values = penalty * (n.loss.r1_gamma / 2)
        loss = tf.reduce_mean(values) * n.loss.r1_interval
    stats = {
        "Loss/r1_penalty": moments(penalty),
        "Loss/D/reg": moments(values),
        **_scores("real", logits),
    }
    return Output(_gradients(tape, loss, n.discriminator), stats, {}, {"real": logits})


def _latents(n: Networks, count, seed):
    """Draw z and labels; returns w [N, w_dim], style-mixed ws [N, num_ws, w_dim], labels."""
    z = random.normal(random.fold_in(seed, Draw.Z), [count, n.generator.z_dim])
    labels = _draw_labels(n, count, random.fold_in(seed, Draw.LABELS))
    w = n.generator.mapping(z, labels)
    ws = n.generator.broadcast(w)
    if n.loss.style_mixing_prob > 0:
        mix_z = random.normal(random.fold_in(seed, Draw.MIX_Z), z.shape)
        mixed = n.generator.broadcast(n.generator.mapping(mix_z, labels))
        ws = _mix_styles(ws, mixed, n.loss.style_mixing_prob, random.fold_in(seed, Draw.MIX_CUTOFF))
    return w, ws, labels


def _mix_styles(ws, mixed, probability, seed):
    """Take the layers above one random cutoff from other latents (arXiv 1812.04948, section 3.1)."""
    num_ws = ws.shape[1]
    cutoff = random.integers(random.fold_in(seed, 0), [], 1, num_ws)
    mixes = random.uniform(random.fold_in(seed, 1), []) < probability
    cutoff = tf.where(mixes, cutoff, num_ws)
    return tf.where(tf.range(num_ws)[tf.newaxis, :, tf.newaxis] < cutoff, ws, mixed)


def _draw_labels(n: Networks, count, seed):
    """One-hot labels of random training images, [N, c_dim], or None."""
    if n.label_frequencies is None:
        return None
    u = random.uniform(seed, [count, 1])
    index = tf.reduce_sum(
        tf.cast(u >= tf.cumsum(n.label_frequencies)[tf.newaxis, :-1], tf.int32), axis=1
    )
    return tf.one_hot(index, n.generator.c_dim)


def _synthesize(n: Networks, ws, seed):
    return n.generator.synthesis(ws, noise_mode="random", seed=random.fold_in(seed, Draw.NOISE))


def _generate(n: Networks, count, seed):
    w, ws, labels = _latents(n, count, seed)
    return _synthesize(n, ws, seed), labels, w, ws


def _discriminate(n: Networks, images, labels, seed, purpose):
    """The discriminator only ever sees augmented images."""
    return n.discriminator(n.augment(images, random.fold_in(seed, purpose)), labels)


def _scores(kind, logits):
    return {f"Loss/scores/{kind}": moments(logits), f"Loss/signs/{kind}": moments(tf.sign(logits))}


def _gradients(tape, loss, network):
    """Gradients of the trainable weights; explicit zeros let Adam's second moment decay."""
    variables = [v.value for v in network.trainable_variables]
    gradients = tape.gradient(loss, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return [tf.cast(g, tf.float32) for g in gradients]
