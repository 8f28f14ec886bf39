"""LeCam regularisation: its numbers, its running means, its layer."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment.lecam import LeCam, lecam
from ada_tf.ops import graph

REAL, FAKE = tf.constant([[3.0], [1.0]]), tf.constant([[-2.0], [0.0]])


def test_golden_numbers_by_hand():
    """The anchors of the first batch are its own means, a_R = 2 and a_F = -1, whatever the decay."""
    values, real, fake, share = lecam(REAL, FAKE, 0.0, 0.0, 0.0, 0.75)
    np.testing.assert_allclose(values, [[(3 + 1) ** 2 + (2 + 2) ** 2], [(1 + 1) ** 2 + 2**2]])
    assert (float(real), float(fake), float(share)) == (0.5, -0.25, 0.25)
    values, real, fake, share = lecam(REAL + 4, FAKE, real, fake, share, 0.75)
    assert (float(real), float(share)) == (0.75 * 0.5 + 0.25 * 6, 0.4375)
    a_r = 1.875 / 0.4375
    np.testing.assert_allclose(values, [[8.0**2 + (a_r + 2) ** 2], [6.0**2 + a_r**2]], rtol=1e-6)


def test_outputs_beyond_the_other_anchor_are_free():
    values, *_ = lecam(REAL, FAKE, -300.0, 300.0, 1.0, 0.99)
    np.testing.assert_array_equal(values, np.zeros([2, 1]))


def test_no_gradient_through_the_anchors():
    """The slope of mean((D(x) - a_F)^2) alone."""
    with tf.GradientTape() as tape:
        tape.watch([REAL, FAKE])
        values, *_ = lecam(REAL, FAKE, 0.0, 0.0, 0.0, 0.99)
        total = tf.reduce_sum(values)
    real, fake = tape.gradient(total, [REAL, FAKE])
    np.testing.assert_allclose(real, 2 * (REAL + 1), rtol=1e-6)
    np.testing.assert_allclose(fake, -2 * (2 - FAKE), rtol=1e-6)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_the_layer_keeps_its_means(jit_compile):
    layer = LeCam(decay=0.75)
    step = graph(lambda real, fake: layer(real, fake), jit_compile)
    assert float(step(REAL, FAKE)) == pytest.approx((16 + 4) / 2 + (16 + 4) / 2)
    assert float(step(REAL + 4, FAKE)) == pytest.approx(
        (64 + 36) / 2 + ((1.875 / 0.4375 + 2) ** 2 + (1.875 / 0.4375) ** 2) / 2, rel=1e-5
    )
    other = LeCam.from_config(layer.get_config())
    other.set_weights(layer.get_weights())
    assert len(layer.get_weights()) == 3
    assert not layer.trainable_weights
    assert float(other(REAL, FAKE)) == pytest.approx(float(step(REAL, FAKE)))


def test_batches_of_both_kinds_may_differ_in_size():
    found = LeCam()(REAL, tf.concat([FAKE, FAKE, FAKE], axis=0))
    assert float(found) == pytest.approx(20.0)
