"""One training iteration: the phases that are due, each compiled on its own, and the average.

Phases are chosen in Python: a conditional inside one XLA program is many times slower. On one
replica a phase is one compiled function, state changes included. On several, or when a batch is
accumulated in rounds, only the gradient computation is compiled: the all-reduce and the optimizer
cannot run inside an XLA program of one device.
"""

from typing import NamedTuple

import tensorflow as tf

from ada_tf.ops import graph, random
from ada_tf.training import losses, phases
from ada_tf.training.ema import ema_decay, update_average

# What infinite gradients become; NaN becomes 0, so that one bad image cannot end a run.
GRADIENT_LIMIT = 1e5


class Phase(NamedTuple):
    """A compute function of `phases`, the optimizer it feeds, and how often it is due."""

    name: str
    compute: object
    optimizer: object
    variables: list
    interval: int  # iterations


def sanitize(gradient):
    """Replace NaN by 0 and infinities by the limit."""
    gradient = tf.where(tf.math.is_nan(gradient), 0.0, gradient)
    return tf.where(tf.math.is_inf(gradient), tf.sign(gradient) * GRADIENT_LIMIT, gradient)


class Step:
    """Runs iterations of a compiled `StyleGAN2ADA`.

    Args:
        model: the compiled model.
        jit_compile: whether the phases go through XLA.
    """

    def __init__(self, model, jit_compile: bool):
        self.model, self.jit_compile = model, jit_compile
        self.strategy = model.distribute_strategy
        self.replicas = 1 if self.strategy is None else self.strategy.num_replicas_in_sync
        self.phases = [
            Phase(
                "Gmain",
                phases.generator_main,
                model.g_optimizer,
                model.generator.trainable_variables,
                1,
            ),
            Phase(
                "Dmain",
                phases.discriminator_main,
                model.d_optimizer,
                model.discriminator.trainable_variables,
                1,
            ),
        ]
        loss = model.loss_config
        if loss.pl_weight > 0:
            self.phases.insert(
                1,
                self.phases[0]._replace(
                    name="Greg", compute=phases.generator_path_length, interval=loss.pl_interval
                ),
            )
        if loss.r1_gamma > 0:
            self.phases.append(
                self.phases[-1]._replace(
                    name="Dreg", compute=phases.discriminator_r1, interval=loss.r1_interval
                )
            )
        self.functions = [self._compile(i, phase) for i, phase in enumerate(self.phases)]
        self.average = graph(
            lambda decay: update_average(model.generator_ema, model.generator, decay),
            jit_compile and self.replicas == 1,
        )

    def __call__(self, images, labels, images_seen: int, batch: int) -> dict:
        """Run one iteration.

        Args:
            images: uint8 [batch, R, R, C], or a per-replica value of it.
            labels: int32 [batch], likewise.
            images_seen: before this iteration; all randomness is derived from it.
            batch: images of all replicas together.

        Returns:
            name -> [count, sum, sum of squares] of this iteration's statistics.
        """
        stats = {}
        counter = tf.constant(images_seen, tf.int64)
        for phase, function in zip(self.phases, self.functions, strict=True):
            if (images_seen // batch) % phase.interval == 0:
                stats |= {
                    f"{phase.name}/{name}": value
                    for name, value in function(images, labels, counter).items()
                }
        ema = self.model.ema_config
        decay = ema_decay(batch, images_seen, ema.kimg, ema.rampup)
        self.average(tf.constant(decay, tf.float32))
        return stats

    def _compile(self, index: int, phase: Phase):
        if self.replicas == 1 and self.model.batch_gpu is None:
            return graph(lambda *batch: self._fused(index, phase, *batch), self.jit_compile)
        compute = graph(lambda *batch: self._compute(phase, *batch), self.jit_compile)
        return graph(lambda *batch: self._split(index, phase, compute, *batch))

    def _seed(self, index, counter):
        return random.fold_in(random.fold_in(random.make_seed(self.model.seed), index), counter)

    def _compute(self, phase, images, labels, seed):
        return phase.compute(self.model.networks(), *self.model.prepare(images, labels), seed)

    def _fused(self, index, phase, images, labels, counter):
        """Everything of a phase in one program."""
        output = self._compute(phase, images, labels, self._seed(index, counter))
        self._commit(phase, output.gradients, output.observed)
        self._assign_averages(output.averages)
        return output.stats

    def _split(self, index, phase, compute, images, labels, counter):
        """Replicas compute gradients in rounds, agree on their mean, and apply it."""

        def replica(images, labels):
            context = tf.distribute.get_replica_context()
            seed = random.fold_in(self._seed(index, counter), context.replica_id_in_sync_group)
            total = None
            rounds = self._rounds(images)
            for r, part in enumerate(tf.split(images, rounds)):
                part_labels = tf.split(labels, rounds)[r]
                output = compute(part, part_labels, random.fold_in(seed, r))
                self._observe(phase, output.observed)
                part = (output.gradients, output.averages, output.stats)
                total = part if total is None else tf.nest.map_structure(tf.add, total, part)
            gradients, averages, stats = total
            gradients, averages = tf.nest.map_structure(lambda t: t / rounds, (gradients, averages))
            if self.replicas > 1:
                gradients = context.all_reduce(tf.distribute.ReduceOp.MEAN, gradients)
                if averages:
                    averages = context.all_reduce(tf.distribute.ReduceOp.MEAN, averages)
                stats = context.all_reduce(tf.distribute.ReduceOp.SUM, stats)
            phase.optimizer.apply([sanitize(g) for g in gradients], phase.variables)
            return averages, stats

        if self.strategy is None:
            averages, stats = replica(images, labels)
        else:
            averages, stats = self.strategy.run(replica, args=(images, labels))
            # Every replica holds the same reduced value: take one.
            first = lambda value: self.strategy.experimental_local_results(value)[0]  # noqa: E731
            averages, stats = tf.nest.map_structure(first, (averages, stats))
        self._assign_averages(averages)
        return stats

    def _rounds(self, images) -> int:
        return images.shape[0] // (self.model.batch_gpu or images.shape[0])

    def _commit(self, phase, gradients, observed):
        self._observe(phase, observed)
        phase.optimizer.apply([sanitize(g) for g in gradients], phase.variables)

    def _observe(self, phase, observed):
        augment = self.model.augment
        if augment is None:
            return
        if "real" in observed:
            augment.observe(observed["real"], count_images=phase.name == "Dmain")
        if "fake" in observed:
            augment.observe_fake(observed["fake"])

    def _assign_averages(self, averages):
        model = self.model
        if "w_avg" in averages:
            w_avg = model.generator.mapping.w_avg
            old = tf.convert_to_tensor(w_avg)
            w_avg.assign(
                losses.updated_average(old, averages["w_avg"], model.loss_config.w_avg_decay)
            )
        if "path_length_mean" in averages:
            model.path_length_mean.assign(averages["path_length_mean"])
