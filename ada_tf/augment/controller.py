"""Adaptive p for loops without `fit`: all in the graph, nothing is read on the host."""

import tensorflow as tf
from absl import logging

from ada_tf.augment.control import CAP, TARGETS, check_control, in_images, next_p, rt
from ada_tf.augment.observer import Observed, check_fake, observation
from ada_tf.errors import UserError


class AdaController(tf.Module):
    """Hold p and move it by r_t every few batches. For one device.

        params = sample_params(seed, batch, controller.p)
        real_output = discriminator(apply(real_images, params))
        controller.update(real_output)

    Or let it move the p of a layer, `AdaController(layer=augmentation)`.

    Args:
        target: of r_t = E[sign(D(real))].
        kimg: thousands of real images that p needs to go from 0 to 1.
        interval: batches between two steps of p.
        cap: largest p; None has no limit.
        p: initial augmentation probability; not with `layer`, which has its own.
        layer: None, or an `AdaptiveAugmentation` whose p is moved; its `observe` is not needed.
        name: of the module.

    Attributes:
        p: float32 variable.
        statistic: float32 variable, r_t at the last step of p; NaN before.
    """

    def __init__(
        self, target=TARGETS["rt"], kimg=500, interval=4, cap=CAP, p=0.0, layer=None, name=None
    ):
        super().__init__(name=name)
        check_control(target, kimg, interval, cap)
        if sentence := in_images(kimg):
            logging.warning(sentence)
        self.target, self.kimg, self.interval, self.cap = target, kimg, interval, cap
        self.layer = layer
        if layer is None:
            self.p = tf.Variable(p, trainable=False, dtype=tf.float32, name="p")
        else:
            self.p = layer.p
        self.statistic = tf.Variable(float("nan"), trainable=False, name="statistic")
        # Sums since the last step of p.
        self._observed = tf.Variable(tf.zeros([len(Observed._fields)]), trainable=False)

    def update(
        self, real_output, fake_output=None, threshold=0.0, real_is_high=True, count_images=True
    ):
        """Take note of the output on one batch of augmented real images; move p when it is time.

        Works inside `tf.function(jit_compile=True)`.

        Args:
            real_output: [N, ...], before any mean.
            fake_output: None, or the output on augmented generated images, for "middle".
            threshold: the output that means "cannot tell"; see `AdaptiveAugmentation.observe`.
            real_is_high: False if real images are trained towards the low end.
            count_images: False for a further pass over the same images; such a pass comes first.

        Returns:
            float32 scalar, the new p.

        Raises:
            UserError: under a strategy of several replicas, or if the threshold is missing.
        """
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        if replicas > 1:
            raise UserError(
                f"AdaController runs on one device, not on {replicas} replicas: "
                "take AdaptiveAugmentation with AdaCallback."
            )
        check_fake(fake_output)
        if self.layer is not None:
            threshold, real_is_high = self.layer.meaning(threshold, real_is_high, fake_output)
        new = observation(
            real_output,
            fake_output,
            threshold=threshold,
            real_is_high=real_is_high,
            count_images=count_images,
        )
        seen = Observed(*tf.unstack(self._observed.read_value() + new))
        statistic = rt(seen.signs, seen.count)
        p = tf.convert_to_tensor(self.p)
        moved = next_p(p, statistic, self.target, seen.images, self.kimg, self.cap)
        # A count in floats: half a batch of slack against rounding.
        due = seen.batches > self.interval - 0.5
        # tf.where instead of a branch: XLA compiles both sides anyway, and the step stays one
        # program.
        p = tf.where(due, moved, p)
        self.p.assign(p)
        self.statistic.assign(tf.where(due, tf.cast(statistic, tf.float32), self.statistic))
        # Back to 0 in the batch in which p moved.
        total = tf.stack(seen)
        self._observed.assign(tf.where(due, tf.zeros_like(total), total))
        return p
