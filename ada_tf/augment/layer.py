"""The augmentation as a layer of Keras 2 or 3, with the probability p as a weight."""

import contextlib
import random as python_random

import numpy as np
import tensorflow as tf
from absl import logging

from ada_tf.augment.layer_arguments import (
    check_backend,
    checked_format,
    checked_range,
    is_probability,
    parts_of,
    with_parts,
)
from ada_tf.augment.methods import pseudo_reals
from ada_tf.augment.observer import Observed, ObservedSigns, Observer
from ada_tf.augment.output_meaning import meaning_in_call, meaning_of
from ada_tf.augment.pipeline import apply, check_images, check_resample, moves_of
from ada_tf.augment.policy import get_policy
from ada_tf.augment.random_params import sample_params
from ada_tf.errors import UserError
from ada_tf.ops import choice, random
from ada_tf.ops.branch import branch

# Keras 2 knows this argument of add_weight under another name.
_NO_AUTOCAST = "autocast" if hasattr(tf.keras, "ops") else "experimental_autocast"
# Arguments of version 0.2, which configurations of saved layers still have.
_FORMER = ("check_range", "check_use")


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
        seed: integer, base of the random numbers of calls without a seed; None draws one, by
            `keras.utils.set_random_seed`. Give one if a resumed training has to repeat.
        data_format: "channels_last", "channels_first", or None for Keras' configuration.
        output: what `observe` is given: "logits", "sigmoid", "least_squares", "hinge", "wasserstein"
            (a critic) or "relativistic". None leaves it to the arguments of `observe`.
        real_label: the label of real images in the discriminator's loss, from 0 to 1; smoothed ones,
            such as 0.9, move the output that means "cannot tell". None is 1, unless outputs tell
            otherwise, which is then asked about.
        resample: "supersampled", as in the paper, or "bilinear", which costs less and blurs; see
            `ada_tf.augment.apply`.
        name: of the layer.

    Input shape:
        [N, H, W, C] of floats, or [N, C, H, W] with "channels_first". Or a dictionary as Keras' own
        layers take it: "images", with "segmentation_masks" and "conditions", which move like the
        images and keep their values. Anything else in it stays as it is.

    Output shape:
        The shape of the input.

    Attributes:
        p: float32 weight, the augmentation probability.
        observer: the `Observer` that sums up the discriminator's outputs.
    """

    def __init__(
        self,
        policy="bgc",
        p=0.0,
        value_range=(-1, 1),
        seed=0,
        data_format=None,
        resample="supersampled",
        output=None,
        real_label=None,
        name=None,
        **kwargs,
    ):
        # First: with JAX or PyTorch below, the first operation would fail in words about tensors.
        check_backend()
        former = [name for name in _FORMER if kwargs.pop(name, None) is False]
        if former:
            logging.warning(
                "AdaptiveAugmentation(%s=False) has no effect any more: AdaCallback(checks=...) says "
                "what is checked.",
                former[0],
            )
        # autocast=False: images keep their type under a mixed precision policy.
        super().__init__(name=name, autocast=False, **kwargs)
        self.policy = get_policy(policy)
        if not is_probability(p):
            raise UserError(f"p={p!r} is refused: a probability from 0 to 1 is expected.")
        check_resample(resample)
        # A configuration keeps the policy as it was given, by its name.
        self._policy_name = policy if isinstance(policy, str) else None
        self.initial_p, self.value_range = float(p), checked_range(value_range)
        # As Keras does: keras.utils.set_random_seed seeds Python's random numbers.
        self.seed = python_random.randint(0, 2**31 - 1) if seed is None else int(seed)
        self.data_format = checked_format(data_format)
        self._shared_seed, self._shared_eagerly = None, False
        self.resample = resample
        self._output, self.real_label = output, real_label
        self._meaning = meaning_of(output, real_label)
        self.p = self.add_weight(
            name="p",
            shape=(),
            dtype="float32",
            initializer=tf.keras.initializers.Constant(p),
            trainable=False,
            **{_NO_AUTOCAST: False},  # p stays float32 under mixed precision
        )
        self.observer = Observer()
        # The names under which checkpoints of every version hold them.
        self._observed = self.observer.sums
        self._calls = tf.Variable(
            tf.zeros([], tf.int64),
            trainable=False,
            name="calls",
            # Each replica counts its own calls; all count alike, so one copy is enough to save.
            synchronization=tf.VariableSynchronization.ON_READ,
            aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
        )
        self.built = True

    def __setattr__(self, name, value):
        """Set an attribute; a number for p goes into the weight, which the callback moves."""
        if name != "p" or "p" not in vars(self) or hasattr(value, "assign"):
            super().__setattr__(name, value)
        elif is_probability(value):
            self.p.assign(value)
        else:
            raise UserError(f"p={value!r} is refused: a probability from 0 to 1 is expected.")

    def _next_seed(self):
        """Return a seed of this call on this replica."""
        # Counted in the graph: a Python counter would stand still after tracing.
        self._calls.assign_add(1)
        seed = random.fold_in(random.make_seed(self.seed), self._calls.read_value())
        replica = tf.distribute.get_replica_context()  # None outside of `strategy.run`
        return random.fold_in(seed, replica.replica_id_in_sync_group if replica else 0)

    @contextlib.contextmanager
    def same_draws(self):
        """Draw the same in all calls within it: image i of each is transformed alike.

        For feature matching, which compares the features of a real and of a generated image:

            with augmentation.same_draws():
                real_features = discriminator(real_images)
                fake_features = discriminator(fake_images)

        Enter it beside the calls, inside of the `tf.function`.
        """
        # A tensor of the graph that is being traced, hence inside of the `tf.function`.
        before = self._shared_seed, self._shared_eagerly
        self._shared_seed, self._shared_eagerly = self._next_seed(), tf.executing_eagerly()
        try:
            yield
        finally:
            self._shared_seed, self._shared_eagerly = before

    def call(self, images, training=None, seed=None):
        """Augment a batch.

        Args:
            images: floats within `value_range` with static H, W and C, or a dictionary; see "Input
                shape".
            training: False returns the images as they are.
            seed: int32 [2], of all random numbers; None counts the calls.

        Returns:
            The input, augmented, in its structure and types.

        Raises:
            UserError: the images are no floats or do not fit the policy; see
                `ada_tf.augment.apply`.
        """
        if training is not None and not training:
            return images
        parts = parts_of(images)
        if seed is None:
            seed = self._seed_of_call()
        elif tf.convert_to_tensor(seed).shape != (2,):
            raise UserError(
                f"seed={seed!r} is refused: two int32 are expected, such as [0, {seed}]."
            )
        parts = {name: self._channels_last(value) for name, value in parts.items()}
        shown = self._augment(parts, tf.cast(seed, tf.int32))
        return with_parts(images, {name: self._given_format(x) for name, x in shown.items()})

    def _seed_of_call(self):
        if self._shared_seed is None:
            return self._next_seed()
        if self._shared_eagerly and not tf.executing_eagerly():
            raise UserError(
                "same_draws() around a tf.function would draw the same in all of its calls, for ever: "
                "enter it inside of the tf.function, beside the calls of the layer."
            )
        return self._shared_seed

    def _augment(self, parts, seed):
        """Augment all parts of a batch, channels last."""
        images = parts["images"]
        check_images(images)  # also where nothing is computed
        watch = self.observer.watch
        if watch is not None:
            parts["images"] = watch.noting_gradients(images)
            watch.note_images(self._to_signed(images))
        p = tf.convert_to_tensor(self.p)
        tensors = list(parts.values())  # the images first

        # One draw for the images and all that moves along with them.
        def augmented(tensors):
            images, *along = tensors
            batch, size = images.shape[0] or tf.shape(images)[0], tuple(images.shape[1:3])
            # Pure: `same_draws` repeats the parameters by repeating the seed.
            params = sample_params(seed, batch, p, self.policy, size=size)
            # Masks turn and shift, and keep their values: a class has no brightness.
            moves = moves_of(params)
            x = apply(self._to_signed(images), params, resample=self.resample)
            moved = [apply(part, moves, resample=self.resample) for part in along]
            return [self._from_signed(x, images.dtype), *moved]

        # Nothing is computed at p = 0, if nothing happens then.
        if not self.policy.follows_p:
            shown = augmented(tensors)
        elif choice.shapes_follow_from_data():
            shown = tf.cond(p > 0.0, lambda: augmented(tensors), lambda: tensors)
        else:
            shown = branch(p > 0.0, augmented, lambda tensors: tensors, tensors)
        return dict(zip(parts, shown, strict=True))

    def _channels_last(self, x):
        return x if self.data_format == "channels_last" else tf.transpose(x, [0, 2, 3, 1])

    def _given_format(self, x):
        return x if self.data_format == "channels_last" else tf.transpose(x, [0, 3, 1, 2])

    def _to_signed(self, images):
        """Bring black and white to -1 and 1."""
        low, high = self.value_range
        if (low, high) == (-1.0, 1.0):
            return images
        # About the middle of the range, in halves of its width.
        return (tf.cast(images, tf.float32) - (high + low) / 2.0) / ((high - low) / 2.0)

    def _from_signed(self, x, dtype):
        """Bring -1 and 1 back to `value_range`."""
        low, high = self.value_range
        if (low, high) == (-1.0, 1.0):
            return x
        return tf.cast(x * ((high - low) / 2.0) + (high + low) / 2.0, dtype)

    def observe(
        self, real_output, fake_output=None, threshold=0.0, real_is_high=True, count_images=True
    ):
        """Add the discriminator's output on augmented real images to the sums that move p.

        Args:
            real_output: [N, ...], before any mean: logits [N, 1], a patch map [N, h, w, 1], ...
            fake_output: None, or the output on augmented generated images. It does not move p, but
                shows a wrong `threshold` or `real_is_high` for certain.
            threshold: the output that means "cannot tell". 0 for logits; 0.5 for a sigmoid output
                and for a least-squares loss with labels 0 and 1. "middle", half-way between the
                means of both outputs, for a critic (Wasserstein loss), which has none of its own:
                our extension of the paper. D(fake), in the shape of `real_output`, for a
                relativistic loss, which compares pairs: E[sign(D(x) - D(G(z)))] then moves p.
            real_is_high: False if real images are trained towards the low end (label 0).
            count_images: False for a further pass over images that were observed before, such as
                the pass of a gradient penalty.

        Returns:
            `real_output`, so that the call may wrap that of the discriminator.

        Raises:
            UserError: the threshold is missing or not finite, or an output is not [N, ...] with one
                number for each image or patch.
        """
        threshold, real_is_high = self.meaning(threshold, real_is_high, fake_output)
        return self.observer.observe(
            real_output, fake_output, threshold, real_is_high, count_images
        )

    def meaning(self, threshold=0.0, real_is_high=True, fake_output=None):
        """Return what the output means, as the layer was told it or as the arguments say it.

        Args:
            threshold: of `observe`.
            real_is_high: of `observe`.
            fake_output: that of a relativistic loss is the threshold.

        Returns:
            (threshold, real_is_high).

        Raises:
            UserError: both say it, or a relativistic loss is observed without generated images.
        """
        return meaning_in_call(self._output, self.real_label, threshold, real_is_high, fake_output)

    def pseudo_reals(self, reals, fakes, seed=None):
        """Replace real images by generated ones with probability p, for APA; see `pseudo_reals`.

            shown = augmentation.pseudo_reals(real_images, fake_images)
            real_output = discriminator(augmentation(shown), training=True)

        Args:
            reals: [N, H, W, C], or a nest of images and labels.
            fakes: the same of generated images.
            seed: int32 [2]; None counts the calls.

        Returns:
            The nest to show as real.
        """
        seed = random.fold_in(self._next_seed(), "pseudo reals") if seed is None else seed
        return pseudo_reals(reals, fakes, tf.convert_to_tensor(self.p), seed)

    def observe_fake(self, output, real_is_high=True):
        """Add the output on augmented generated images; needed for the statistic "rv"."""
        self.observer.observe_fake(output, real_is_high and self._meaning[1])

    def observe_validation(self, output, real_is_high=True):
        """Add the output on augmented validation images; needed for "rv"."""
        self.observer.observe_validation(output, real_is_high and self._meaning[1])

    def metric(self, real_label=None, threshold=None, real_is_high=None):
        """Make a Keras metric that observes, for a discriminator that is compiled as a classifier.

            discriminator.compile(loss="binary_crossentropy", metrics=[augmentation.metric()])

        Args:
            real_label: label of real images; labels less than 0.5 away from it count as it. None is
                that of the layer, or 1.
            threshold: the output that means "cannot tell": 0 for logits. None is that of the layer's
                `output`, or of a sigmoid: 0.5, less if `real_label` is smoothed.
            real_is_high: whether real images are trained towards a high output; None: `real_label`
                is above 0.5.

        Returns:
            A `keras.metrics.Metric` with r_t as result. Batches without real images do not count.
        """
        if real_label is None:
            real_label = 1.0 if self.real_label is None else self.real_label
        if threshold is None:
            threshold = self._meaning[0]
            if self._output is None:
                threshold, _ = meaning_of("sigmoid", real_label)
        return ObservedSigns(real_label, threshold, real_is_high, observer=self.observer)

    @property
    def accumulator(self) -> tf.Variable:
        """Sums of the observer, float32, for checkpoints."""
        return self._observed

    def observed(self) -> Observed:
        """Read the sums of all replicas since the last `reset_observed`. Not in graphs."""
        return self.observer.read()

    def reset_observed(self):
        """Set the sums to 0."""
        self.observer.reset()

    def save_own_variables(self, store):
        """Write p, the call counter and the sums since p last moved."""
        # By names of our own, under which weights of earlier versions are found.
        store["p"] = np.asarray(tf.convert_to_tensor(self.p))
        store["calls"] = np.asarray(tf.convert_to_tensor(self._calls))
        store["observed"] = np.asarray(tf.convert_to_tensor(self._observed))

    def load_own_variables(self, store):
        """Read what `save_own_variables` wrote; weights from before the layer have nothing here."""
        if "p" not in store.keys():  # noqa: SIM118 - that of Keras is no mapping
            return
        self.p.assign(np.asarray(store["p"]))
        self._calls.assign(np.asarray(store["calls"]))
        self._observed.assign(np.asarray(store["observed"]))

    def compute_output_shape(self, input_shape):
        """Return the shape of the input."""
        return input_shape

    @classmethod
    def from_config(cls, config):
        """Build a layer from its configuration, also from one of version 0.2."""
        return cls(**{name: value for name, value in config.items() if name not in _FORMER})

    def get_config(self):
        """Return the arguments that build this layer again."""
        return {
            **super().get_config(),
            "policy": self._policy_name or self.policy.given,
            "p": self.initial_p,
            "value_range": list(self.value_range),
            "seed": self.seed,
            "resample": self.resample,
            "data_format": self.data_format,
            "output": self._output,
            "real_label": self.real_label,
        }
