"""One training iteration: the phases that are due, each compiled on its own, and the average.

Phases are chosen in Python: a conditional inside one XLA program is many times slower. On one
replica a phase is one compiled function, state changes included. On several, or when a batch is
accumulated in rounds, only the gradients are compiled: the all-reduce and the optimizer cannot run
inside an XLA program of one device.

A batch is cut into parts of `batch_gpu` images, numbered through all replicas. The number decides
the random draws of a part, so results depend on the batch and its parts, not on how many devices
share them: two replicas with two parts each do what one does with four.
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from ada_tf.models import count_weights, variables_by_name
from ada_tf.ops import graph
from ada_tf.settings import at, scheduled
from ada_tf.training.iteration import losses, phases
from ada_tf.training.iteration.clock import Clock, seed_of
from ada_tf.training.iteration.config import EmaConfig, LossConfig
from ada_tf.training.iteration.inputs import Networks, prepared
from ada_tf.training.iteration.non_finite import mended, not_finite, watched
from ada_tf.training.iteration.optimizer import ema_decay, update_average
from ada_tf.training.iteration.stats import STATISTIC, moments
from ada_tf.training.iteration.table import Phase, active_phases


class Plan(NamedTuple):
    """Settings of all iterations of a run.

    Attributes:
        loss: weights and intervals; what is scheduled follows the clock.
        ema: of the averaged generator.
        seed: of all random numbers.
        batch_gpu: images of one replica at a time, gradients are accumulated; None is all.
        jit_compile: whether phases go through XLA.
        by_signs: whether p follows signs of logits, and not r_v, which a callback reports.
    """

    loss: LossConfig
    ema: EmaConfig
    seed: int = 0
    batch_gpu: int | None = None
    jit_compile: bool = False
    by_signs: bool = True


class _Programs(NamedTuple):
    """Functions that the rounds of a phase call: gradients of a part, sums of two parts, the optimizer."""

    compute: Callable
    add: Callable
    apply: Callable


class Step:
    """Runs iterations.

    Args:
        networks: what the phases compute with.
        generator_ema: the averaged generator.
        optimizers: "generator" and "discriminator" -> optimizer, built.
        augmentation: the `AdaptiveAugmentation` that observes the logits of reals, or None.
        clock: read, never moved.
        plan: settings.
        strategy: of tf.distribute; the constructor and all calls happen in its scope.
    """

    def __init__(
        self, networks: Networks, generator_ema, optimizers: dict, augmentation, clock: Clock,
        plan: Plan, strategy,
    ):  # fmt: skip
        self.networks, self.optimizers, self.augmentation = networks, optimizers, augmentation
        self.clock, self.plan, self.strategy = clock, plan, strategy
        self.replicas = strategy.num_replicas_in_sync
        self.schedules = scheduled(plan.loss)
        self.phases = active_phases(plan.loss)
        self.functions = [self._compile(phase) for phase in self.phases]
        # Not through XLA on several replicas: `extended.update` assigns on all devices.
        self.average = graph(
            lambda decay: update_average(generator_ema, networks.generator, decay),
            plan.jit_compile and self.replicas == 1,
        )

    def __call__(self, images, labels, batch: int) -> tuple[dict, dict]:
        """Run one iteration. All its randomness derives from the clock's moment.

        Args:
            images: uint8 [batch, H, W, C], or a per-replica value of it.
            labels: int32 [batch] or vectors [batch, c_dim], or a per-replica value.
            batch: images of all replicas together.

        Returns:
            phase -> name -> [count, sum, sum of squares] of this iteration's statistics, and phase
            -> float32 [number of watched tensors], above 0 where one was not finite.
        """
        stats, bad, seen = {}, {}, self.clock.images
        # Tensors, so that a schedule traces nothing again; all else is a constant of the program.
        now = {name: tf.constant(s(seen), tf.float32) for name, s in self.schedules.items()}
        for optimizer in self.optimizers.values():
            optimizer.go_to(seen)
        if self.replicas == 1:
            # Copied to the device once, not for each phase; and early: the host is ahead, for it reads
            # nothing of an iteration, and the device is still busy with the one before.
            images = tf.identity(images)
        for phase, function in zip(self.phases, self.functions, strict=True):
            # By the image counter, not by a count of calls: a resumed run has the same due phases.
            if seen // batch % phase.every(self.plan.loss) == 0:
                seeds = tf.constant(self._seeds(phase, batch))
                stats[phase.name], bad[phase.name] = function(images, labels, seeds, now)
        ema = at(self.plan.ema, seen)
        decay = ema_decay(batch, seen, ema.kimg, ema.rampup)
        # After all phases, as published, with the decay of the images before this batch.
        self.average(tf.constant(decay, tf.float32))
        return stats, bad

    def _seeds(self, phase, batch: int) -> list:
        """Seeds of all parts of the batch, hashed on the host: int32 [parts, 2]."""
        # Numbered through all replicas; see the top of the file.
        parts = batch // (self.plan.batch_gpu or batch // self.replicas)
        name, moment = phase.name, self.clock.moment
        return [seed_of(self.plan.seed, name, moment, part) for part in range(parts)]

    def watched_tensors(self) -> dict:
        """Tensors that a call checks for NaN and infinity, in order: phase -> list of `Watched`."""
        return {phase.name: watched(self._weight_names(phase)) for phase in self.phases}

    @property
    def bytes_reduced(self) -> float:
        """Bytes that replicas add up in an iteration, on average: float32 gradients of its phases.

        Statistics, a few hundred bytes, are not counted.
        """
        return sum(
            4 * count_weights(self._weights(phase)) / phase.every(self.plan.loss)
            for phase in self.phases
        )

    def _weights(self, phase) -> list:
        return getattr(self.networks, phase.network).trainable_variables

    def _weight_names(self, phase) -> list[str]:
        named = variables_by_name(getattr(self.networks, phase.network))
        # By identity: == of variables compares their numbers.
        names = {id(variable): name for name, variable in named.items()}
        return [names[id(variable)] for variable in self._weights(phase)]

    def _compile(self, phase: Phase):
        jit_compile = self.plan.jit_compile
        # Nothing to reduce and nothing to accumulate: state changes go into the compiled program.
        if self.replicas == 1 and self.plan.batch_gpu is None:
            return graph(lambda *batch: self._fused(phase, *batch), jit_compile)
        # Several programs: those inside may go through XLA, the outer one reduces and applies.
        compute = graph(lambda *batch: self._compute(phase, *batch), jit_compile)
        programs = _Programs(compute, _added, lambda *sums: self._apply_mean(phase, *sums))
        if jit_compile and self.replicas == 1:
            # Outside of XLA these are thousands of kernels, a handful for each weight.
            programs = _Programs(compute, *(graph(f, True) for f in programs[1:]))
        return graph(lambda *batch: self._split(phase, programs, *batch))

    def _compute(self, phase, images, labels, seed, now) -> phases.Output:
        batch = prepared(images, labels, self.networks.generator.c_dim)
        output = phases.compute(phase, self.networks, self.plan.loss, *batch, seed, now)
        level = self._level(phase, output.logits)
        if level is None or not self.plan.by_signs:
            return output
        signs = tf.sign(output.logits["real"] - level)
        return output._replace(stats={**output.stats, STATISTIC: moments(signs)})

    def _fused(self, phase, images, labels, seeds, now):
        """Compute a phase and change all state, in one program; the batch is part 0 of 1."""
        output = self._compute(phase, images, labels, seeds[0], now)
        self._observe(phase, output.logits)
        # Observed before the step: p follows the logits of the weights that made these gradients.
        bad = self._apply(phase, output.gradients, output.stats)
        self._assign_averages(output.averages, now)
        self._advance(phase)
        return output.stats, bad

    def _split(self, phase, programs, images, labels, seeds, now):
        """Compute gradients in rounds on every replica, and apply their mean."""

        def replica(images, labels):
            context = tf.distribute.get_replica_context()
            # Static shapes: the loop below is unrolled into one graph.
            rounds = images.shape[0] // (self.plan.batch_gpu or images.shape[0])
            parts = rounds * self.replicas
            first = context.replica_id_in_sync_group * rounds
            total = None
            batches = zip(tf.split(images, rounds), tf.split(labels, rounds), strict=True)
            for r, part in enumerate(batches):
                output = programs.compute(*part, seeds[first + r], now)
                self._observe(phase, output.logits)
                part = (output.gradients, output.averages, output.stats)
                total = part if total is None else programs.add(total, part)
            # A mean over all parts of all replicas; statistics stay sums, which carry their counts.
            averages = tf.nest.map_structure(lambda t: t / parts, total[1])
            averages, stats = _summed(context, self.replicas, (averages, total[2]))
            # Every replica must take part in the reduction inside of `apply`, whatever it found.
            bad = _summed(context, self.replicas, programs.apply(total[0], stats, parts))
            return averages, stats, bad

        # After the reduction all replicas hold the same values.
        first = lambda value: self.strategy.experimental_local_results(value)[0]  # noqa: E731
        outputs = self.strategy.run(replica, args=(images, labels))
        averages, stats, bad = tf.nest.map_structure(first, outputs)
        self._assign_averages(averages, now)
        self._advance(phase)
        return stats, bad

    def _apply_mean(self, phase, total, stats, parts: int):
        """Apply the mean of all parts; the optimizer adds the replicas up."""
        return self._apply(phase, [gradient / parts for gradient in total], stats)

    def _apply(self, phase, gradients, stats):
        """Take a step of the phase's network; return which watched tensors were not finite."""
        weights = self._weights(phase)
        # Statistics first: a loss that is not finite ends the run, a gradient is mended.
        bad = not_finite([tf.stack(list(stats.values())), *gradients])
        self.optimizers[phase.network].apply(mended(gradients, bad), weights)
        return bad

    def _observe(self, phase, logits):
        """Give the augmentation the logits by which p moves."""
        if self.augmentation is None or phase.network != "discriminator":
            return
        level = self._level(phase, logits)
        if level is not None:
            self.augmentation.observe(logits["real"], threshold=level, count_images=phase.new_reals)
        if "fake" in logits:
            self.augmentation.observe_fake(logits["fake"])

    def _level(self, phase, logits):
        """Return the output that means "cannot tell"; None if this phase does not move p."""
        # As published, p follows the discriminator's own phases. The generator's may see reals, too.
        if phase.network != "discriminator" or "real" not in logits:
            return None
        # Without fakes a critic has no threshold; then nothing is observed.
        threshold = losses.ADVERSARIAL[self.plan.loss.adversarial].threshold
        return threshold(logits["real"], logits.get("fake"))

    def _assign_averages(self, averages, now):
        for name, value in averages.items():
            if name == "w_avg":
                self._move_w_avg(value, now.get("w_avg_decay", self.plan.loss.w_avg_decay))
            else:
                # On all replicas alike: the values were reduced already.
                self.networks.means[name].assign(value)

    def _advance(self, phase):
        """Move what the discriminator keeps beside its weights, such as singular vectors."""
        advance = getattr(self.networks.discriminator, "advance", None)
        if phase.network == "discriminator" and advance is not None:
            advance()

    def _move_w_avg(self, w, decay):
        """Move w_avg toward the mean w of a batch, for truncation (arXiv 1812.04948, appendix B)."""
        w_avg = self.networks.generator.w_avg
        if w_avg is not None:
            old = tf.convert_to_tensor(w_avg)
            w_avg.assign(losses.updated_average(old, w, decay))


def _added(total, part):
    return tf.nest.map_structure(tf.add, total, part)


def _summed(context, replicas: int, values):
    """Sums of a structure of tensors over all replicas."""
    if replicas == 1 or not tf.nest.flatten(values):
        return values
    return context.all_reduce(tf.distribute.ReduceOp.SUM, values)
