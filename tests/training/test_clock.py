"""Seeds follow from a purpose and a place; no two places have the same."""

import random

import numpy as np
import tensorflow as tf

from ada_tf.models.build import seeded
from ada_tf.ops.random import fold_in, make_seed
from ada_tf.training.iteration.clock import STREAM, Clock, seed_of
from tests.training import tiny


def test_a_moment_is_of_its_stream():
    clock = Clock()
    assert clock.moment == 0
    clock.go_to(5, 2)
    assert (clock.images, clock.stream, clock.moment) == (5, 2, 5 + 2 * STREAM)


def test_a_seed_is_of_run_purpose_and_values():
    seeds = {
        tuple(seed_of(seed, purpose, *values))
        for seed in (0, 1)
        for purpose in ("Gmain", "Dmain")
        for values in ((), (0,), (1,), (0, 0), (STREAM,))
    }
    assert len(seeds) == 2 * 2 * 5
    expected = fold_in(fold_in(make_seed(3), "Gmain"), 8)
    np.testing.assert_array_equal(seed_of(3, "Gmain", tf.constant(8, tf.int64)), expected)


def test_initial_weights_follow_from_the_seed_alone():
    random.seed(1)
    first = tiny.state(tiny.model(seed=4))
    state = random.getstate()
    second = tiny.state(tiny.model(seed=4))
    assert random.getstate() == state
    other = tiny.state(tiny.model(seed=5))
    name = "generator/mapping.fc.0.kernel"
    np.testing.assert_array_equal(first[name], second[name])
    assert (first[name] != other[name]).any()
    with seeded(4):
        inside = random.random()
    assert random.getstate() == state
    assert inside == random.Random(4).random()
