"""One training iteration: the phases that are due, each compiled on its own, and the average.

Phases are chosen in Python: a conditional inside one XLA program is many times slower. On one
replica a phase is one compiled function, state changes included. On several, or when a batch is
accumulated in rounds, only the gradient computation is compiled: the all-reduce and the optimizer
cannot run inside an XLA program of one device.

A batch is cut into parts of `batch_gpu` images, numbered through all replicas. The number decides
the random draws of a part, so what is computed depends on the batch and its parts, and not on how
many devices share them: two replicas with two parts each do what one does with four.
"""

from typing import NamedTuple

import tensorflow as tf

from ada_tf.interop.published_names import named_variables
from ada_tf.models import count_weights
from ada_tf.ops import graph, random
from ada_tf.training.iteration import losses, phases
from ada_tf.training.iteration.ema import ema_decay, update_average

# What infinite gradients become; NaN becomes 0, so that one bad image cannot end a run.
GRADIENT_LIMIT = 1e5


class Phase(NamedTuple):
    """A compute function of `phases`, what it trains, and how often it is due."""

    name: str
    compute: object
    network: object
    optimizer: object
    interval: int  # iterations

    @property
    def variables(self) -> list:
        """The weights it trains."""
        return self.network.trainable_variables

    @property
    def tensors(self) -> list[str]:
        """What `Step.__call__` tells about, in order: the loss, every gradient, every weight."""
        names = {id(named.variable): named.name for named in named_variables(self.network)}
        names = [names[id(v)] for v in self.variables]
        return ["the loss", *(f"the gradient of {name}" for name in names), *names]


def sanitize(gradient):
    """Replace NaN by 0 and infinities by the limit."""
    gradient = tf.where(tf.math.is_nan(gradient), 0.0, gradient)
    return tf.where(tf.math.is_inf(gradient), tf.sign(gradient) * GRADIENT_LIMIT, gradient)


def not_finite(tensors):
    """For each tensor 1 if it holds NaN or infinity, else 0; float32 [number of tensors]."""
    finite = [tf.reduce_all(tf.math.is_finite(tf.convert_to_tensor(t))) for t in tensors]
    return 1 - tf.cast(tf.stack(finite), tf.float32)


class Step:
    """Runs iterations of a compiled `StyleGAN2ADA`.

    Args:
        model: the compiled model.
        jit_compile: whether the phases go through XLA.
    """

    def __init__(self, model, jit_compile: bool):
        self.model, self.jit_compile = model, jit_compile
        self.strategy = model.strategy
        self.replicas = self.strategy.num_replicas_in_sync
        loss, g, d = model.loss_config, model.g_optimizer, model.d_optimizer
        networks = model.generator, model.discriminator
        self.phases = [
            Phase("Gmain", phases.generator_main, networks[0], g, 1),
            Phase("Greg", phases.generator_path_length, networks[0], g, loss.pl_interval),
            Phase("Dmain", phases.discriminator_main, networks[1], d, 1),
            Phase("Dreg", phases.discriminator_r1, networks[1], d, loss.r1_interval),
        ]
        left_out = {"Greg": loss.pl_weight == 0, "Dreg": loss.r1_gamma == 0}
        self.phases = [phase for phase in self.phases if not left_out.get(phase.name)]
        self.functions = [self._compile(i, phase) for i, phase in enumerate(self.phases)]
        self.average = graph(
            lambda decay: update_average(model.generator_ema, model.generator, decay),
            jit_compile and self.replicas == 1,
        )

    def __call__(self, images, labels, batch: int) -> tuple[dict, dict]:
        """Run one iteration. All its randomness derives from the model's `moment`.

        Args:
            images: uint8 [batch, R, R, C], or a per-replica value of it.
            labels: int32 [batch], likewise.
            batch: images of all replicas together.

        Returns:
            name -> [count, sum, sum of squares] of this iteration's statistics, and name of a phase
            -> float32 [number of its `tensors`], above 0 where one was not finite.
        """
        stats, bad, images_seen = {}, {}, self.model.images_done
        moment = tf.constant(self.model.moment, tf.int64)
        if self.replicas == 1:
            images = tf.identity(images)  # to the device once, not again for each phase
        for phase, function in zip(self.phases, self.functions, strict=True):
            if (images_seen // batch) % phase.interval == 0:
                found, bad[phase.name] = function(images, labels, moment)
                stats |= {f"{phase.name}/{name}": value for name, value in found.items()}
        ema = self.model.ema_config
        decay = ema_decay(batch, images_seen, ema.kimg, ema.rampup)
        self.average(tf.constant(decay, tf.float32))
        return stats, bad

    @property
    def bytes_reduced(self) -> float:
        """What replicas add up in an iteration, on average: float32 gradients of its phases.

        Statistics, a few hundred bytes, are not counted.
        """
        return sum(4 * count_weights(phase.variables) / phase.interval for phase in self.phases)

    def _compile(self, index: int, phase: Phase):
        if self.replicas == 1 and self.model.batch_gpu is None:
            return graph(lambda *batch: self._fused(index, phase, *batch), self.jit_compile)
        compute = graph(lambda *batch: self._compute(phase, *batch), self.jit_compile)
        return graph(lambda *batch: self._split(index, phase, compute, *batch))

    def _seed(self, index, moment, part):
        seed = random.fold_in(random.make_seed(self.model.seed), index)
        return random.fold_in(random.fold_in(seed, moment), part)

    def _compute(self, phase, images, labels, seed):
        return phase.compute(self.model.networks(), *self.model.prepare(images, labels), seed)

    def _fused(self, index, phase, images, labels, moment):
        """Everything of a phase in one program: the batch is part 0 of 1."""
        output = self._compute(phase, images, labels, self._seed(index, moment, 0))
        self._observe(phase, output.observed)
        bad = self._apply(phase, output.gradients, output.stats)
        self._assign_averages(output.averages)
        return output.stats, bad

    def _split(self, index, phase, compute, images, labels, moment):
        """Replicas compute gradients in rounds, agree on their mean, and apply it."""

        def replica(images, labels):
            context = tf.distribute.get_replica_context()
            rounds = images.shape[0] // (self.model.batch_gpu or images.shape[0])
            parts = rounds * self.replicas
            first = context.replica_id_in_sync_group * rounds
            total = None
            batches = zip(tf.split(images, rounds), tf.split(labels, rounds), strict=True)
            for r, part in enumerate(batches):
                output = compute(*part, self._seed(index, moment, first + r))
                self._observe(phase, output.observed)
                part = (output.gradients, output.averages, output.stats)
                total = part if total is None else tf.nest.map_structure(tf.add, total, part)
            # The optimizer adds the gradients of the replicas up, in `apply`.
            gradients, averages = tf.nest.map_structure(lambda t: t / parts, total[:2])
            averages, stats = reduced(context, self.replicas, (averages, total[2]))
            return (
                averages,
                stats,
                reduced(context, self.replicas, self._apply(phase, gradients, stats)),
            )

        # Every replica returns the same reduced value: take one.
        first = lambda value: self.strategy.experimental_local_results(value)[0]  # noqa: E731
        outputs = self.strategy.run(replica, args=(images, labels))
        averages, stats, bad = tf.nest.map_structure(first, outputs)
        self._assign_averages(averages)
        return stats, bad

    def _apply(self, phase, gradients, stats):
        """Take a step and return which of the phase's `tensors` were not finite."""
        phase.optimizer.apply([sanitize(g) for g in gradients], phase.variables)
        loss = not_finite([tf.stack(list(stats.values()))])
        return tf.concat([loss, not_finite(gradients), not_finite(phase.variables)], axis=0)

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


def reduced(context, replicas: int, values):
    """Sums of a structure of tensors over all replicas."""
    if replicas == 1 or not tf.nest.flatten(values):
        return values
    return context.all_reduce(tf.distribute.ReduceOp.SUM, values)
