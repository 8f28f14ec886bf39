"""Observation of the discriminator: sums of its outputs, from which p is moved.

`Observer` holds the sums of one layer. Each replica adds to a copy of its own, in compiled code too;
reading adds the copies.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from ada_tf.augment.control import mean, rt, rv
from ada_tf.errors import UserError

# Labels may be smoothed or noisy: images are real if their label is nearer to `real_label` than this.
_HALFWAY = 0.5


class Observed(NamedTuple):
    """Sums of the discriminator's output since p last moved, over all replicas.

    Attributes:
        signs: sum of sign(D(real) - threshold) over all output elements.
        count: number of those elements.
        real: sum of D(real).
        fake: sum of D(fake).
        fake_count: number of its elements.
        validation: sum of D(validation image).
        validation_count: number of its elements.
        images: number of real images; a repeated pass over the same images is not counted.
        batches: number of real batches.
    """

    signs: float = 0.0
    count: float = 0.0
    real: float = 0.0
    fake: float = 0.0
    fake_count: float = 0.0
    validation: float = 0.0
    validation_count: float = 0.0
    images: float = 0.0
    batches: float = 0.0

    @property
    def rt(self):
        """The heuristic r_t."""
        return rt(self.signs, self.count)

    @property
    def rv(self):
        """The heuristic r_v."""
        return rv(
            mean(self.real, self.count),
            mean(self.validation, self.validation_count),
            mean(self.fake, self.fake_count),
        )


def threshold_of(threshold, real_output=None, fake_output=None):
    """Return the output that means "cannot tell", as a number or a scalar tensor.

    Args:
        threshold: a number, a scalar tensor, or "middle", half-way between the mean outputs.
        real_output: D(real images), for "middle".
        fake_output: D(generated images), for "middle".

    Raises:
        UserError: the threshold is missing or not finite, or an output is missing.
    """
    if threshold is None:
        raise UserError(
            "threshold=None is refused: the output of a critic has no value that separates real "
            "from fake, so give threshold='middle' together with fake_output."
        )
    if isinstance(threshold, str):
        if threshold != "middle":
            raise UserError(
                f"threshold={threshold!r} is refused: a number, a scalar tensor or 'middle' is "
                "expected."
            )
        if real_output is None or fake_output is None:
            raise UserError(
                "threshold='middle' lies between the mean outputs on real and on generated images, "
                "so give fake_output too."
            )
        # Means of each side, so that unequal numbers of images do not move the middle.
        means = [
            tf.reduce_mean(_flat_output(output, True)) for output in (real_output, fake_output)
        ]
        return (means[0] + means[1]) / 2.0
    if isinstance(threshold, (int, float, np.number)) and not np.isfinite(threshold):
        raise UserError(f"threshold={threshold} is refused: a finite number is expected.")
    return threshold


def check_fake(fake_output):
    """Refuse a number in the place of the output on generated images: a threshold was meant."""
    if isinstance(fake_output, (int, float, str, np.number)):
        raise UserError(
            f"fake_output={fake_output!r} is refused: the discriminator's output on generated images "
            f"is expected; a threshold is given by its name, threshold={fake_output!r}."
        )


def _flat_output(output, real_is_high):
    """Flatten an output of any shape to a float32 vector that is high for real images.

    Raises:
        UserError: the output is no tensor of one number for each image or patch.
    """
    if isinstance(output, (list, tuple, Mapping)):
        raise UserError(
            f"the observed output is a {type(output).__name__} of {len(output)} tensors: give the "
            "one that holds the decision, often the last."
        )
    output = tf.cast(tf.convert_to_tensor(output), tf.float32)
    if output.shape.rank == 0:
        raise UserError("the observed output is a scalar: give it per image, before any mean.")
    if output.shape.rank == 2 and (output.shape[1] or 1) > 1:
        raise UserError(
            f"the observed output has {output.shape[1]} numbers an image: give one that is high for "
            "real images, such as output[:, 1] - output[:, 0] of the logits of two classes; a map of "
            "patches is [N, h, w, 1]."
        )
    # Observing must not train: no gradient flows from the sums.
    flat = tf.reshape(tf.stop_gradient(output), [-1])
    return flat if real_is_high else -flat


def observation(
    real_output=None,
    fake_output=None,
    validation_output=None,
    threshold=0.0,
    real_is_high=True,
    count_images=True,
):
    """Sum up outputs of the discriminator, in the order of `Observed`.

    Args:
        real_output: None, or D(real images), [N, ...].
        fake_output: None, or D(generated images).
        validation_output: None, or D(validation images).
        threshold: the output that means "cannot tell": 0 for logits, 0.5 for probabilities; or
            "middle", see `threshold_of`. A tensor that broadcasts to `real_output` is compared with
            it element by element: D(G(z)) makes the signs E[sign(D(x) - D(G(z)))], which mean
            something for a relativistic loss.
        real_is_high: False if the discriminator gives low values to real images.
        count_images: False if these real images were counted before (a regulariser's extra pass).

    Returns:
        float32 [9], to be added to the sums of other replicas.
    """
    threshold = threshold_of(threshold, real_output, fake_output)
    sums = dict.fromkeys(Observed._fields, tf.zeros([]))
    if real_output is not None:
        real = _flat_output(real_output, real_is_high)
        # real_is_high=False turns the signs of outputs and threshold alike.
        level = tf.stop_gradient(tf.cast(threshold, tf.float32))
        if level.shape.rank:  # one for each element
            level = tf.reshape(tf.broadcast_to(level, tf.shape(real_output)), [-1])
        sums["signs"] = tf.reduce_sum(tf.sign(real - (level if real_is_high else -level)))
        sums["real"], sums["count"] = tf.reduce_sum(real), tf.cast(tf.size(real), tf.float32)
        if count_images:
            # Each replica adds its part of the batch.
            replicas = tf.distribute.get_strategy().num_replicas_in_sync
            sums["images"] = tf.cast(tf.shape(real_output)[0], tf.float32)
            # R replicas add up to one batch.
            sums["batches"] = tf.constant(1.0 / replicas)
    for name, output in (("fake", fake_output), ("validation", validation_output)):
        if output is not None:
            flat = _flat_output(output, real_is_high)
            sums[name] = tf.reduce_sum(flat)
            sums[f"{name}_count"] = tf.cast(tf.size(flat), tf.float32)
    return tf.stack([sums[name] for name in Observed._fields])


class Observer:
    """Sums of the discriminator's outputs, for the control of one p.

    A plain object: the layer saves `sums` under the name that it had in earlier versions.

    Attributes:
        sums: float32 [9] variable, in the order of `Observed`.
        threshold: of the last `observe`; None if it was one for each output.
        real_is_high: of the last `observe`.
        strategy: of tf.distribute, in whose scope it was made.
        watch: None, or a `UseWatch` that is told of outputs and of augmented images.
    """

    def __init__(self):
        # Counters made later, as `UseWatch`, must belong to the same strategy.
        self.strategy = tf.distribute.get_strategy()
        self.sums = replica_sums(len(Observed._fields), "observed")
        self.threshold, self.real_is_high = None, True
        self.watch = None

    def observe(
        self, real_output, fake_output=None, threshold=0.0, real_is_high=True, count_images=True
    ):
        """Add the output on real images; see `AdaptiveAugmentation.observe`."""
        check_fake(fake_output)
        level = threshold_of(threshold, real_output, fake_output)
        sums = observation(
            real_output,
            fake_output,
            threshold=level,
            real_is_high=real_is_high,
            count_images=count_images,
        )
        told = isinstance(threshold, (int, float, str, np.number))
        self._add(sums, threshold if told else None, real_is_high)
        if self.watch is not None:
            given = [real_output] if fake_output is None else [real_output, fake_output]
            flat = [_flat_output(output, True) for output in given]
            self.watch.note_outputs(
                _over(real_output, 0.0, real_is_high),
                *(_over(output, level, real_is_high) for output in given),
                outputs=tf.concat(flat, axis=0),
                reals=flat[0],
            )
        return real_output

    def note_labelled(self, seen, output, threshold, real_is_high):
        """Add what `_labelled_observation` returned."""
        sums, real, fake, both = seen
        self._add(sums, threshold, real_is_high)
        if self.watch is not None:
            mean = real + (threshold if real_is_high else -threshold)
            self.watch.note_outputs(mean, real, fake, both, _flat_output(output, True))

    def observe_fake(self, output, real_is_high=True):
        """Add the output on generated images."""
        self.sums.assign_add(observation(fake_output=output, real_is_high=real_is_high))

    def observe_validation(self, output, real_is_high=True):
        """Add the output on validation images."""
        self.sums.assign_add(observation(validation_output=output, real_is_high=real_is_high))

    def read(self) -> Observed:
        """Read the sums of all replicas since the last `reset`. Not in graphs."""
        return Observed(*np.asarray(tf.convert_to_tensor(self.sums)).tolist())

    def reset(self):
        """Set the sums to 0."""
        self.sums.assign(tf.zeros([len(Observed._fields)]))

    def _add(self, sums, threshold, real_is_high):
        self.threshold, self.real_is_high = threshold, bool(real_is_high)
        # ON_READ variables: each replica adds to its own copy, and nobody waits for another.
        self.sums.assign_add(sums)


def _over(output, level, real_is_high):
    """Distance of the mean output from the threshold, towards real images: a scalar."""
    level = tf.reduce_mean(tf.stop_gradient(tf.cast(level, tf.float32)))
    distance = tf.reduce_mean(tf.stop_gradient(tf.cast(output, tf.float32))) - level
    return distance if real_is_high else -distance


def replica_sums(count: int, name: str) -> tf.Variable:
    """Make a float32 variable that each replica adds to on its own; reading adds the copies."""
    return tf.Variable(
        tf.zeros([count]),
        trainable=False,
        name=name,
        # float32 counts exactly up to 2**24, far more than outputs between two steps of p.
        synchronization=tf.VariableSynchronization.ON_READ,
        aggregation=tf.VariableAggregation.SUM,
    )


# -- a metric that observes --------------------------------------------------------------------


def _labelled_observation(labels, output, real_label, threshold, real_is_high):
    """Sum up the outputs on one batch of real and of generated images, told apart by their labels.

    Args:
        labels: [N, ...], one for each image or for each element of the output.
        output: [N, ...], the discriminator's.
        real_label: that of real images.
        threshold: the output that means "cannot tell".
        real_is_high: False if the discriminator gives low values to real images.

    Returns:
        float32 [9], in the order of `Observed`; the distances of the mean outputs on real and on
        generated images from the threshold, towards real images; 1.0 if there are both, else 0.0.
    """
    flat = _flat_output(output, real_is_high)
    level = threshold if real_is_high else -threshold
    # Labels may come one an image while the output is a map of patches.
    count = tf.shape(output)[0]
    values = tf.reshape(flat, [count, -1])  # [N, outputs of an image]
    labels = tf.reshape(tf.cast(labels, tf.float32), [count, -1])
    real = tf.cast(tf.abs(labels - real_label) < _HALFWAY, tf.float32)  # [N, 1 or more]
    # An image counts once, however many outputs it has.
    images, real = tf.reduce_max(real, axis=1), tf.broadcast_to(real, tf.shape(values))
    fake = 1.0 - real
    any_real, any_fake = (tf.reduce_max(which) for which in (real, fake))
    sums = {
        "signs": tf.reduce_sum(real * tf.sign(values - level)),
        "count": tf.reduce_sum(real),
        "real": tf.reduce_sum(real * values),
        "fake": tf.reduce_sum(fake * values),
        "fake_count": tf.reduce_sum(fake),
        "images": tf.reduce_sum(images),
        "batches": any_real / tf.distribute.get_strategy().num_replicas_in_sync,
    }
    over = [
        # No images of a kind: 0 / 0 becomes 0, and `both` below says not to compare.
        tf.math.divide_no_nan(sums[name], sums[count]) - level
        for name, count in (("real", "count"), ("fake", "fake_count"))
    ]
    return (
        tf.stack([sums.get(name, tf.zeros([])) for name in Observed._fields]),
        *over,
        any_real * any_fake,
    )


@tf.keras.utils.register_keras_serializable(package="ada_tf")
class ObservedSigns(tf.keras.metrics.Metric):
    """r_t of the real images that a discriminator is trained on as a classifier.

    `AdaptiveAugmentation.metric` makes one that observes for its layer. A metric that was loaded with
    a model has no layer and only measures: compile again to go on.

    Args:
        real_label: label of real images.
        threshold: the output that means "cannot tell".
        real_is_high: None is whether `real_label` is above 0.5.
        observer: the `Observer` of a layer, or None.
        name: of the metric.
        dtype: of the result.
    """

    def __init__(
        self,
        real_label=1.0,
        threshold=0.5,
        real_is_high=None,
        observer=None,
        name="ada_rt",
        dtype=None,
    ):
        super().__init__(name=name, dtype=dtype)
        threshold_of(threshold)
        self.real_label, self.threshold = float(real_label), float(threshold)
        self.real_is_high = (
            self.real_label > _HALFWAY if real_is_high is None else bool(real_is_high)
        )
        self._observer = observer
        self.signs = self.add_weight(name="signs", initializer="zeros")
        self.count = self.add_weight(name="count", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Observe one batch.

        Args:
            y_true: labels, [N, ...].
            y_pred: output of the discriminator, [N, ...].
            sample_weight: ignored; r_t counts every image alike.
        """
        seen = _labelled_observation(
            y_true, y_pred, self.real_label, self.threshold, self.real_is_high
        )
        # Places of `signs` and `count` in `Observed`.
        self.signs.assign_add(tf.cast(seen[0][0], self.signs.dtype))
        self.count.assign_add(tf.cast(seen[0][1], self.count.dtype))
        if self._observer is not None:
            self._observer.note_labelled(seen, y_pred, self.threshold, self.real_is_high)

    def result(self):
        """Return r_t since the metric was reset; 0 without real images."""
        return tf.math.divide_no_nan(*map(tf.convert_to_tensor, (self.signs, self.count)))

    def get_config(self):
        """Return the arguments that build it again, without the observer."""
        return {
            **super().get_config(),
            "real_label": self.real_label,
            "threshold": self.threshold,
            "real_is_high": self.real_is_high,
        }
