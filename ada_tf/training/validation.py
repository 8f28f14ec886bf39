"""Scores of held-out images, for the r_v heuristic."""

import keras
import tensorflow as tf

from ada_tf.ops import graph, random

SEED = 1002  # apart from the seeds of training, which fold in a phase index


class ValidationCallback(keras.callbacks.Callback):
    """After every batch, shows the discriminator as many held-out images, augmented like the reals.

    Args:
        dataset: held-out images; they are taken in turn.
        train_batch: images of a training batch; as many are scored, if there are as many.
    """

    def __init__(self, dataset, train_batch: int):
        super().__init__()
        self.dataset, self.train_batch = dataset, train_batch
        self.batch = min(train_batch, dataset.num_images)

    def on_train_begin(self, logs=None):
        model = self.model

        def score(images, labels, counter):
            images, labels = model.prepare(images, labels)
            seed = random.fold_in(random.fold_in(random.make_seed(model.seed), SEED), counter)
            model.augment.observe_validation(
                model.discriminator(model.augment(images, seed=seed), labels)
            )

        self._score = graph(score, model.use_xla)
        start = model.images_done // self.train_batch * self.batch
        self._batches = iter(self.dataset.batches(self.batch, start_image=start))

    def on_train_batch_end(self, batch, logs=None):
        element = next(self._batches)
        self._score(
            element["images"], element["labels"], tf.constant(self.model.images_done, tf.int64)
        )
