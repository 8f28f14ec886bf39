import numpy as np
import pytest

from ada_tf.metrics.copies.neighbours import Neighbours, find_neighbours
from tests.sentences import refused


def points(seed, n, d=6):
    return np.random.default_rng(seed).standard_normal([n, d])


def test_against_all_distances():
    a, b = points(0, 9), points(1, 20)
    far = a + 1000
    every = np.linalg.norm(a[:, None] - b[None], axis=-1)
    found = find_neighbours(a, far, b)
    np.testing.assert_array_equal(found.indices, np.argsort(every, axis=1)[:, :5])
    ordered = np.sort(every, axis=1)
    np.testing.assert_allclose(found.distance, ordered[:, 0], atol=1e-9)
    np.testing.assert_allclose(found.scale, ordered[:, 4], atol=1e-9)
    np.testing.assert_allclose(found.relative, ordered[:, 0] / ordered[:, 4], atol=1e-9)


def test_the_nearer_orientation_is_taken():
    training, other = points(0, 20), points(1, 2)
    found = find_neighbours(
        np.stack([training[3], other[0]]), np.stack([other[1], training[7]]), training
    )
    np.testing.assert_allclose(found.relative, 0, atol=1e-6)
    np.testing.assert_array_equal(found.indices[:, 0], [3, 7])
    np.testing.assert_array_equal(found.mirrored, [False, True])


def test_left_out_in_both_orientations():
    training = points(0, 30)
    mirrored = training + 1e-9  # nearly symmetric
    found = find_neighbours(training[[4, 9]], mirrored[[4, 9]], training, own=np.array([4, 9]))
    assert found.distance.min() > 0.1
    assert not {4, 9} & set(found.indices[:, 0].tolist()) or found.indices[0, 0] == 9


def test_equal_training_images_are_no_scale():
    training = np.ones([8, 3])
    found = find_neighbours(training[:2], training[:2], training)
    np.testing.assert_array_equal(found.relative, 0)
    np.testing.assert_array_equal(found.apart, np.inf)


def test_apart_is_in_units_of_the_way_to_the_nearest_other_training_image():
    training = points(0, 20)
    near = training + 0.05 * points(1, 20)
    far = training + 1000
    between = np.linalg.norm(training[:, None] - training[None], axis=-1)
    np.fill_diagonal(between, np.inf)
    found = find_neighbours(near, far, training)
    np.testing.assert_allclose(found.apart, found.distance / between.min(axis=1))
    assert found.apart.max() < 1 / 3
    # Left out, it is no neighbour of its nearest one either.
    own = np.arange(20)
    left = find_neighbours(training, far, np.concatenate([training, near[:1]]), own)
    assert left.apart[0] == pytest.approx(found.distance[0] / between[0].min(), rel=0.2)
    np.testing.assert_array_equal(left.apart[1:][left.relative[1:] > 0.5], np.inf)


def test_apart_is_known_wherever_it_is_below_a_third():
    """The others may be as near as they can be: 0.7 from what is 0.3 from its own."""
    training = np.array([[0.0], [1.0], [1.0], [1.0], [1.0], [9.0]]) + np.arange(6)[:, None] / 1e6
    found = find_neighbours(np.array([[0.3], [0.4]]), np.array([[99.0], [99.0]]), training)
    assert found.relative == pytest.approx([3 / 7, 2 / 3], rel=1e-4)
    assert found.apart == pytest.approx([0.3, np.inf], rel=1e-4)


def test_a_training_image_that_is_there_twice_has_neighbours_all_the_same():
    training = points(0, 20)
    near = training[:1] + 0.05 * points(1, 1)
    once = find_neighbours(near, near + 1000, training).apart
    twice = find_neighbours(near, near + 1000, np.concatenate([training, training[:1]])).apart
    assert once == pytest.approx(twice)
    assert once < 1 / 3


def test_fewer_than_five():
    found = find_neighbours(points(1, 2), points(2, 2), points(0, 3))
    assert found.indices.shape == (2, 3)
    with refused("1"):
        find_neighbours(points(1, 2), points(2, 2), points(0, 1))


def test_joined():
    training = points(0, 20)
    whole = find_neighbours(points(1, 6), points(2, 6), training)
    parts = [
        find_neighbours(points(1, 6)[part], points(2, 6)[part], training)
        for part in (slice(4), slice(4, 6))
    ]
    for name, value in vars(Neighbours.joined(parts)).items():
        np.testing.assert_allclose(value, getattr(whole, name))
