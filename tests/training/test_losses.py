"""Losses and penalties in numbers that can be done by hand."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.training.iteration import config, losses
from ada_tf.training.iteration.losses import ADVERSARIAL

REAL, FAKE = tf.constant([[1.0], [-2.0]]), tf.constant([[3.0], [-2.0]])
LOG2 = np.log(2.0)


def value(side):
    function, needs = side
    return function(*({"fake_logits": FAKE, "real_logits": REAL}[name] for name in needs)).numpy()


@pytest.mark.parametrize(
    ("game", "generator", "discriminator"),
    [
        ("hinge", [-3, 2], [0 + 4, 3 + 0]),
        ("relativistic", [np.log1p(np.exp(-2)), LOG2], [2 + np.log1p(np.exp(-2)), LOG2]),
        ("wasserstein", [-3, 2], [2, 0]),
        (
            "logistic",
            [np.log1p(np.exp(-3)), 2 + np.log1p(np.exp(-2))],
            [np.log1p(np.exp(-1)) + 3 + np.log1p(np.exp(-3)), 2 + 2 * np.log1p(np.exp(-2))],
        ),
    ],
)
def test_games_by_hand(game, generator, discriminator):
    np.testing.assert_allclose(value(ADVERSARIAL[game].generator)[:, 0], generator, rtol=1e-6)
    np.testing.assert_allclose(
        value(ADVERSARIAL[game].discriminator)[:, 0], discriminator, rtol=1e-6
    )


@pytest.mark.parametrize("game", ADVERSARIAL)
def test_only_levels_that_mean_something_are_compared_with_a_level(game):
    """Where only differences count, the same added to all logits changes neither loss nor sign."""
    row = ADVERSARIAL[game]
    signs, shifted = (
        tf.sign(REAL + c - row.threshold(REAL + c, FAKE + c)).numpy() for c in (0.0, 100.0)
    )
    assert (signs == shifted).all() != row.levels
    function, needs = row.discriminator
    logits = {"fake_logits": FAKE, "real_logits": REAL}
    found = [function(*(logits[n] + c for n in needs)).numpy() for c in (0.0, 100.0)]
    assert np.allclose(*found) != row.levels
    assert (row.threshold(REAL, None) is None) != row.levels


def test_gradient_penalty_by_hand():
    """Norms 5, 1 and 0: squared distances from 1."""
    gradients = tf.constant([[3.0, 4.0], [0.6, 0.8], [0.0, 0.0]])[:, None, :, None]
    np.testing.assert_allclose(losses.gradient_penalty(gradients), [16, 0, 1], atol=1e-5)
    with tf.GradientTape() as tape:
        tape.watch(gradients)
        total = tf.reduce_sum(losses.gradient_penalty(gradients))
    assert np.isfinite(tape.gradient(total, gradients)).all()


def test_points_between_by_hand():
    found = losses.between(tf.ones([3, 1, 1, 1]), -tf.ones([3, 1, 1, 1]), tf.constant([0, 0.25, 1]))
    np.testing.assert_array_equal(found[:, 0, 0, 0], [-1, -0.5, 1])


def test_help_names_the_games_of_the_package_before_they_are_loaded():
    assert list(ADVERSARIAL) == list(config._GAMES)
