"""LeCam regularisation: the output on each kind of image stays near the usual output on the other."""

import inspect

import tensorflow as tf

# What becomes of values that replicas assign: Keras 2 takes a value, Keras 3 a word, since 3.6 or so.
_MEAN = "mean" if hasattr(tf.keras, "ops") else tf.VariableAggregation.MEAN
_TAKEN = "aggregation" in inspect.signature(tf.keras.layers.Layer.add_weight).parameters
_OF_REPLICAS = {"aggregation": _MEAN} if _TAKEN else {}
DECAY = 0.99


def moved_anchors(real_output, fake_output, real_mean, fake_mean, share, lecam_decay=DECAY):
    """Move the running means of the output on real and on generated images.

    Args:
        real_output: D(x), [N, ...].
        fake_output: D(G(z)), [N, ...].
        real_mean: running mean of the former; it begins at 0.
        fake_mean: of the latter.
        share: running mean of 1, by which both are divided so that they are not biased towards 0.
        lecam_decay: what is kept of them.

    Returns:
        The new real_mean, fake_mean and share. No gradient flows into them.
    """
    pairs = ((real_mean, real_output), (fake_mean, fake_output), (share, tf.ones([])))
    return tuple(
        lecam_decay * mean
        + (1 - lecam_decay) * tf.stop_gradient(tf.reduce_mean(tf.cast(x, tf.float32)))
        for mean, x in pairs
    )


def distances(real_output, fake_output, real_mean, fake_mean, share):
    """Squared distances from the anchors a = mean / share (arXiv:2104.03310, equation 7), one-sided.

    One-sided as the weights are that were published: an output on the right side of the anchor costs
    nothing, max(0, D(x) - a_F)^2 and max(0, a_R - D(G(z)))^2.

    Returns:
        Those of real images and those of generated ones, in the shapes of the outputs.
    """
    real = tf.square(tf.nn.relu(real_output - fake_mean / share))
    return real, tf.square(tf.nn.relu(real_mean / share - fake_output))


def lecam(real_output, fake_output, real_mean, fake_mean, share, lecam_decay=DECAY):
    """LeCam's penalty of pairs [N, ...], and what `moved_anchors` returns, which it is computed from."""
    moved = moved_anchors(real_output, fake_output, real_mean, fake_mean, share, lecam_decay)
    real, fake = distances(real_output, fake_output, *moved)
    return real + fake, *moved


@tf.keras.utils.register_keras_serializable(package="ada_tf")
class LeCam(tf.keras.layers.Layer):
    """LeCam regularisation of any discriminator (arXiv:2104.03310), with its running means.

        d_loss += 3e-7 * lecam(real_output, fake_output)

    Not for outputs between 0 and 1, nor for losses that compare outputs with each other: the level
    of an output must mean something.

    Args:
        decay: of the running means.
        name: of the layer.

    Attributes:
        real_mean, fake_mean, share: float32 weights, see `moved_anchors`.
    """

    def __init__(self, decay=DECAY, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self.decay = float(decay)
        for mean in ("real_mean", "fake_mean", "share"):
            weight = self.add_weight(
                name=mean, shape=(), dtype="float32", initializer="zeros", trainable=False,
                **_OF_REPLICAS,
            )  # fmt: skip
            setattr(self, mean, weight)
        self.built = True

    def call(self, real_output, fake_output):
        """Take note of a batch, and return its penalty.

        Args:
            real_output: [N, ...], before any mean.
            fake_output: [M, ...].

        Returns:
            float32 scalar, to be weighted and added to the discriminator's loss.
        """
        real_output, fake_output = (tf.cast(x, tf.float32) for x in (real_output, fake_output))
        weights = (self.real_mean, self.fake_mean, self.share)
        old = [tf.convert_to_tensor(w) for w in weights]
        moved = moved_anchors(real_output, fake_output, *old, self.decay)
        for weight, value in zip(weights, moved, strict=True):
            weight.assign(value)
        real, fake = distances(real_output, fake_output, *moved)
        return tf.reduce_mean(real) + tf.reduce_mean(fake)

    def compute_output_shape(self, *shapes):
        """A scalar."""
        return ()

    def get_config(self):
        """Return the arguments that build this layer again."""
        return {**super().get_config(), "decay": self.decay}
