"""Warnings about outputs and images that do not fit the arguments."""

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from ada_tf.augment import AdaCallback, AdaptiveAugmentation
from ada_tf.augment.observer import Observed
from ada_tf.augment.use import CHECKS
from ada_tf.augment.watch import Counts, Given, Lately, UseWatch, _beyond_chance, towards

RANDOM = np.random.default_rng(0)


def warnings_of_outputs(output, steps=34, **observe):
    """What the callback warns of with a discriminator with these outputs, away from any bound."""
    warnings, layer = [], AdaptiveAugmentation({}, p=0.4, name="ada")
    callback = AdaCallback(layer, kimg=1, interval=1, cap=None, log=warnings.append)
    for _ in range(steps):
        layer.observe(tf.constant(output, tf.float32), **observe)
        callback.step()
    return warnings


@pytest.mark.parametrize(
    ("output", "observe"),
    [
        ([0.01, 0.02, 0.001], {}),
        ([0.99, 0.7, 0.9], {}),
        ([0.01, 0.02, 0.001], {"real_is_high": False}),
    ],
)
def test_probabilities_without_a_threshold(output, observe):
    warnings = warnings_of_outputs(output, **observe)
    assert len(warnings) == 1
    assert "threshold=0.5" in warnings[0]


def test_patience_with_outputs():
    """32 steps for outputs that are all on one side, and for those that are mostly below."""
    assert len(warnings_of_outputs([0.9, 0.7], steps=32)) == 1
    assert warnings_of_outputs([0.9, 0.7], steps=31) == []
    for steps, times in ((31, 0), (32, 1)):
        warnings, layer = [], AdaptiveAugmentation({}, p=0.0, name="ada")
        callback = AdaCallback(layer, interval=1, log=warnings.append)
        for _ in range(steps):
            layer.observe(tf.constant([-3.0, -2.0]))
            callback.step()
        assert len(warnings) == times


@pytest.mark.parametrize(
    ("output", "observe"),
    [
        ([0.99, 0.7, 0.9], {"threshold": 0.5}),
        ([0.99, 0.7, 0.9], {"threshold": tf.constant(0.5)}),
        ([7.0, 3.0, -0.1], {}),
        ([0.3, -0.1, 0.5], {}),
    ],
)
def test_fitting_outputs(output, observe):
    assert warnings_of_outputs(output, **observe) == []


def warnings_of_images(images, value_range, jit_compile=False, calls=4, **options):
    """What the callback warns of after some compiled calls of the layer."""
    warnings = []
    layer = AdaptiveAugmentation(value_range=value_range, name="ada")
    callback = AdaCallback(layer, kimg=1, interval=1, log=warnings.append, **options)

    @tf.function(jit_compile=jit_compile)
    def step(x):
        layer(x)
        layer.observe(tf.constant([1.0, -1.0]))

    for _ in range(calls):
        step(tf.constant(images, tf.float32))
        callback.step()
    return warnings


def pictures(low, high):
    return RANDOM.uniform(low, high, [4, 8, 8, 3])


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize(
    ("is_range", "said_range", "words"),
    [
        ((0, 255), (-1, 1), "far outside"),
        ((0, 255), (0, 1), "far outside"),
        ((-1, 1), (0, 1), "far outside"),
        ((-1, 1), (0, 255), "far outside|lower half"),
        ((0, 1), (-1, 1), "upper half"),
        ((0, 1), (0, 255), "lower half"),
    ],
)
def test_images_of_another_range(is_range, said_range, words, jit_compile):
    warnings = warnings_of_images(pictures(*is_range), said_range, jit_compile)
    assert len(warnings) == 1
    assert any(word in warnings[0] for word in words.split("|"))
    assert "value_range" in warnings[0]


@pytest.mark.parametrize("value_range", [(-1, 1), (0, 1), (0, 255)])
def test_images_of_the_range(value_range):
    low, high = value_range
    overshoot = 0.2 * (high - low)
    assert warnings_of_images(pictures(low, high), value_range) == []
    assert warnings_of_images(pictures(low - overshoot, high + overshoot), value_range) == []


def test_far_is_half_of_the_range_beyond_it():
    """And one value in twenty is enough."""

    def far(*values):
        watch = UseWatch()
        watch.note_images(tf.reshape(tf.constant(values), [1, 1, -1, 1]))
        counts = watch.read()
        return counts.calls, counts.far, counts.below, counts.above

    assert far(2.0, -2.0, 1.5, 0.0) == (1, 0, 1, 1)
    assert far(2.1, -2.1, 1.5, 0.0) == (1, 0.5, 1, 1)
    assert far(0.0, 1.0) == (1, 0, 0, 1)
    assert far(0.0, -1.0) == (1, 0, 1, 0)

    def holds(**counts):
        lately = Lately([(Observed(), Counts(**counts), Given())], (0.0, 0.0))
        return CHECKS["value_range"].judge(lately)

    assert holds(calls=20.0, far=1.0, below=9.0, above=9.0)
    assert not holds(calls=20.0, far=0.99, below=9.0, above=9.0)
    assert not holds()


def test_blank_images_say_nothing():
    assert warnings_of_images(np.zeros([2, 8, 8, 3]), (-1, 1)) == []


def test_unbounded_generators_can_be_left_alone():
    assert warnings_of_images(pictures(-9, 9), (-1, 1)) != []
    assert warnings_of_images(pictures(-9, 9), (-1, 1), checks=()) == []


def test_only_the_real_images_are_wrong():
    """One call in three is enough."""
    warnings, layer = [], AdaptiveAugmentation(name="ada")
    callback = AdaCallback(layer, interval=1, log=warnings.append)
    for _ in range(3):
        layer(tf.constant(pictures(0, 255), tf.float32))
        layer(tf.constant(pictures(-1, 1), tf.float32))
        layer(tf.constant(pictures(-1, 1), tf.float32))
        layer.observe(tf.constant([1.0, -1.0]))
        callback.step()
    assert len(warnings) == 1


@pytest.mark.parametrize("jit_compile", [False, True])
def test_gradients_are_counted_in_functions_within_functions(jit_compile):
    layer = AdaptiveAugmentation({"brightness": 1.0}, p=0.5)
    watch = UseWatch.attach(layer)

    @tf.function
    def within(x):
        return tf.reduce_sum(layer(x) ** 3)

    @tf.function(jit_compile=jit_compile)
    def step(x, generator):
        with tf.GradientTape() as tape:
            tape.watch(x)
            score = within(x)
        return tape.gradient(score, x) if generator else score

    x = tf.constant(pictures(-1, 1), tf.float32)
    step(x, False)
    assert (watch.read().calls, watch.read().gradients) == (1.0, 0.0)
    step(x, True)
    assert (watch.read().calls, watch.read().gradients) == (2.0, 1.0)


def test_what_a_discriminator_is_trained_towards():
    """Its output on real images moves from the first batch, beyond what batches differ by."""
    means = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
    assert (towards(0.0, means), towards(1.0, means)) == (1, -1)
    assert towards(0.0, means[:7]) == 0
    noise = np.array([0.4, -0.4] * 4)
    assert towards(0.3, noise) == 0
    # Neighbours differ by 0.8: 1.13 are twice the deviation of what lies between, and 3.36 have moved.
    assert [towards(first, noise) for first in (-3.2, -3.5, 3.2, 3.5)] == [0, 1, 0, -1]


def test_beyond_chance_are_five_standard_errors_of_eight_parts():
    """Those of Student's t, from parts of as many steps that follow each other."""
    random, signs = np.random.default_rng(0), []
    for mean in np.linspace(-3.0, 3.0, 61):
        values = mean + random.normal(size=32)
        t = scipy.stats.ttest_1samp(values.reshape(8, 4).mean(axis=1), 0.0).statistic
        signs.append(_beyond_chance(values))
        assert signs[-1] == np.sign(t) * (abs(t) > 5.0)
    assert set(signs) == {-1, 0, 1}
    assert _beyond_chance(np.ones(7)) == 0


def test_fakes_that_are_more_real_mean_a_generator_ahead_or_a_wrong_sign():
    def order(first, end, **told):
        layer, said = AdaptiveAugmentation({}, name="ada", **told), []
        callback = AdaCallback(layer, interval=1, log=said.append)
        for real in np.linspace(first, end, 32):
            layer.observe(tf.fill([4, 1], real), tf.fill([4, 1], 2.0))
            callback.step()
        return said

    assert order(0.0, 1.0) == []  # trained upwards, as it was said
    (said,) = order(0.0, -1.0)
    assert "generator is ahead" not in said
    assert "give observe(..., real_is_high=False)" in said
    (said,) = order(-0.5, -0.5)  # as in a training that goes on
    assert "if the generator is ahead of the discriminator, nothing is wrong" in said
    assert order(-0.5, -0.5, real_label=1) == []
