"""LeCam, consistency and pseudo reals."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import AdaptiveAugmentation, pseudo_reals
from ada_tf.augment.methods import LeCam, lecam
from ada_tf.ops import graph

# LeCam regularisation: its numbers, its running means, its layer.

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


# Adaptive pseudo augmentation: what is shown as real.

SEED = tf.constant([3, 4])
MANY = 4000
REALS = (tf.ones([MANY, 2, 2, 1]), tf.ones([MANY, 3]))
FAKES = (-tf.ones([MANY, 2, 2, 1]), tf.zeros([MANY, 3]))


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_so_many_are_generated(p):
    images, _ = pseudo_reals(REALS, FAKES, p, SEED)
    share = np.mean(images.numpy() == -1)
    assert share == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / MANY))


def test_rows_move_as_a_whole():
    """A generated image comes with its own label."""
    images, labels = pseudo_reals(REALS, FAKES, 0.5, SEED)
    generated = images.numpy()[:, 0, 0, 0] == -1
    np.testing.assert_array_equal(
        images, np.where(generated[:, None, None, None], *(FAKES[0], REALS[0]))
    )
    np.testing.assert_array_equal(labels, np.where(generated[:, None], FAKES[1], REALS[1]))


def test_gradients_flow_into_reals_alone():
    reals, fakes = tf.ones([8, 2, 2, 1]), tf.zeros([8, 2, 2, 1])
    with tf.GradientTape() as tape:
        tape.watch([reals, fakes])
        shown = pseudo_reals(reals, fakes, 0.5, SEED)
        total = tf.reduce_sum(shown)
    to_reals, to_fakes = tape.gradient(total, [reals, fakes])
    np.testing.assert_array_equal(to_reals, shown)
    assert to_fakes is None


def test_the_layer_takes_its_own_p_and_other_draws_at_each_call():
    ada = AdaptiveAugmentation("none", p=0.5)
    reals, fakes = tf.ones([64, 2, 2, 1]), tf.zeros([64, 2, 2, 1])
    first, second = (ada.pseudo_reals(reals, fakes).numpy() for _ in range(2))
    assert (first != second).any()
    given = [ada.pseudo_reals(reals, fakes, seed=SEED) for _ in range(2)]
    np.testing.assert_array_equal(*given)
    np.testing.assert_array_equal(given[0], pseudo_reals(reals, fakes, 0.5, SEED))
    ada.p.assign(0.0)
    np.testing.assert_array_equal(ada.pseudo_reals(reals, fakes), reals)


def test_any_number_of_images_is_compiled():
    program = graph(lambda r, f: pseudo_reals(r, f, 0.5, SEED))
    shape = tf.TensorSpec([None, 2, 2, 1], tf.float32)
    found = program.get_concrete_function(shape, shape)(REALS[0], FAKES[0])
    np.testing.assert_array_equal(found, pseudo_reals(REALS[0], FAKES[0], 0.5, SEED))
