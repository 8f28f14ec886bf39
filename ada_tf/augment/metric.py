"""A Keras metric that observes: for discriminators that are trained as a classifier.

With `train_on_batch`, and with `compile` and `fit`, the output of the discriminator is seen by its
metrics only.
"""

import tensorflow as tf

from ada_tf.augment.clues import stacked_clues
from ada_tf.augment.control import Observed, flat_output, threshold_of

# Labels may be smoothed or noisy: what is nearer to the label of real images than this is real.
HALFWAY = 0.5


def labelled_observation(labels, output, real_label, threshold, real_is_high):
    """Sum up the outputs on one batch of real and of generated images, told apart by their labels.

    Args:
        labels: [N, ...], one for each image or for each element of the output.
        output: [N, ...], the discriminator's.
        real_label: that of real images.
        threshold: the output that means "cannot tell".
        real_is_high: False if the discriminator gives low values to real images.

    Returns:
        float32 [9], in the order of `Observed`; float32 [7], in the order of `Clues`.
    """
    flat = flat_output(output, real_is_high)
    level = threshold if real_is_high else -threshold
    count = tf.shape(output)[0]
    values = tf.reshape(flat, [count, -1])
    labels = tf.reshape(tf.cast(labels, tf.float32), [count, -1])
    real = tf.cast(tf.abs(labels - real_label) < HALFWAY, tf.float32)  # [N, 1 or more]
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
    means = [
        tf.math.divide_no_nan(sums[name], sums[count]) - level
        for name, count in (("real", "count"), ("fake", "fake_count"))
    ]
    pair = any_real * any_fake
    clues = stacked_clues(
        outputs=1.0,
        pairs=pair,
        inverted=pair * tf.cast(means[0] < means[1], tf.float32),
        one_sided=pair * tf.cast(means[0] * means[1] > 0.0, tf.float32),
    )
    return tf.stack([sums.get(name, tf.zeros([])) for name in Observed._fields]), clues


@tf.keras.utils.register_keras_serializable(package="ada_tf")
class ObservedSigns(tf.keras.metrics.Metric):
    """r_t of the real images in what a discriminator is trained on, which it shows to a layer.

    From `AdaptiveAugmentation.metric`. One that is loaded with a model has no layer any more, and
    only measures: compile again to go on.

    Args:
        real_label: label of real images.
        threshold: the output that means "cannot tell".
        real_is_high: None is whether `real_label` is above 0.5.
        layer: the `AdaptiveAugmentation`, or None.
        name: of the metric.
        dtype: of the result.
    """

    def __init__(
        self,
        real_label=1.0,
        threshold=0.5,
        real_is_high=None,
        layer=None,
        name="ada_rt",
        dtype=None,
    ):
        super().__init__(name=name, dtype=dtype)
        threshold_of(threshold)
        self.real_label, self.threshold = float(real_label), float(threshold)
        self.real_is_high = (
            self.real_label > HALFWAY if real_is_high is None else bool(real_is_high)
        )
        self._note = None if layer is None else layer.note_labelled
        self.signs = self.add_weight(name="signs", initializer="zeros")
        self.count = self.add_weight(name="count", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Observe one batch.

        Args:
            y_true: labels, [N, ...].
            y_pred: output of the discriminator, [N, ...].
            sample_weight: not looked at; r_t counts every image alike.
        """
        sums, clues = labelled_observation(
            y_true, y_pred, self.real_label, self.threshold, self.real_is_high
        )
        self.signs.assign_add(tf.cast(sums[0], self.signs.dtype))
        self.count.assign_add(tf.cast(sums[1], self.count.dtype))
        if self._note is not None:
            self._note(sums, clues, self.threshold, self.real_is_high)

    def result(self):
        """r_t since the metric was reset; 0 without any real image."""
        return tf.math.divide_no_nan(*map(tf.convert_to_tensor, (self.signs, self.count)))

    def get_config(self):
        """Return the arguments that build it again, but for the layer."""
        return {
            **super().get_config(),
            "real_label": self.real_label,
            "threshold": self.threshold,
            "real_is_high": self.real_is_high,
        }
