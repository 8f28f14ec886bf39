import numpy as np
import pytest
from sklearn import datasets

from ada_tf.data import DataConfig, open_dataset


def test_digits_are_there_without_any_download():
    dataset = open_dataset(DataConfig(cond=True))
    assert dataset.name == "digits"
    assert (dataset.num_images, str(dataset.shape)) == (1797, "16x16x1")
    assert dataset.num_classes == 10
    labels = datasets.load_digits(return_X_y=True)[1]
    np.testing.assert_array_equal(dataset.labels, labels)
    np.testing.assert_allclose(dataset.class_frequencies, np.bincount(labels) / 1797, rtol=1e-6)
    assert dataset.class_frequencies.dtype == np.float32


def test_digits_fill_the_range_and_keep_their_shape():
    dataset = open_dataset(DataConfig())
    images = dataset.images(np.arange(50))[..., 0].astype(float)
    assert images.min() == 0
    assert images.max() == 255
    ink = datasets.load_digits().images[:50] * 255 / 16
    small = images.reshape(50, 8, 2, 8, 2).mean((2, 4))  # [n, 8, 8]
    for picture, original in zip(small, ink, strict=True):
        assert np.corrcoef(picture.ravel(), original.ravel())[0, 1] > 0.95


@pytest.mark.parametrize("resolution", [8, 32])
def test_digits_come_at_other_sizes_and_in_colour(resolution):
    dataset = open_dataset(DataConfig(resolution=resolution, channels=3))
    images = dataset.images([0, 7])
    assert images.shape == (2, resolution, resolution, 3)
    np.testing.assert_array_equal(images[..., 0], images[..., 2])


def test_without_cond_there_are_no_labels():
    dataset = open_dataset(DataConfig())
    assert dataset.labels is None
    assert dataset.num_classes == 0
    assert dataset.class_frequencies.shape == (0,)
    batch = next(iter(dataset.batches(4)))
    np.testing.assert_array_equal(batch["labels"], np.zeros(4))
    np.testing.assert_array_equal(dataset.label_of([3, 4]), [0, 0])
