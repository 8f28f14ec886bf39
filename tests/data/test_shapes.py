"""Data sets whose pictures are no squares: prepared, kept, streamed and opened again."""

import json

import numpy as np
import pytest
from PIL import Image

from ada_tf.data import DataConfig, open_dataset
from ada_tf.shape import Shape
from tests.data import samples
from tests.sentences import refused


def opened(source, tmp_path, resolution, **options):
    config = DataConfig(
        str(source), resolution=resolution, cache_dir=str(tmp_path / "cache"), **options
    )
    return open_dataset(config, samples.quiet)


@pytest.fixture
def folder(tmp_path):
    """Ten pictures, each left half black and right half white, wider and higher than wanted."""
    path = tmp_path / "photos"
    path.mkdir()
    for number, size in enumerate([(64, 24), (40, 40), (80, 48), (30, 90), (40, 24)] * 2):
        image = Image.new("RGB", size)
        image.paste((255, 255, number), (size[0] // 2, 0, *size))
        image.save(path / f"{number}.png")
    return path


def test_pictures_keep_their_proportions(folder, tmp_path):
    """The ratio is cropped, not stretched: the edge stays in the middle."""
    dataset = opened(folder, tmp_path, "40x24")
    assert dataset.shape == Shape(24, 40, 3)
    images = dataset.images(np.arange(10))
    assert images.shape == (10, 24, 40, 3)
    assert images[:, :, :18, 0].max() < 30
    assert images[:, :, 22:, 0].min() > 225


@pytest.mark.parametrize("memory_limit", [None, 0])
def test_prepared_once_and_read_from_memory_or_disk(folder, tmp_path, memory_limit):
    first = opened(folder, tmp_path, "40x24")
    config = DataConfig(str(folder), resolution="40x24", cache_dir=str(tmp_path / "cache"))
    again = open_dataset(config, samples.quiet, memory_limit=memory_limit)
    (prepared,) = (tmp_path / "cache").glob("photos-40x24x3-*/")
    assert again.fingerprint == first.fingerprint
    np.testing.assert_array_equal(again.images(np.arange(10)), first.images(np.arange(10)))
    batch = next(iter(again.batches(4)))["images"]
    assert batch.shape == (4, 24, 40, 3)
    manifest = json.loads((prepared / "prepared.json").read_text())
    assert (manifest["shape"]["height"], manifest["shape"]["width"]) == (24, 40)
    by_folder = open_dataset(DataConfig(str(prepared)), samples.quiet)
    assert by_folder.shape == first.shape
    assert by_folder.fingerprint == first.fingerprint


def test_a_prepared_set_is_prepared_in_another_shape(folder, tmp_path):
    opened(folder, tmp_path, "40x24")
    (prepared,) = (tmp_path / "cache").glob("photos-40x24x3-*/")
    assert opened(prepared, tmp_path, "12x20").images([0]).shape == (1, 20, 12, 3)


def test_height_and_width_are_not_the_same_thing(folder, tmp_path):
    wide, high = (opened(folder, tmp_path, size) for size in ("40x24", "24x40"))
    assert wide.shape == Shape(24, 40, 3)
    assert high.shape == Shape(40, 24, 3)
    assert wide.fingerprint != high.fingerprint


def test_mirrored_pictures_are_flipped_left_to_right(folder, tmp_path):
    dataset = opened(folder, tmp_path, "40x24", mirror=True)
    assert dataset.num_images == 20
    images = dataset.images(np.arange(20))
    assert np.median(images[dataset.flips][:, :, :18, 0]) == 255
    assert np.median(images[~dataset.flips][:, :, :18, 0]) == 0


def test_digits_stand_in_the_middle_of_wide_pictures():
    wide = open_dataset(DataConfig("digits", resolution="40x24"), samples.quiet)
    square = open_dataset(DataConfig("digits", resolution=24), samples.quiet)
    images = wide.images([0, 7])
    assert images.shape == (2, 24, 40, 1)
    np.testing.assert_array_equal(images[:, :, 8:32], square.images([0, 7]))
    assert images[:, :, :8].max() == images[:, :, 32:].max() == 0


def test_creatures_are_drawn_in_the_shape(tmp_path):
    dataset = opened("creatures:3", tmp_path, "48x64")
    images = dataset.images([0, 1, 2])
    assert images.shape == (3, 64, 48, 3)
    assert (images.std(axis=(1, 2, 3)) > 10).all()


@pytest.mark.parametrize(
    ("given", "kept"),
    [(64, 64), ("64", 64), ("64x64", 64), ("64x32", "64x32"), (None, None), ("48", 48)],
)
def test_one_value_for_what_is_the_same(given, kept):
    assert DataConfig("digits", resolution=given).resolution == kept


@pytest.mark.parametrize(
    "given", [17, "17x16", "1024x8", "64x", "x64", "-8", 0, 64.0, True, (64, 32)]
)
def test_other_sizes_are_refused_in_a_sentence(given):
    with refused("resolution="):
        DataConfig("digits", resolution=given)
