"""Tests of dataset."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.data import DataConfig, grid_selection, open_dataset
from ada_tf.data.dataset import permutation
from tests.data import samples
from tests.sentences import refused

COUNT = 11


@pytest.fixture(scope="module")
def numbered(tmp_path_factory):
    """A folder of 11 images in two classes; image i has the grey value 10 * i everywhere."""
    root = tmp_path_factory.mktemp("numbered")
    for i in range(COUNT):
        path = root / "photos" / ("even", "odd")[i % 2] / f"{i:02d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        samples.Image.new("L", (8, 8), 10 * i).save(path)
    return root


def _open(numbered, in_memory=True, **wishes):
    config = DataConfig(str(numbered / "photos"), cache_dir=str(numbered / "cache"), **wishes)
    return open_dataset(config, samples.quiet, memory_limit=2**32 if in_memory else 0)


def _take(dataset, batch_size, batches, start=0):
    """Images [n, 8, 8, C] and labels [n] of some batches."""
    stream = list(dataset.batches(batch_size, start_image=start).take(batches))
    images = np.concatenate([batch["images"].numpy() for batch in stream])
    return images, np.concatenate([batch["labels"].numpy() for batch in stream])


def _values(dataset, count, start=0):
    return _take(dataset, 1, count, start)[0][:, 0, 0, 0].astype(int)


@pytest.mark.parametrize("in_memory", [True, False])
@pytest.mark.parametrize("start", [0, 1, 4, 10, 11, 12, 27])
def test_a_stream_entered_late_is_the_tail_of_the_whole(numbered, in_memory, start):
    dataset = _open(numbered, in_memory, mirror=True, cond=True)
    size = 4
    images, labels = _take(dataset, size, 17)  # 68 images: three epochs of 22 and a bit
    late_images, late_labels = _take(dataset, size, 10, start)
    np.testing.assert_array_equal(late_images, images[start : start + 10 * size])
    np.testing.assert_array_equal(late_labels, labels[start : start + 10 * size])


def test_disk_and_memory_give_the_same_stream(numbered):
    wishes = {"mirror": True, "cond": True, "subset": 7, "seed": 3}
    resident, streamed = (_open(numbered, in_memory, **wishes) for in_memory in (True, False))
    assert type(resident.store) is not type(streamed.store)
    for mine, other in zip(_take(resident, 3, 12), _take(streamed, 3, 12), strict=True):
        np.testing.assert_array_equal(mine, other)
    indices = [0, 13, 5, 5]
    np.testing.assert_array_equal(resident.images(indices), streamed.images(indices))


def test_batches_have_fixed_shapes_and_types(numbered):
    for in_memory in (True, False):
        spec = _open(numbered, in_memory).batches(4).element_spec
        assert spec["images"] == tf.TensorSpec([4, 8, 8, 1], tf.uint8)
        assert spec["labels"] == tf.TensorSpec([4], tf.int32)


def test_every_epoch_shows_every_image_once_in_a_new_order(numbered):
    epochs = _values(_open(numbered), 3 * COUNT).reshape(3, COUNT)
    for epoch in epochs:
        np.testing.assert_array_equal(np.sort(epoch), 10 * np.arange(COUNT))
    assert (epochs[0] != epochs[1]).any()
    assert (epochs[1] != epochs[2]).any()


def test_the_order_depends_on_the_seed_alone(numbered):
    first = _values(_open(numbered, seed=1), COUNT)
    np.testing.assert_array_equal(first, _values(_open(numbered, seed=1), COUNT))
    assert (first != _values(_open(numbered, seed=2), COUNT)).any()


def test_permutations_are_uniform():
    counts = np.zeros([5, 5])
    for epoch in range(500):
        counts[np.arange(5), permutation(tf.constant([7, epoch], tf.int32), 5)] += 1
    # chi-squared with 16 degrees of freedom: above 40 once in 1,300 times
    assert ((counts - 100) ** 2 / 100).sum() < 40


def test_images_and_labels_belong_together(numbered):
    images, labels = _take(_open(numbered, cond=True), 5, 6)
    np.testing.assert_array_equal(images[:, 0, 0, 0] // 10 % 2, labels)


def test_mirror_adds_a_flipped_copy_of_each(tmp_path):
    source = samples.folder(tmp_path / "photos", ["a.png", "b.png"], size=(8, 8))
    config = DataConfig(str(source), mirror=True, cache_dir=str(tmp_path / "cache"))
    dataset = open_dataset(config, samples.quiet)
    assert dataset.num_images == 4
    images = dataset.images(np.arange(4))
    np.testing.assert_array_equal(images[0], np.asarray(samples.noise(0, (8, 8))))
    np.testing.assert_array_equal(images[2:], images[:2, :, ::-1])
    epoch = _take(dataset, 4, 1)[0]
    assert {image.tobytes() for image in epoch} == {image.tobytes() for image in images}


def test_subset_is_the_sorted_front_of_a_seeded_shuffle(numbered):
    dataset = _open(numbered, subset=4, seed=5)
    order_of_all = np.arange(COUNT)
    np.random.RandomState(5).shuffle(order_of_all)
    np.testing.assert_array_equal(dataset.items, np.sort(order_of_all[:4]))
    everything = _open(numbered)
    np.testing.assert_array_equal(
        dataset.images(range(4)), everything.images(np.sort(order_of_all[:4]))
    )
    assert dataset.num_images == 4
    assert _open(numbered, subset=4, mirror=True).num_images == 8


def test_held_out_images_are_never_trained_on(numbered):
    dataset = _open(numbered, validation=3, cond=True, mirror=True)
    assert dataset.num_images == 16
    assert dataset.validation.num_images == 6
    assert dataset.validation.validation is None
    assert not set(dataset.items) & set(dataset.validation.items)
    assert set(dataset.items) | set(dataset.validation.items) == set(range(COUNT))
    # A smaller training set of the same seed is tested against the same images.
    smaller = _open(numbered, validation=3, subset=2)
    np.testing.assert_array_equal(smaller.validation.items, dataset.validation.items[:3])
    assert set(smaller.items) < set(dataset.items)


@pytest.mark.parametrize(
    ("wishes", "named"),
    [
        ({"subset": 12}, "subset=12"),
        ({"validation": 11}, "validation=11"),
        ({"subset": 9, "validation": 3}, "validation=3"),
    ],
)
def test_more_images_than_there_are_is_an_error(numbered, wishes, named):
    with refused(named, "11"):
        _open(numbered, **wishes)


@pytest.mark.parametrize("batch_size", [0, 12])
def test_a_batch_must_fit_the_data_set(numbered, batch_size):
    with refused(f"batch_size={batch_size}"):
        _open(numbered).batches(batch_size)


@pytest.mark.parametrize("in_memory", [True, False])
def test_replicas_share_a_batch(numbered, in_memory):
    dataset = _open(numbered, in_memory, cond=True)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    shared = next(iter(strategy.experimental_distribute_dataset(dataset.batches(6))))
    parts = strategy.experimental_local_results(shared["images"])
    assert [part.shape[0] for part in parts] == [3, 3]
    np.testing.assert_array_equal(np.concatenate(parts), _take(dataset, 6, 1)[0])


def test_no_thread_tunes_the_stream(numbered):
    """A program with an iterator left would wait for it, long after its last line."""
    assert _open(numbered).batches(2).options().autotune.enabled is False


def test_unlabelled_images_are_shuffled_and_taken_in_turn():
    dataset = open_dataset(DataConfig(subset=10))
    expected = np.arange(10)
    np.random.RandomState(0).shuffle(expected)
    chosen = grid_selection(dataset, columns=4, rows=6)
    np.testing.assert_array_equal(chosen, np.resize(expected, 24))
    assert (chosen != grid_selection(dataset, columns=4, rows=6, seed=1)).any()


def test_each_row_of_a_labelled_grid_shows_one_class():
    dataset = open_dataset(DataConfig(cond=True))
    chosen = grid_selection(dataset, columns=7, rows=23).reshape(23, 7)
    rows = dataset.label_of(chosen)
    np.testing.assert_array_equal(rows, np.repeat(np.arange(23)[:, None] % 10, 7, axis=1))
    # The second row of a class goes on where the first stopped: 14 different images.
    assert len(set(chosen[0]) | set(chosen[10])) == 14


def test_small_and_missing_classes():
    dataset = open_dataset(DataConfig(cond=True, subset=6))
    labels = np.array([4, 4, 4, 8, 8, 8])
    dataset = dataclasses.replace(dataset, labels=labels)
    chosen = grid_selection(dataset, columns=2, rows=6).reshape(6, 2)
    np.testing.assert_array_equal(labels[chosen][:, 0], [4, 8, 4, 8, 4, 8])
    # Three images in rows of two: a b, c a, b c.
    first, second, third = chosen[0], chosen[2], chosen[4]
    assert second[1] == first[0]
    assert third[0] == first[1]
    assert third[1] == second[0]
