"""Labels as vectors, and the mean w of each."""

import gc
import weakref

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.models import Generator
from ada_tf.models import label_vectors as label_means
from ada_tf.models.label_vectors import by_label, label_vectors
from ada_tf.models.label_vectors import label_means as means_of
from tests.sentences import refused


@pytest.mark.parametrize("kind", [np.int32, np.int64])
def test_class_numbers_are_one_hot(kind):
    found = label_vectors(np.array([2, 0], kind), 3)
    assert found.dtype == tf.float32
    np.testing.assert_array_equal(found, [[0, 0, 1], [1, 0, 0]])


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_vectors_stay_as_they_are(kind):
    given = np.array([[0.25, -3], [1, 0]], kind)
    found = label_vectors(given, 2)
    assert found.dtype == tf.float32
    np.testing.assert_array_equal(found, given)


def test_unconditional_networks_are_given_nothing():
    assert label_vectors(np.array([0, 0]), 0) is None


def test_vectors_of_another_width_are_none():
    with pytest.raises(ValueError, match="must be equal"):
        tf.function(label_vectors)(tf.zeros([2, 4]), 3)


# The mean w of a class, of a mapping whose means can be written down and of a network.


class Shifted:
    """w = z + table[class]: the mean of a class is its row."""

    z_dim, c_dim, w_dim, w_avg = 4, 5, 4, np.zeros(4)

    def __init__(self):
        self.table = tf.Variable(np.arange(20, dtype=np.float32).reshape(5, 4))
        self.variables, self.rows = [self.table], []

    def mapping(self, z, labels):
        self.rows.append(len(z))
        return z + labels @ self.table


TOLERANCE = 5 / np.sqrt(label_means.LATENTS)  # 5 standard errors


def test_of_each_class_in_any_order():
    generator = Shifted()
    means = means_of(generator, [3, 0, 3])
    assert means.dtype == np.float32
    np.testing.assert_allclose(means, generator.table.numpy()[[3, 0, 3]], atol=TOLERANCE)
    np.testing.assert_array_equal(means_of(Shifted(), range(5))[[3, 0, 3]], means)
    np.testing.assert_array_equal(means_of(generator, np.array([0, 3])), means[1:])


def test_of_a_network():
    generator = Generator(8, 3, 8, mapping={"num_layers": 2}, synthesis={"shape": (8, 8, 3)})
    z = tf.random.stateless_normal([8000, 8], [1, 2])
    for number, mean in enumerate(means_of(generator, range(3))):
        w = generator.mapping(z, tf.one_hot([number] * 8000, 3)).numpy()
        assert np.abs(mean - w.mean(0)).max() < TOLERANCE * np.sqrt(1 + 1 / 4) * w.std(0).max()


def test_classes_are_computed_when_they_are_asked_for_and_once():
    generator = Shifted()
    for classes, computed in (([1], 1), ([1], 1), ([1, 2, 2], 2), (range(5), 5), ([0, 4], 5)):
        means_of(generator, classes)
        assert generator.rows == [label_means.LATENTS] * computed


def test_of_vectors():
    generator, table = Shifted(), Shifted().table.numpy()
    vectors = np.array([[0, 0.5, 0.5, 0, 0], [0, 0, 0, 1, 0], [0, 0.5, 0.5, 0, 0]], np.float32)
    means = means_of(generator, vectors)
    assert len(generator.rows) == 2  # each of them once
    np.testing.assert_allclose(means, vectors @ table, atol=TOLERANCE)
    np.testing.assert_array_equal(means[0], means[2])
    np.testing.assert_array_equal(means[1], means_of(generator, [3])[0])


def test_a_graph_finds_the_same_means():
    generator = Generator(8, 3, 8, mapping={"num_layers": 2}, synthesis={"shape": (8, 8, 3)})
    vectors = np.random.RandomState(0).normal(size=[4, 3]).astype(np.float32)
    found = tf.function(lambda v: label_means.means_in_graph(generator, v))(vectors)
    np.testing.assert_allclose(found, means_of(generator, vectors), rtol=1e-5, atol=1e-5)


def test_no_more_means_are_kept_than_memory_should_hold(monkeypatch):
    monkeypatch.setattr(label_means, "_MOST", 2)
    generator = Shifted()
    vectors = np.eye(5, dtype=np.float32)
    np.testing.assert_allclose(
        means_of(generator, vectors), generator.table.numpy(), atol=TOLERANCE
    )
    assert len(label_means._KNOWN[generator][1]) == 2


def test_other_weights_have_other_means():
    generator = Shifted()
    before = means_of(generator, [1])
    generator.table.assign_add(tf.ones([5, 4]))
    np.testing.assert_allclose(means_of(generator, [1]), before + 1, rtol=1e-6)


def test_of_many_classes_a_part_of_the_latents_at_a_time(monkeypatch):
    whole = means_of(Shifted(), range(5))
    monkeypatch.setattr(label_means, "_LABELS", 5 * 300)
    generator = Shifted()
    np.testing.assert_allclose(means_of(generator, range(5)), whole, rtol=1e-6)
    assert generator.rows == ([300] * 6 + [200]) * 5


def test_what_is_known_of_a_generator_goes_with_it():
    generator = Shifted()
    means_of(generator, [0])
    known, gone = len(label_means._KNOWN), weakref.ref(generator)
    del generator
    gc.collect()
    assert gone() is None
    assert len(label_means._KNOWN) < known


def test_only_conditional_generators_have_them():
    generator = Shifted()
    assert by_label(generator, "class")
    assert not by_label(generator, "global")
    for name, value in (("c_dim", 0), ("w_avg", None)):
        other = Shifted()
        setattr(other, name, value)
        assert not by_label(other, "class")
    with refused("truncation='mean'"):
        by_label(generator, "mean")
