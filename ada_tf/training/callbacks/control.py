"""Callbacks that move p, chosen by the configuration of a run."""

import keras
import numpy as np
import tensorflow as tf

from ada_tf.augment import AdaCallback
from ada_tf.errors import UserError
from ada_tf.ops import graph
from ada_tf.settings import at, scheduled
from ada_tf.training.config import RunConfig
from ada_tf.training.iteration.clock import seed_of
from ada_tf.training.iteration.inputs import prepared
from ada_tf.training.iteration.stats import STATISTIC


class ValidationCallback(keras.callbacks.Callback):
    """Scores held-out images after every batch, augmented like the reals, for the heuristic r_v.

    Args:
        dataset: held-out images; they are taken in turn.
        train_batch: images of a training batch; at most as many are scored.
    """

    def __init__(self, dataset, train_batch: int):
        super().__init__()
        self.dataset, self.train_batch = dataset, train_batch

    def on_train_begin(self, logs=None):
        model = self.model
        strategy, replicas = model.strategy, model.strategy.num_replicas_in_sync
        # Equal parts for all replicas.
        batch = min(self.train_batch, self.dataset.num_images) // replicas * replicas
        if batch == 0:
            raise UserError(
                f"validation={self.dataset.num_images} must be at least the {replicas} replicas."
            )

        def score(images, labels, counter):
            images, labels = prepared(images, labels, model.c_dim)
            replica = tf.distribute.get_replica_context().replica_id_in_sync_group
            # Augmented like the reals, by draws of their own: r_v compares outputs under one p.
            seed = seed_of(model.seed, "validation", counter, replica)
            model.augment.observe_validation(
                model.discriminator(model.augment(images, seed=seed), labels)
            )

        if replicas == 1:
            self._score = graph(score, model.use_xla)
        else:
            self._score = graph(lambda *batch: strategy.run(score, batch))
        # The place in the held-out images follows from the clock, as everything does.
        start = model.clock.images // self.train_batch * batch
        batches = self.dataset.distribute(strategy, batch, start, model.clock.stream)
        self._batches = iter(batches)

    def on_train_batch_end(self, batch, logs=None):
        element = next(self._batches)
        self._score(
            element["images"], element["labels"], tf.constant(self.model.clock.moment, tf.int64)
        )


class _ScheduledAda(AdaCallback):
    """An AdaCallback whose target, kimg and cap follow schedules over the images of the model.

    With r_v it reports the statistic of each step of p; that of signs is reported by the phases.

    Args:
        settings: AugmentConfig.
        **arguments: of AdaCallback.
    """

    def __init__(self, settings, **arguments):
        super().__init__(**arguments)
        names = ("target", "kimg", "cap")
        self._schedules = {n: s for n, s in scheduled(settings).items() if n in names}

    def on_train_batch_end(self, batch, logs=None):
        for name, schedule in self._schedules.items():
            setattr(self, name, schedule(self.model.images_done))
        super().on_train_batch_end(batch, logs)
        for control in self._controls if self.statistic == "rv" else ():
            if control.calls == 0:  # p has just moved
                value = np.float32(control.statistic)
                report = np.array([1, value, value**2], np.float32)
                self.model.stats.report({"ada": {STATISTIC: report}})


def ada_callbacks(model, config: RunConfig, dataset, log=print) -> list:
    """Make the callbacks for `fit` that move p as ada-train does; none if p does not move.

    Args:
        model: of `build_model`.
        config: of the run.
        dataset: the training images, with those held out for the heuristic r_v.
        log: called with each warning, one sentence.

    Returns:
        In the order for `fit`, before all others.
    """
    augment = config.augment
    if augment.mode not in ("ada", "adarv"):
        return []
    # The callback checks its settings when it is made, so it gets numbers.
    now = at(augment, model.images_done) if scheduled(augment) else augment
    mover = _ScheduledAda(
        augment,
        layers=model.augment,
        target=now.target,
        kimg=now.kimg,
        interval_images=augment.interval * config.batch,
        statistic="rv" if augment.mode == "adarv" else "rt",
        cap=now.cap,
        log=log,
        checks=(),  # of other people's training steps; tests check ours
    )
    if augment.mode == "ada":
        return [mover]
    return [ValidationCallback(dataset.validation, config.batch), mover]
