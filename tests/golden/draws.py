"""Recorded numbers in the place of `ada_tf.ops.random`.

A seed is then the path of what was folded into it, so a test sees what each draw is for, and a draw
that nobody recorded is an error.
"""

import numpy as np
import tensorflow as tf

from ada_tf.training.iteration.inputs import Draw
from tests.golden.golden import nhwc


def by_parts(images, parts: int, group: int):
    """Images of a batch in parts that hold whole minibatch-std groups of it: [parts, images, ...].

    Image n is in group n mod (N / group).
    """
    x = images.reshape(group, parts, -1, *images.shape[1:])  # [G, P, N / (G P)]
    return x.swapaxes(0, 1).reshape(parts, -1, *images.shape[1:])


class Paths:
    """Seeds that remember where they come from."""

    def make_seed(self, base):
        return ()

    def fold_in(self, seed, value):
        return (*seed, value)

    def streams(self, seed, names):
        return [self.fold_in(seed, name) for name in names]


class OnePhase(Paths):
    """The draws of a single phase of `losses.npz`.

    Args:
        arrays: of the case: z, mix_z, pl_noise, gen_c.
        cutoff: from which layer on latents are mixed.
        generator: whose recorded noise images are drawn.
    """

    def __init__(self, arrays: dict, cutoff: int, generator):
        self.arrays, self.cutoff, self.generator = arrays, cutoff, generator

    def normal(self, seed, shape):
        if seed == (Draw.NOISE,):
            return self._noise(shape)
        name = {(Draw.Z,): "z", (Draw.MIX_Z,): "mix_z", (Draw.PATH,): "pl_noise"}[seed]
        value = self.arrays[name][: shape[0]]
        value = nhwc(value) if name == "pl_noise" else value
        assert value.shape == tuple(shape)
        return tf.constant(value)

    def _noise(self, shape):
        """The noise images of all layers, flat, for all images of the batch."""
        layers = [c for block in self.generator.synthesis.blocks for c in block.convs]
        images = [tf.reshape(layer.noise_const, [-1]) for layer in layers]
        return tf.broadcast_to(tf.concat(images, axis=0), shape)

    def uniform(self, seed, shape):
        if seed == (Draw.LABELS,):  # classes are equally frequent
            classes = self.arrays["gen_c"][: shape[0]]
            return tf.constant(
                (classes.argmax(axis=1)[:, None] + 0.5) / classes.shape[1], tf.float32
            )
        assert (seed, shape) == ((Draw.MIX_CHANCE,), [])
        return tf.constant(0.0)  # mixes, wherever mixing is on

    def integers(self, seed, shape, low, high):
        assert (seed, shape, low, high) == ((Draw.MIX_CUTOFF,), [], 1, self.generator.num_ws)
        return tf.constant(self.cutoff)


class WholeLoop(Paths):
    """The draws of `training_loop.npz`, looked up by tensors, so that compiled phases find them.

    The seed of a part of the batch is its number and the moment, of a draw (phase, part, moment, draw).

    Args:
        arrays: of the case: draw/<phase>/<name>, one row for each time that the phase runs.
        about: the configuration of the case.
        parts: of a batch. They share its images, see `by_parts`; all measure the same path lengths.

    Attributes:
        phase: the name of the one that is being traced.
    """

    def __init__(self, arrays: dict, about: dict, parts: int = 1):
        self.arrays, self.about, self.parts, self.phase = arrays, about, parts, None
        self.intervals = {"Greg": about["pl_interval"], "Dreg": about["r1_interval"]}

    def seed_of(self, seed, phase, moment, part):
        """In the place of `clock.seed_of`."""
        return [part, moment]

    def traces(self, compute):
        """`Step._compute`, which tells which phase draws."""

        def call(step, phase, *arguments):
            self.phase = phase.name
            return compute(step, phase, *arguments)

        return call

    def fold_in(self, seed, value):
        if value in (Draw.NOISE, Draw.AUGMENT_FAKE, Draw.AUGMENT_REAL):
            return tf.zeros([2], tf.int32)  # of what is off
        return (self.phase, *tf.unstack(seed), value)

    def _row(self, seed, name):
        phase, part, moment = seed[:3]
        tf.debugging.assert_less(part, self.parts)
        iteration = moment // self.about["batch"]
        rows = self.arrays[f"draw/{phase}/{name}"]
        time = iteration // self.intervals.get(phase, 1)
        if rows.ndim == 1 or phase == "Greg":  # for all images, or all images
            return tf.gather(rows, time)
        shares = [by_parts(row, self.parts, self.about["mbstd_group"]) for row in rows]
        return tf.gather_nd(np.stack(shares), [time, part])

    def normal(self, seed, shape):
        name = {(Draw.Z,): "z", (Draw.MIX_Z,): "mix_z", (Draw.PATH,): "pl_noise"}[seed[3:]]
        row = self._row(seed, name)
        row = tf.transpose(row, [0, 2, 3, 1]) if name == "pl_noise" else row
        return tf.ensure_shape(row, shape)

    def uniform(self, seed, shape):
        if seed[3:] == (Draw.LABELS,):  # classes are equally frequent
            classes = tf.cast(self._row(seed, "gen_c"), tf.float32)
            return tf.reshape((classes + 0.5) / self.about["c_dim"], shape)
        assert (seed[3:], shape) == ((Draw.MIX_CHANCE,), [])
        return tf.where(self._row(seed, "mix_cutoff") < self.about["num_ws"], 0.0, 1.0)

    def integers(self, seed, shape, low, high):
        assert (seed[3:], shape) == ((Draw.MIX_CUTOFF,), [])
        assert (low, high) == (1, self.about["num_ws"])
        return self._row(seed, "mix_cutoff")
