import numpy as np
import pytest

from ada_tf.data.config import DataConfig
from ada_tf.errors import UserError
from ada_tf.metrics.reals import DatasetImages, real_images, reference
from tests.metrics.sets import dataset, images


def pixels(source, count):
    return np.concatenate(list(source.batches(count)))


def test_reals_with_and_without_mirrored_copies():
    data = dataset(count=10, mirror=True)
    np.testing.assert_array_equal(pixels(DatasetImages(data), 10), images(0, 10))
    both = pixels(DatasetImages(data, flipped=True, batch=7), 20)
    np.testing.assert_array_equal(both[10:], images(0, 10)[:, :, ::-1])
    with pytest.raises(UserError, match="has 10 images, where 11"):
        pixels(DatasetImages(data), 11)


def test_identity_is_that_of_the_pixels():
    a = DatasetImages(dataset(seed=0)).identity()
    assert a == DatasetImages(dataset(seed=0)).identity()
    assert a != DatasetImages(dataset(seed=1)).identity()
    assert a != DatasetImages(dataset(seed=0, subset=39)).identity()
    mirrored = dataset(seed=0, mirror=True)
    assert DatasetImages(mirrored).identity() != DatasetImages(mirrored, flipped=True).identity()


def test_reference_is_the_whole_source():
    data = DataConfig("digits", subset=5, validation=3, mirror=True)
    assert reference(data) == DataConfig("digits", mirror=True)
    assert "lanczos to 8x8" in real_images(dataset(), DataConfig("photos"))(False).describe(3)
