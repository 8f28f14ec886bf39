"""The discriminator's scores of held-out images, for the r_v heuristic."""

import numpy as np
import tensorflow as tf

from ada_tf.training.callbacks.control import ValidationCallback
from ada_tf.training.iteration.clock import STREAM, Clock, seed_of
from tests.sentences import refused

IMAGES = np.arange(2 * 4 * 4).reshape([2, 4, 4, 1]).astype(np.uint8)


class Held:
    """Held-out images: always the same batch."""

    num_images = 10

    def distribute(self, strategy, batch, start, stream):
        self.asked = (batch, start, stream)
        element = {"images": tf.constant(IMAGES), "labels": tf.constant([1, 0])}
        return iter([element] * 3)


class Augmentation:
    """Doubles images; keeps seeds and scores."""

    def __init__(self):
        self.seeds = tf.Variable(tf.zeros([0, 2], tf.int32), shape=[None, 2])
        self.scores = tf.Variable(tf.zeros([0, 1]), shape=[None, 1])

    def __call__(self, images, seed):
        self.seeds.assign(tf.concat([self.seeds, seed[tf.newaxis]], axis=0))
        self.shown = images * 2.0
        return self.shown

    def observe_validation(self, output):
        self.scores.assign(tf.concat([self.scores, output], axis=0))


class Model:
    """As much of the trainable model as the callback touches; D is the mean of an image."""

    seed, use_xla, c_dim = 3, False, 2
    strategy = tf.distribute.get_strategy()

    def __init__(self):
        self.augment, self.clock = Augmentation(), Clock(24, 5)

    def discriminator(self, images, labels):
        assert images is self.augment.shown  # augmented, like the reals
        assert labels.shape == [2, 2]
        return tf.reduce_mean(images, axis=[1, 2])


def callback_of(model, held, train_batch):
    callback = ValidationCallback(held, train_batch)
    callback.set_model(model)
    return callback


def test_scores_held_out_images_as_the_reals_are_scored():
    model, held = Model(), Held()
    callback = callback_of(model, held, train_batch=2)
    callback.on_train_begin()
    assert held.asked == (2, 24, 5)  # goes on where it was, in the stream of the run
    for _ in range(2):
        callback.on_train_batch_end(0)
        model.clock.images += 2
    expected = 2 * (IMAGES / 127.5 - 1).mean(axis=(1, 2))
    np.testing.assert_allclose(
        model.augment.scores, np.concatenate([expected, expected]), rtol=1e-5
    )
    # Augmented differently each time, by seeds of the moment that no phase of training has.
    expected = [seed_of(Model.seed, "validation", m + 5 * STREAM, 0) for m in (24, 26)]
    np.testing.assert_array_equal(model.augment.seeds, expected)


def test_no_more_images_than_there_are():
    held = Held()
    callback_of(Model(), held, train_batch=16).on_train_begin()
    # 24 images were seen in batches of 16: one whole batch, hence 10 held-out images
    assert held.asked == (10, 10, 5)


def test_no_images_are_refused():
    held = Held()
    held.num_images = 0
    with refused("validation=0"):
        callback_of(Model(), held, train_batch=16).on_train_begin()
