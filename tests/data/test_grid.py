import dataclasses

import numpy as np

from ada_tf.data import DataConfig, grid_selection, open_dataset


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
