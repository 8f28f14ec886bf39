"""Discriminators that are observed in right and in wrong ways, and what the callback says of it."""

import numpy as np
import tensorflow as tf

from ada_tf.augment import AdaCallback, AdaptiveAugmentation
from ada_tf.augment.use import CHECKS

BATCH = 16
MOVES = 34


def outputs(mean, deviation=0.3, patches=()):
    """A function that gives one batch of outputs after the other: [16, 1], or maps of patches."""
    random = np.random.default_rng(0)
    shape = (BATCH, *patches, 1)
    return lambda: random.normal(mean, deviation, shape).astype(np.float32)


def probabilities(logit):
    logits = outputs(logit, 1.0)
    return lambda: 1.0 / (1.0 + np.exp(-logits()))


def images(*shape):
    """Within -1 and 1, with both ends."""
    x = np.random.default_rng(0).uniform(-1, 1, shape).astype(np.float32)
    if x.size:
        x.flat[:2] = -1.0, 1.0
    return x


def said_of(
    real,
    fake=None,
    augmented=3,
    gradients=True,
    twice=False,
    clean=0,
    moves=MOVES,
    p=0.4,
    kimg=1,
    interval=1,
    layer=None,
    checks=tuple(CHECKS),
    **observe,
):
    """Train for some steps of p.

    Args:
        real: gives D(real) of one batch after the other.
        fake: the same of D(fake); None observes reals alone.
        augmented: batches that go through the layer for each that is observed.
        gradients: whether the generator is trained through the layer.
        twice: whether each batch is observed again.
        clean: batches that do so with training=False.
        moves: steps of p.
        p: at the beginning.
        kimg: of the callback.
        interval: of the callback, batches for a step.
        layer: arguments of the layer.
        checks: of the callback.
        **observe: of `observe`.

    Returns:
        What was said, and p at the end.
    """
    sentences = []
    # Images pass unchanged, which is quick, though there is a transform.
    ada = AdaptiveAugmentation(
        **{"policy": {"brightness": 1e-9}, "p": p, "name": "ada", **(layer or {})}
    )
    callback = AdaCallback(ada, kimg=kimg, interval=interval, log=sentences.append, checks=checks)
    passes = tf.constant(images(augmented * BATCH, 4, 4, 3))
    clean_passes = tf.constant(images(clean * BATCH, 4, 4, 3))
    for _ in range(moves * interval):
        if augmented:
            with tf.GradientTape() as tape:
                tape.watch(passes)
                shown = ada(passes)
            if gradients:
                tape.gradient(shown, passes)
        if clean:
            ada(clean_passes, training=False)
        arguments = observe if fake is None else {"fake_output": fake(), **observe}
        for _ in range(1 + twice):
            ada.observe(real(), **arguments)
        callback.step()
    return sentences, float(tf.convert_to_tensor(ada.p))
