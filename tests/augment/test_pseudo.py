"""Adaptive pseudo augmentation: what is shown as real."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import AdaptiveAugmentation, pseudo_reals
from ada_tf.ops import graph

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
