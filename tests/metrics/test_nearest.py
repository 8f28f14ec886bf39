import numpy as np
import pytest

from ada_tf.errors import UserError
from ada_tf.metrics.nearest import beside_nearest, closest, look_for_copies, nearest
from tests.metrics.networks import color_network
from tests.metrics.sets import Fakes, dataset, images


def points(seed, n, d=6):
    return np.random.default_rng(seed).standard_normal([n, d])


def test_closest_against_all_distances():
    a, b = points(0, 9), points(1, 20)
    every = np.linalg.norm(a[:, None] - b[None], axis=-1)
    distances, indices = closest(a, b, 4)
    np.testing.assert_array_equal(indices, np.argsort(every, axis=1)[:, :4])
    np.testing.assert_allclose(distances, np.sort(every, axis=1)[:, :4], atol=1e-9)


def test_copies_stand_out():
    training, held_out = points(0, 200), points(1, 100)
    fresh = nearest(points(2, 100), training, held_out)
    assert 0.4 < fresh.closer < 0.6
    copied = nearest(training[:50] + 1e-3, training, held_out)
    np.testing.assert_array_equal(copied.indices[:, 0], np.arange(50))
    assert copied.closer == 1
    assert len(copied.suspicious) == 50
    assert "held-out reals (100)" in copied.describe()
    assert nearest(training[:50] + 100, training, held_out).closer == 0


def test_without_held_out_images_each_is_left_out():
    training = points(0, 200)
    found = nearest(points(2, 100), training)
    assert found.unseen.min() > 0
    assert len(found.unseen) == 200
    assert 0.4 < found.closer < 0.6
    assert "left out in turn" in found.describe()


def test_image_starts_with_the_nearest():
    training = images(0, 10)
    fakes = np.stack([training[3] // 2, training[7]])
    found = nearest(fakes.reshape(2, -1), training.reshape(10, -1), k=2)
    shown, columns = beside_nearest(fakes, lambda i: training[i], found)
    assert columns == 3
    assert shown.shape == (6, 8, 8, 3)
    np.testing.assert_array_equal(shown[0], fakes[1])
    np.testing.assert_array_equal(shown[1], training[7])


@pytest.mark.parametrize("validation", [0, 10])
def test_a_data_set(validation):
    data = dataset(count=40, mirror=True, validation=validation)
    copies = data.images([0, 3, 5])
    found, shown, columns = look_for_copies(Fakes(copies), data, color_network(), 3)
    assert found.held_out == bool(validation)
    np.testing.assert_allclose(found.distances[:, 0], 0, atol=1e-6)
    np.testing.assert_array_equal(shown[0], shown[1])
    assert (len(shown), columns) == (18, 6)


def test_too_few():
    with pytest.raises(UserError, match="5 training images are too few"):
        nearest(points(0, 3), points(1, 5))
