import numpy as np
import pytest

from ada_tf.data.config import DataConfig
from ada_tf.metrics.images.reals import (
    how_resized,
    images_of_dataset,
    reference_config,
    reference_sets,
    trained_part,
)
from tests.metrics.sets import dataset, images
from tests.sentences import refused


def pixels(source, count):
    return np.concatenate(list(source.batches(count)))


def test_reals_with_and_without_mirrored_copies():
    data = dataset(count=10, mirror=True)
    np.testing.assert_array_equal(pixels(images_of_dataset(data), 10), images(0, 10))
    both = pixels(images_of_dataset(data, flipped=True, batch=7), 20)
    np.testing.assert_array_equal(both[10:], images(0, 10)[:, :, ::-1])
    with refused("10", "11"):
        pixels(images_of_dataset(data), 11)


def test_identity_is_that_of_the_pixels():
    a = images_of_dataset(dataset(seed=0)).identity()
    assert a == images_of_dataset(dataset(seed=0)).identity()
    assert a != images_of_dataset(dataset(seed=1)).identity()
    assert a != images_of_dataset(dataset(seed=0, subset=39)).identity()
    mirrored = dataset(seed=0, mirror=True)
    assert (
        images_of_dataset(mirrored).identity()
        != images_of_dataset(mirrored, flipped=True).identity()
    )


def test_reference_is_the_whole_source():
    data = DataConfig("digits", subset=5, validation=3, mirror=True)
    assert reference_config(data) == DataConfig("digits", mirror=True)
    assert how_resized(DataConfig("photos", resolution=8)) == "lanczos to 8x8 unless stored so"


@pytest.mark.parametrize("mirror", [False, True])
def test_the_trained_part_is_that_of_the_run(mirror):
    labels = np.arange(40) % 3
    config = {"labels": labels, "num_classes": 3, "mirror": mirror}
    whole, run = dataset(**config), dataset(**config, subset=25, validation=6)
    data = DataConfig("digits", cond=True, subset=25, validation=6, mirror=mirror)
    for ours, theirs in (
        (trained_part(whole, data), run),
        (trained_part(whole, data).validation, run.validation),
    ):
        np.testing.assert_array_equal(ours.items, theirs.items)
        np.testing.assert_array_equal(ours.flips, theirs.flips)
        np.testing.assert_array_equal(ours.labels, theirs.labels)
    assert trained_part(whole, data).store is whole.store
    assert trained_part(whole, reference_config(data)) is whole


def test_reference_sets():
    whole = dataset(count=10, mirror=True)
    training = trained_part(whole, DataConfig("digits", subset=6, validation=3, mirror=True))
    sets = reference_sets(whole, training)
    counts = {name: sets(name).count for name in ("all", "mirrored", "training", "held_out")}
    assert counts == {"all": 10, "mirrored": 20, "training": 6, "held_out": 3}
    taken = {name: {p.tobytes() for p in pixels(sets(name), counts[name])} for name in counts}
    assert taken["training"] | taken["held_out"] < taken["all"] < taken["mirrored"]
    assert not taken["training"] & taken["held_out"]
    assert "the first 3 held-out images of noise" in sets("held_out").describe(3)
    with refused("reference='held_out'"):
        reference_sets(whole)("held_out")
    others = dataset(seed=7, count=4)
    assert reference_sets(whole, held_out=others)("held_out").count == 4
