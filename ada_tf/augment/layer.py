"""The augmentation as a layer of Keras 2 or 3: it holds p, and what D said of real images."""

import contextlib
import math
import random as python_random

import numpy as np
import tensorflow as tf

from ada_tf.augment.arguments import check_backend, checked_format, checked_range
from ada_tf.augment.clues import Clues, clues_of_call, clues_of_outputs
from ada_tf.augment.control import Observed, check_fake, observation, threshold_of
from ada_tf.augment.counters import of_first_replica, sums
from ada_tf.augment.methods import pseudo_reals
from ada_tf.augment.metric import ObservedSigns
from ada_tf.augment.params import sample_params
from ada_tf.augment.parts import MOVING_ALONG, images_of, parts_of, with_parts
from ada_tf.augment.pipeline import apply, check_images, check_resample, moves_of
from ada_tf.augment.policy import get_policy
from ada_tf.augment.value_range import SeenValues, seen_values
from ada_tf.errors import UserError
from ada_tf.ops import choice, random

# Keras 2 knows this argument of add_weight under another name.
_NO_AUTOCAST = "autocast" if hasattr(tf.keras, "ops") else "experimental_autocast"


@tf.keras.utils.register_keras_serializable(package="ada_tf")
class AdaptiveAugmentation(tf.keras.layers.Layer):
    """Augment what the discriminator sees, with a probability p that can be adapted.

    Call it on every image, real or generated, that goes into the discriminator, also in the
    generator's loss; tell it the discriminator's output on real images by `observe`; and let
    `AdaCallback` move p. Or make it the first layer of the discriminator; then `observe` is all that
    is left to call.

    Example:
    ```python
    augmentation = ada_tf.AdaptiveAugmentation(value_range=(-1, 1))
    discriminator = keras.Sequential([keras.Input((64, 64, 3)), augmentation, discriminator])
    # in train_step
    real_output = discriminator(real_images, training=True)
    fake_output = discriminator(generator(noise), training=True)
    augmentation.observe(real_output, fake_output)
    # beside
    gan.fit(dataset, callbacks=[ada_tf.AdaCallback()])
    ```

    References:
        Karras et al., "Training Generative Adversarial Networks with Limited Data",
        [arXiv:2006.06676](https://arxiv.org/abs/2006.06676), Section 3 and Appendix B.

    Args:
        policy: a policy name, an `AugmentPolicy` or a mapping of its attributes.
        p: initial augmentation probability.
        value_range: the values of black and white, such as (-1, 1), (0, 1) or (0, 255).
        seed: integer, base of the random numbers when a call is given no seed; None draws one, which
            `keras.utils.set_random_seed` decides. Give one where a resumed training is to repeat.
        resample: "supersampled", as the paper has it, or "bilinear", which costs less and blurs; see
            `ada_tf.augment.apply`.
        check_range: have `AdaCallback` warn of images that do not fit `value_range`; False for a
            generator whose output may leave it.
        check_use: have `AdaCallback` warn of images that bypass the layer, and of outputs that do
            not fit what was said of them; False if `ada_tf.apply` transforms them in its place.
        data_format: "channels_last", "channels_first", or None for that of Keras' configuration.
        name: of the layer.

    Input shape:
        [N, H, W, C] of floats, or [N, C, H, W] with "channels_first"; or a dictionary as Keras' own
        layers take it: "images", with "segmentation_masks" and "conditions" that belong to them. Those
        are moved like the images and keep their values; anything else in it stays as it is.

    Output shape:
        That of the input.

    Attributes:
        p: float32 weight, the augmentation probability.
        threshold: of the last `observe`; None if that was a tensor.
        real_is_high: of the last `observe`.
    """

    def __init__(
        self,
        policy="bgc",
        p=0.0,
        value_range=(-1, 1),
        seed=0,
        check_range=True,
        check_use=True,
        data_format=None,
        resample="supersampled",
        name=None,
        **kwargs,
    ):
        check_backend()
        # autocast=False: images keep their type under a mixed precision policy.
        super().__init__(name=name, autocast=False, **kwargs)
        self.policy = get_policy(policy)
        if not 0.0 <= p <= 1.0:
            raise UserError(f"p={p} is refused: a probability from 0 to 1 is expected.")
        check_resample(resample)
        self._policy_name = policy if isinstance(policy, str) else None
        self.initial_p, self.value_range = float(p), checked_range(value_range)
        # As Keras does: keras.utils.set_random_seed seeds Python's random numbers.
        self.seed = python_random.randint(0, 2**31 - 1) if seed is None else int(seed)
        self.data_format = checked_format(data_format)
        self._shared_seed = None
        self.check_range, self.check_use = bool(check_range), bool(check_use)
        self.threshold, self.real_is_high = None, True
        self.resample = resample
        self._strategy = tf.distribute.get_strategy()
        self.p = self.add_weight(
            name="p",
            shape=(),
            dtype="float32",
            initializer=tf.keras.initializers.Constant(p),
            trainable=False,
            **{_NO_AUTOCAST: False},
        )
        self._observed = sums(len(Observed._fields), "observed")
        self._seen = sums(4, "seen")
        self._extremes = of_first_replica(tf.fill([2], -math.inf), "extremes")
        self._clues = sums(len(Clues._fields), "clues")
        self._calls = of_first_replica(tf.zeros([], tf.int64), "calls")
        self.built = True

    def _next_seed(self):
        """A seed of this call on this replica."""
        self._calls.assign_add(1)
        seed = random.fold_in(random.make_seed(self.seed), self._calls.read_value())
        replica = tf.distribute.get_replica_context()
        return random.fold_in(seed, replica.replica_id_in_sync_group if replica else 0)

    @contextlib.contextmanager
    def same_draws(self):
        """Within it all calls draw the same: the first image of each meets with the same, and so on.

        For feature matching, which compares the discriminator's features of a real and of a
        generated image:

            with augmentation.same_draws():
                real_features = discriminator(real_images)
                fake_features = discriminator(fake_images)

        To be entered where the calls are, inside of the `tf.function`.
        """
        before, self._shared_seed = self._shared_seed, self._next_seed()
        try:
            yield
        finally:
            self._shared_seed = before

    def _in_replica(self):
        """Whether the sums can be added to: not between the replicas, nor outside of their strategy."""
        inside = tf.distribute.get_strategy() is self._strategy
        return inside and tf.distribute.get_replica_context() is not None

    def call(self, images, training=None, seed=None):
        """Augment a batch.

        Args:
            images: floats within `value_range` with static H, W and C, or a dictionary; see "Input
                shape".
            training: False returns the images as they are.
            seed: int32 [2], from which all random numbers follow; None counts the calls.

        Returns:
            What was given, augmented, in its types.

        Raises:
            UserError: if the images are no floats or do not fit the policy; see
                `ada_tf.augment.apply`.
        """
        augments = training is None or bool(training)
        self._note_call(images_of(images), augments)
        if not augments:
            return images
        parts = parts_of(images)
        if seed is None:
            seed = self._next_seed() if self._shared_seed is None else self._shared_seed
        parts = {name: self._channels_last(value) for name, value in parts.items()}
        shown = self._augment(parts, tf.cast(seed, tf.int32))
        return with_parts(images, {name: self._given_format(x) for name, x in shown.items()})

    def _augment(self, parts, seed):
        """All parts of a batch, channels last."""
        images = parts["images"]
        check_images(images)  # also where nothing is computed
        x = self._to_signed(images)
        self._note_values(x)
        p = tf.convert_to_tensor(self.p)
        along = {name: parts[name] for name in MOVING_ALONG if name in parts}

        def augmented():
            batch, size = images.shape[0] or tf.shape(images)[0], tuple(images.shape[1:3])
            params = sample_params(seed, batch, p, self.policy, size=size)
            moves = moves_of(params)
            moved = {
                name: apply(part, moves, resample=self.resample) for name, part in along.items()
            }
            shown = self._from_signed(apply(x, params, resample=self.resample), images.dtype)
            return {"images": shown, **moved}

        # Nothing is computed at p = 0, if nothing happens then.
        if choice.shapes_follow_from_data() and self.policy.follows_p:
            return tf.cond(p > 0.0, augmented, lambda: {"images": images, **along})
        return augmented()

    def _channels_last(self, x):
        return x if self.data_format == "channels_last" else tf.transpose(x, [0, 2, 3, 1])

    def _given_format(self, x):
        return x if self.data_format == "channels_last" else tf.transpose(x, [0, 3, 1, 2])

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

    def _note_call(self, images, augments):
        """Take note of how many images come, and whether they are augmented."""
        if self.check_use and self._in_replica():
            self._clues.assign_add(clues_of_call(images, augments))

    def _note_values(self, images):
        """Take note of which part of the range from -1 to 1 the images use."""
        # Keras 2 builds models under a strategy outside of any replica.
        if self.check_range and self._in_replica():
            ranges, extremes = seen_values(images)
            self._seen.assign_add(ranges)
            self._extremes.assign(tf.maximum(self._extremes.read_value(), extremes))

    def observe(
        self, real_output, fake_output=None, threshold=0.0, real_is_high=True, count_images=True
    ):
        """Take note of the discriminator's output on augmented real images.

        Args:
            real_output: [N, ...], before any mean: logits [N, 1], a patch map [N, h, w, 1], ...
            fake_output: None, or the output on augmented generated images: p moves by the real ones
                alone, but a wrong `threshold` or `real_is_high` is then noticed with certainty.
            threshold: the output that means "cannot tell". 0 for logits; 0.5 for a sigmoid output
                and for a least-squares loss with labels 0 and 1. A critic (Wasserstein loss) has
                none of its own: "middle" is that between the means of both outputs, this is our
                extension of the paper; None is refused. A relativistic loss compares pairs: give
                D(fake), in the shape of `real_output`, and what moves p is E[sign(D(x) - D(G(z)))].
            real_is_high: False if real images are trained towards the low end (label 0).
            count_images: False for a further pass over images that were observed before, such as
                that of a gradient penalty.

        Returns:
            `real_output`, so that the call may be wrapped around that of the discriminator.

        Raises:
            UserError: if the threshold is missing or not finite, or an output is not [N, ...] with
                one number for each image or patch.
        """
        self.threshold = None if tf.is_tensor(threshold) else threshold
        self.real_is_high = bool(real_is_high)
        check_fake(fake_output)
        level = threshold_of(threshold, real_output, fake_output)
        self._observed.assign_add(
            observation(
                real_output,
                fake_output,
                threshold=level,
                real_is_high=real_is_high,
                count_images=count_images,
            )
        )
        if self.check_use:
            self._clues.assign_add(clues_of_outputs(real_output, fake_output, level, real_is_high))
        return real_output

    def pseudo_reals(self, reals, fakes, seed=None):
        """Replace real images by generated ones with probability p, for APA; see `pseudo_reals`.

            shown = augmentation.pseudo_reals(real_images, fake_images)
            real_output = discriminator(augmentation(shown), training=True)

        Args:
            reals: [N, H, W, C], or a nest of images and labels.
            fakes: the same of generated images.
            seed: int32 [2]; None counts the calls.

        Returns:
            What is to be shown as real.
        """
        seed = random.fold_in(self._next_seed(), "pseudo reals") if seed is None else seed
        return pseudo_reals(reals, fakes, tf.convert_to_tensor(self.p), seed)

    def observe_fake(self, output, real_is_high=True):
        """Take note of the output on augmented generated images; needed for the statistic "rv"."""
        self._observed.assign_add(observation(fake_output=output, real_is_high=real_is_high))

    def observe_validation(self, output, real_is_high=True):
        """Take note of the output on augmented validation images; needed for "rv"."""
        self._observed.assign_add(observation(validation_output=output, real_is_high=real_is_high))

    def metric(self, real_label=1.0, threshold=0.5, real_is_high=None):
        """A Keras metric that observes, for a discriminator that is compiled as a classifier.

            discriminator.compile(loss="binary_crossentropy", metrics=[augmentation.metric()])

        Args:
            real_label: label of real images; labels less than 0.5 away from it are taken for it.
            threshold: the output that means "cannot tell": 0.5 after a sigmoid, 0 for logits.
            real_is_high: whether the output is to be high for real images; None is whether
                `real_label` is above 0.5.

        Returns:
            A `keras.metrics.Metric` with r_t as result. Batches without real images do not count.
        """
        return ObservedSigns(real_label, threshold, real_is_high, layer=self)

    def note_labelled(self, sums, clues, threshold, real_is_high):
        """Take note of what the metric summed up."""
        self.threshold, self.real_is_high = threshold, real_is_high
        self._observed.assign_add(sums)
        if self.check_use:
            self._clues.assign_add(clues)

    @property
    def accumulator(self) -> tf.Variable:
        """The sums that `observed` reads, float32, for checkpoints."""
        return self._observed

    def observed(self) -> Observed:
        """Read what all replicas observed since the last `reset_observed`. Not in graphs."""
        return Observed(*np.asarray(tf.convert_to_tensor(self._observed)).tolist())

    def seen(self) -> SeenValues:
        """Read which part of the value range the images since `reset_observed` used."""
        minus_low, high = np.asarray(tf.convert_to_tensor(self._extremes)).tolist()
        return SeenValues(*np.asarray(tf.convert_to_tensor(self._seen)).tolist(), -minus_low, high)

    def clues(self) -> Clues:
        """Read what was counted since `reset_observed` of how the layer is used."""
        return Clues(*np.asarray(tf.convert_to_tensor(self._clues)).tolist())

    def reset_observed(self):
        """Forget what was observed and seen."""
        self._observed.assign(tf.zeros([len(Observed._fields)]))
        self._seen.assign(tf.zeros([4]))
        self._extremes.assign(tf.fill([2], -math.inf))
        self._clues.assign(tf.zeros([len(Clues._fields)]))

    def save_own_variables(self, store):
        """Write p, the call counter and what was observed since p last moved."""
        store["p"] = np.asarray(tf.convert_to_tensor(self.p))
        store["calls"] = np.asarray(tf.convert_to_tensor(self._calls))
        store["observed"] = np.asarray(tf.convert_to_tensor(self._observed))

    def load_own_variables(self, store):
        """Read what `save_own_variables` wrote; weights from before there was this layer have none."""
        if "p" not in store.keys():  # noqa: SIM118 - that of Keras is no mapping
            return
        self.p.assign(np.asarray(store["p"]))
        self._calls.assign(np.asarray(store["calls"]))
        self._observed.assign(np.asarray(store["observed"]))

    def compute_output_shape(self, input_shape):
        """The shape stays."""
        return input_shape

    def get_config(self):
        """Return the arguments that build this layer again."""
        return {
            **super().get_config(),
            "policy": self._policy_name or self.policy.given,
            "p": self.initial_p,
            "value_range": list(self.value_range),
            "seed": self.seed,
            "check_range": self.check_range,
            "resample": self.resample,
            "check_use": self.check_use,
            "data_format": self.data_format,
        }
