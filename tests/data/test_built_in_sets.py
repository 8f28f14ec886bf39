"""Tests of built_in_sets."""

import numpy as np
import pytest
from sklearn import datasets

from ada_tf.data import DataConfig, absolute_source, open_dataset
from ada_tf.data.creatures import CHOICES, TRAITS, creature, draw
from tests.sentences import refused


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


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return str(tmp_path_factory.mktemp("cache"))


def opened(cache, source, **more):
    return open_dataset(DataConfig(source, cache_dir=cache, **more), log=lambda line: None)


def test_a_thousand_of_32_pixels_unless_said_otherwise(cache):
    dataset = opened(cache, "creatures")
    assert (dataset.name, dataset.num_images) == ("creatures", 1000)
    assert (str(dataset.shape), dataset.num_classes) == ("32x32x3", 0)


def test_pixels_are_those_that_were_drawn(cache):
    dataset = opened(cache, "creatures:40", resolution=16)
    for number in (0, 7, 39):
        np.testing.assert_array_equal(dataset.images([number])[0], draw(creature(number), 16))


def test_sets_of_growing_size_are_nested_and_others_are_held_out(cache):
    few, more = opened(cache, "creatures:20"), opened(cache, "creatures:40")
    held_out = opened(cache, "creatures:20-39")
    np.testing.assert_array_equal(few.images(range(20)), more.images(range(20)))
    np.testing.assert_array_equal(held_out.images(range(20)), more.images(range(20, 40)))
    assert len({d.fingerprint for d in (few, more, held_out)}) == 3


def test_classes_are_the_bodies(cache):
    dataset = opened(cache, "creatures:40", cond=True)
    assert dataset.class_names == CHOICES["body"]
    bodies = [dataset.class_names[label] for label in dataset.labels]
    assert bodies == [creature(number).body for number in range(40)]


def test_traits_are_labels_of_the_same_pictures(cache):
    plain, dataset = opened(cache, "creatures:40"), opened(cache, "creatures:traits:40", cond=True)
    assert dataset.label_space.attributes == tuple(TRAITS)
    np.testing.assert_array_equal(dataset.images(range(40)), plain.images(range(40)))
    for number in range(40):
        expected = [trait(creature(number)) for trait in TRAITS.values()]
        np.testing.assert_array_equal(dataset.labels[number], np.float32(expected))
    assert dataset.labels.min() < -0.8
    assert dataset.labels.std(axis=0).min() > 0.2
    few = opened(cache, "creatures:traits:10-19", cond=True)
    np.testing.assert_array_equal(few.labels, dataset.labels[10:20])


def test_grey_creatures(cache):
    assert opened(cache, "creatures:20", channels=1).images([0]).shape == (1, 32, 32, 1)


def test_they_are_drawn_once(cache):
    said = []
    for _ in range(2):
        lines = []
        open_dataset(DataConfig("creatures:25", cache_dir=cache), log=lines.append)
        said.append(lines[0])
    assert "prepared 25 of 25 images" in said[0]
    assert "prepared before" in said[1]


@pytest.mark.parametrize(
    "source",
    ["creatures:", "creatures:0", "creatures:9-3", "creatures:many", "creatures:-5",
     "creatures:1-2-3", "creatures:traits:", "creatures:traits:x", "creatures:traits:traits", "creatures:4294967290-4294967296"],
)  # fmt: skip
def test_other_numbers_are_refused(source):
    with refused("data=") as caught:
        open_dataset(DataConfig(source))
    assert f"data={source!r}" in str(caught.value)


def test_a_name_means_the_same_from_everywhere():
    assert absolute_source("creatures:300") == "creatures:300"
    assert absolute_source("./creatures").endswith("/creatures")
