"""The augmentation as a layer of Keras 2 or 3: it holds p, and what D said of real images."""

import dataclasses

import numpy as np
import tensorflow as tf

from ada_tf.augment.control import Observed, observation
from ada_tf.augment.params import sample_params
from ada_tf.augment.pipeline import apply, check_resample
from ada_tf.augment.policy import get_policy
from ada_tf.augment.value_range import SeenValues, seen_values
from ada_tf.errors import UserError
from ada_tf.ops import choice, random

# Keras 2 knows this argument of add_weight under another name.
_NO_AUTOCAST = "autocast" if hasattr(tf.keras, "ops") else "experimental_autocast"


def _sums(count, name):
    """Sums: each replica adds to its own copy, also in compiled code; reading adds the copies."""
    return tf.Variable(
        tf.zeros([count]),
        trainable=False,
        name=name,
        synchronization=tf.VariableSynchronization.ON_READ,
        aggregation=tf.VariableAggregation.SUM,
    )


@tf.keras.utils.register_keras_serializable(package="ada_tf")
class AdaptiveAugmentation(tf.keras.layers.Layer):
    """Augment what the discriminator sees, with a probability p that can be adapted.

    Call it on every image, real or generated, that goes into the discriminator, also in the
    generator's loss; tell it the discriminator's output on real images by `observe`; and let
    `AdaCallback` move p.

        real_output = discriminator(augmentation(real_images), training=True)
        augmentation.observe(real_output)

    Or make it the first layer of the discriminator, `Sequential([augmentation, discriminator])`;
    then `observe` is all that is left to call.

    Args:
        policy: a policy name, an `AugmentPolicy` or a mapping of its attributes.
        p: initial augmentation probability.
        value_range: the values of black and white, such as (-1, 1), (0, 1) or (0, 255).
        seed: integer, base of the random numbers when a call is given no seed.
        resample: "supersampled", as the paper has it, or "bilinear", which costs less and blurs; see
            `ada_tf.augment.apply`.
        check_range: have `AdaCallback` warn of images that do not fit `value_range`; False for a
            generator whose output may leave it.
        name: of the layer.

    Attributes:
        p: float32 weight, the augmentation probability.
        threshold: of the last `observe`; None if that was a tensor.
    """

    def __init__(
        self,
        policy="bgc",
        p=0.0,
        value_range=(-1, 1),
        seed=0,
        check_range=True,
        resample="supersampled",
        name=None,
        **kwargs,
    ):
        # autocast=False: images keep their type under a mixed precision policy.
        super().__init__(name=name, autocast=False, **kwargs)
        self.policy = get_policy(policy)
        if not 0.0 <= p <= 1.0:
            raise UserError(f"p={p} is refused: a probability from 0 to 1 is expected.")
        check_resample(resample)
        low, high = value_range
        if not low < high:
            raise UserError(
                f"value_range={value_range} is refused: (black, white) with black < white is "
                "expected, such as (-1, 1)."
            )
        self.initial_p, self.value_range, self.seed = float(p), (float(low), float(high)), int(seed)
        self.resample = resample
        self.check_range, self.threshold = bool(check_range), None
        self._strategy = tf.distribute.get_strategy()
        self.p = self.add_weight(
            name="p",
            shape=(),
            dtype="float32",
            initializer=tf.keras.initializers.Constant(p),
            trainable=False,
            **{_NO_AUTOCAST: False},
        )
        self._observed = _sums(len(Observed._fields), "observed")
        self._seen = _sums(len(SeenValues._fields), "seen")
        self._calls = tf.Variable(
            tf.zeros([], tf.int64),
            trainable=False,
            name="calls",
            synchronization=tf.VariableSynchronization.ON_READ,
            aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
        )
        self.built = True

    def _next_seed(self):
        """A seed of this call on this replica."""
        self._calls.assign_add(1)
        seed = random.fold_in(random.make_seed(self.seed), self._calls.read_value())
        replica = tf.distribute.get_replica_context()
        return random.fold_in(seed, replica.replica_id_in_sync_group if replica else 0)

    def _in_replica(self):
        """Whether the sums can be added to: not between the replicas, nor outside of their strategy."""
        inside = tf.distribute.get_strategy() is self._strategy
        return inside and tf.distribute.get_replica_context() is not None

    def call(self, images, training=None, seed=None):
        """Augment a batch.

        Args:
            images: float [N, H, W, C] within `value_range`, static H, W and C.
            training: False returns the images as they are.
            seed: int32 [2], from which all random numbers follow; None counts the calls.

        Returns:
            [N, H, W, C] in the type of `images`.

        Raises:
            UserError: if the images do not fit the policy; see `ada_tf.augment.apply`.
        """
        if training is not None and not training:
            return images
        images = tf.convert_to_tensor(images)
        seed = self._next_seed() if seed is None else tf.cast(seed, tf.int32)
        x = self._to_signed(images)
        self._note_values(x)
        p = tf.convert_to_tensor(self.p)

        def augmented():
            batch, size = images.shape[0] or tf.shape(images)[0], tuple(images.shape[1:3])
            params = sample_params(seed, batch, p, self.policy, size=size)
            return self._from_signed(apply(x, params, resample=self.resample), images.dtype)

        if choice.shapes_follow_from_data():  # nothing is computed at p = 0
            return tf.cond(p > 0.0, augmented, lambda: images)
        return augmented()

    def _to_signed(self, images):
        """To black and white at -1 and 1."""
        low, high = self.value_range
        if (low, high) == (-1.0, 1.0):
            return images
        return (tf.cast(images, tf.float32) - (high + low) / 2.0) / ((high - low) / 2.0)

    def _from_signed(self, x, dtype):
        """Back to `value_range`."""
        low, high = self.value_range
        if (low, high) == (-1.0, 1.0):
            return x
        return tf.cast(x * ((high - low) / 2.0) + (high + low) / 2.0, dtype)

    def _note_values(self, images):
        """Take note of which part of the range from -1 to 1 the images use."""
        # Keras 2 builds models under a strategy outside of any replica.
        if self.check_range and self._in_replica():
            self._seen.assign_add(seen_values(images))

    def observe(self, real_output, threshold=0.0, real_is_high=True, count_images=True):
        """Take note of the discriminator's output on augmented real images.

        Args:
            real_output: [N, ...], before any mean: logits [N, 1], a patch map [N, h, w, 1], ...
            threshold: the output that means "cannot tell". 0 for logits; 0.5 for a sigmoid output
                and for a least-squares loss with labels 0 and 1. A critic (Wasserstein loss) has
                none of its own, so None is refused: give one, such as the mean of D(fake).
            real_is_high: False if real images are trained towards the low end (label 0).
            count_images: False for a further pass over images that were observed before, such as
                that of a gradient penalty.

        Returns:
            `real_output`, so that the call may be wrapped around that of the discriminator.

        Raises:
            UserError: if the threshold is missing or not finite, or the output is not [N, ...].
        """
        self.threshold = None if tf.is_tensor(threshold) else threshold
        self._observed.assign_add(
            observation(
                real_output,
                threshold=threshold,
                real_is_high=real_is_high,
                count_images=count_images,
            )
        )
        return real_output

    def observe_fake(self, output, real_is_high=True):
        """Take note of the output on augmented generated images; needed for the statistic "rv"."""
        self._observed.assign_add(observation(fake_output=output, real_is_high=real_is_high))

    def observe_validation(self, output, real_is_high=True):
        """Take note of the output on augmented validation images; needed for "rv"."""
        self._observed.assign_add(observation(validation_output=output, real_is_high=real_is_high))

    @property
    def accumulator(self) -> tf.Variable:
        """The sums that `observed` reads, float32, for checkpoints."""
        return self._observed

    def observed(self) -> Observed:
        """Read what all replicas observed since the last `reset_observed`. Not in graphs."""
        return Observed(*np.asarray(tf.convert_to_tensor(self._observed)).tolist())

    def seen(self) -> SeenValues:
        """Read which part of the value range the images since `reset_observed` used."""
        return SeenValues(*np.asarray(tf.convert_to_tensor(self._seen)).tolist())

    def reset_observed(self):
        """Forget what was observed and seen."""
        self._observed.assign(tf.zeros([len(Observed._fields)]))
        self._seen.assign(tf.zeros([len(SeenValues._fields)]))

    def save_own_variables(self, store):
        """Write p, the call counter and what was observed since p last moved."""
        store["p"] = np.asarray(tf.convert_to_tensor(self.p))
        store["calls"] = np.asarray(tf.convert_to_tensor(self._calls))
        store["observed"] = np.asarray(tf.convert_to_tensor(self._observed))

    def load_own_variables(self, store):
        """Read what `save_own_variables` wrote."""
        self.p.assign(np.asarray(store["p"]))
        self._calls.assign(np.asarray(store["calls"]))
        self._observed.assign(np.asarray(store["observed"]))

    def compute_output_shape(self, input_shape):
        """The shape stays."""
        return input_shape

    def get_config(self):
        """Return the arguments that build this layer again."""
        policy = dataclasses.asdict(self.policy)
        policy["imgfilter_bands"] = list(self.policy.imgfilter_bands)
        return {
            **super().get_config(),
            "policy": policy,
            "p": self.initial_p,
            "value_range": list(self.value_range),
            "seed": self.seed,
            "check_range": self.check_range,
            "resample": self.resample,
        }
