import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.label_space import LabelSpace
from ada_tf.metrics.images.generated import (
    images_of_generator,
    label_sampler,
    quantise,
    random_labels,
)
from ada_tf.models import Generator
from ada_tf.ops import random
from tests.metrics.sets import dataset
from tests.sentences import refused


def generator(c_dim=0):
    synthesis = {"shape": (8, 8, 3), "channel_base": 32, "channel_max": 4}
    return Generator(4, c_dim, 4, mapping={"num_layers": 1}, synthesis=synthesis)


def pixels(source, count):
    return np.concatenate(list(source.batches(count)))


def test_a_score_repeats_itself():
    g = generator()
    first = pixels(images_of_generator(g, seed=3, batch=4), 10)
    assert first.shape == (10, 8, 8, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, pixels(images_of_generator(g, seed=3, batch=4), 10))
    assert (first != pixels(images_of_generator(g, seed=4, batch=4), 10)).any()
    assert len(np.unique(first.reshape(10, -1), axis=0)) == 10


def test_nan_images_are_refused():
    g = generator()
    g.variables[-1].assign(g.variables[-1] * np.nan)
    with refused("NaN"):
        pixels(images_of_generator(g, batch=4), 4)


@pytest.mark.parametrize(
    "values",
    [
        np.array([np.nan, 0]),
        np.array([0.0, 1.0]),
        np.array([0.0, 255.0]),
        np.array([0, 255]),
    ],
)
def test_wrong_range(values):
    with refused():
        quantise(values, "a model", check_range=True)


def test_quantised_as_published():
    # floor(127.5 x + 128), clipped.
    x = np.array([-2, -1, 0, 0.5, 1, 2], np.float32)
    np.testing.assert_array_equal(quantise(x[:, None], "x")[:, 0], [0, 0, 128, 191, 255, 255])
    same = np.full([1, 2, 2, 3], 7, np.uint8)
    assert quantise(same, "x") is same


class Coloured:
    """A generator of pictures in the colour of their class."""

    z_dim, c_dim = 4, 3

    def __call__(self, z, labels, **more):
        return 2 * labels[:, tf.newaxis, tf.newaxis] + tf.zeros([1, 2, 2, 1]) - 1


def test_labels_of_images_are_those_they_were_made_with():
    labels = np.repeat([0, 1, 2], [20, 10, 10]).astype(np.int64)
    found = images_of_generator(
        Coloured(), dataset(count=40, labels=labels, num_classes=3), batch=4
    )
    known = found.labels(10)
    np.testing.assert_array_equal(pixels(found, 10)[:, 0, 0] > 0, known > 0)
    assert len(np.unique(known, axis=0)) > 1
    np.testing.assert_array_equal(found.classes(10), known.argmax(axis=1))
    vectors = dataclasses.replace(
        dataset(count=40),
        labels=np.eye(3, dtype=np.float32)[labels],
        label_space=LabelSpace(0, (), ("r", "g", "b")),
    )
    assert images_of_generator(Coloured(), vectors).classes(6) is None
    assert images_of_generator(Coloured(), vectors).labels(6).shape == (6, 3)
    alone = images_of_generator(generator())
    assert alone.labels(6) is alone.classes(6) is None


def test_labels_follow_the_data():
    labels = np.repeat([0, 1, 2], [30, 10, 0]).astype(np.int64)
    data = dataset(count=40, labels=labels, num_classes=3)
    drawn = random_labels(data, random.make_seed(0), 4000).numpy()
    np.testing.assert_allclose(np.bincount(drawn, minlength=3) / 4000, [0.75, 0.25, 0], atol=0.03)
    assert label_sampler(generator(3), data)(random.make_seed(0), 5).shape == (5, 3)
    assert label_sampler(generator(), None) is None
    with refused():
        label_sampler(generator(3), dataset())
    with refused("3", "2"):
        label_sampler(generator(2), data)
