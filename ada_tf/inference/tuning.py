"""Pivotal tuning: a generator is bent until it makes a picture where it was found (arXiv 2106.05744)."""

import functools

import numpy as np
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.inference import projection
from ada_tf.inference.picture_distance import pixel_pyramid
from ada_tf.models.latent_generator import check_generator
from ada_tf.ops import choice, graph
from ada_tf.progress import progress

STEPS, _LEARNING_RATE = 350, 3e-4


def tune(generator, ws, targets, embed=pixel_pyramid, *, steps=STEPS, learning_rate=_LEARNING_RATE):
    """A copy of a generator that makes given pictures of given latents.

    Args:
        generator: a LatentGenerator; stays as it is.
        ws: float [N, num_ws, w_dim], such as `project` finds; the pivots.
        targets: float [N, H, W, C] in [-1, 1], the pictures.
        embed: see `project`.
        steps: of Adam.
        learning_rate: of Adam.

    Returns:
        The copy; only its synthesis differs.

    Raises:
        UserError: weights are not finite in the end.
    """
    return Tuner(generator, embed, steps=steps, learning_rate=learning_rate)(ws, targets)


class Tuner:
    """`tune` for one picture after the other, compiled once.

    Args:
        generator: see `tune`.
        embed: see `tune`.
        steps: see `tune`.
        learning_rate: see `tune`.
    """

    def __init__(
        self, generator, embed=pixel_pyramid, *, steps=STEPS, learning_rate=_LEARNING_RATE
    ):
        check_generator(generator)
        if steps < 1:
            raise UserError(f"steps={steps} must be at least 1.")
        if not 0 <= learning_rate < np.inf:
            raise UserError(f"learning_rate={learning_rate} must be 0 or more.")
        self._original = generator.in_float32()
        self._tuned = type(self._original).from_config(self._original.get_config())
        self._embed, self._steps, self._rate = embed, steps, learning_rate
        self._step = graph(self._one_step, choice.on_gpu())

    def __call__(self, ws, targets, doing="tuning"):
        """As `tune`; the copy is the same one in every call. `doing` is what the progress is called."""
        pairs = zip(self._tuned.variables, self._original.variables, strict=True)
        for ours, theirs in pairs:
            ours.assign(theirs)
        ws, targets = tf.constant(ws, tf.float32), tf.constant(targets, tf.float32)
        wanted, moments = self._embed(targets), projection.adam_start(self._weights)
        with progress(self._steps, doing, "step") as bar:
            for number in range(self._steps):
                done = tf.constant(number + 1, tf.float32)
                moments = self._step(ws, targets, wanted, moments, done)
                bar.update(1)
        if not all(np.isfinite(weight.numpy()).all() for weight in self._weights):
            raise UserError(
                f"learning_rate={self._rate} ends in weights that are not finite; give a smaller one."
            )
        return self._tuned

    @functools.cached_property
    def _weights(self) -> list:
        """The trainable variables that the synthesis reads; families need not name them."""
        ws = tf.zeros([1, self._tuned.num_ws, self._tuned.w_dim])
        with tf.GradientTape() as tape:
            self._tuned.synthesis(ws, noise_mode="const")
        return list(tape.watched_variables())

    def _one_step(self, ws, targets, wanted, moments, number):
        """One step of Adam on equation 3, without its part of other latents, which is off by default."""
        with tf.GradientTape() as tape:
            images = self._tuned.synthesis(ws, noise_mode="const")
            seen = tf.reduce_sum(tf.square(self._embed(images) - wanted))
            pixels = tf.reduce_mean(tf.square(images - targets), axis=[1, 2, 3])
            loss = seen + tf.reduce_sum(pixels)
        gradients = tape.gradient(loss, self._weights)
        changes, moments = projection.adam_update(gradients, moments, number, self._rate)
        for variable, change in zip(self._weights, changes, strict=True):
            variable.assign_sub(change)
        return moments
