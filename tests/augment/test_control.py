"""The rule that moves p."""

import math

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import next_p, rt, rv
from ada_tf.augment.observer import Observed, observation
from tests.sentences import refused


def test_heuristics():
    assert rt(30.0, 50.0) == 0.6
    assert math.isnan(rt(0.0, 0.0))
    assert rv(2.0, 1.0, -2.0) == 0.25
    assert rv(1.0, 0.0, 1.0) == 1e8  # never a division by zero
    np.testing.assert_allclose(rv(tf.constant(2.0), tf.constant(1.0), tf.constant(-2.0)), 0.25)


@pytest.mark.parametrize("kind", [float, lambda v: tf.constant(v, tf.float32)])
def test_steps(kind):
    def step(p, statistic, cap=None):
        return float(next_p(kind(p), statistic, 0.6, 256, 500, cap))

    assert step(0.5, 0.7) == pytest.approx(0.5 + 256 / 500e3)
    assert step(0.5, 0.5) == pytest.approx(0.5 - 256 / 500e3)
    assert step(0.5, 0.6) == 0.5
    assert step(0.0, -1.0) == 0.0
    assert step(1.0, 0.7) > 1.0
    assert step(0.8, 0.7, cap=0.8) == pytest.approx(0.8)
    assert step(0.5, math.nan) == 0.5


def test_tie_is_compared_in_double_precision():
    # float32(0.6) > 0.6: 3 / 5 computed in float32 would move p.
    p = next_p(tf.constant(0.5), rt(tf.constant(3.0), tf.constant(5.0)), 0.6, 64, 1)
    assert float(p) == 0.5


def observed(**arguments):
    return Observed(*observation(**arguments).numpy().tolist())


def test_nothing_is_observed_at_first():
    assert Observed() == (0.0,) * 9


def test_observation_conventions():
    logits = tf.constant([[1.0], [2.0], [-3.0], [0.0]])
    assert observed(real_output=logits)[:3] == (1.0, 4.0, 0.0)
    assert observed(real_output=-logits, real_is_high=False)[:3] == (1.0, 4.0, 0.0)
    sigmoid = tf.constant([[0.9], [0.6], [0.1], [0.5]])
    assert observed(real_output=sigmoid, threshold=0.5).signs == 1.0
    assert observed(real_output=1 - sigmoid, threshold=0.5, real_is_high=False).signs == 1.0
    critic = observed(real_output=logits + 100.0, threshold=tf.constant(101.5))
    assert critic.signs == -2.0


def test_patches_are_counted_apart_from_images():
    patches = tf.ones([3, 4, 4, 1], tf.float16)
    seen = observed(real_output=patches)
    assert (seen.signs, seen.count, seen.images, seen.batches) == (48.0, 48.0, 3.0, 1.0)
    seen = observed(real_output=patches, count_images=False)
    assert (seen.signs, seen.count, seen.images, seen.batches) == (48.0, 48.0, 0.0, 0.0)


def test_rv_of_observations():
    parts = [
        observation(real_output=tf.constant([3.0, 1.0])),
        observation(validation_output=tf.constant([1.0])),
        observation(fake_output=tf.constant([-2.0, -2.0, -2.0])),
    ]
    assert Observed(*sum(parts).numpy().tolist()).rv == 0.25
    parts = [
        observation(real_output=tf.constant([-3.0, -1.0]), real_is_high=False),
        observation(validation_output=tf.constant([-1.0]), real_is_high=False),
        observation(fake_output=tf.constant([2.0, 2.0, 2.0]), real_is_high=False),
    ]
    assert Observed(*sum(parts).numpy().tolist()).rv == 0.25


@pytest.mark.parametrize(
    "arguments",
    [
        {"threshold": None},
        {"threshold": math.nan},
        {"real_output": tf.constant(1.0)},
        {"real_output": [tf.ones([2]), tf.ones([2, 1])]},
    ],
)
def test_refusals(arguments):
    with refused():
        observation(**{"real_output": tf.ones([2, 1]), **arguments})
