"""Methods for few images beside ADA: LeCam, consistency (bCR, zCR) and adaptive pseudo augmentation (APA)."""

import inspect

import tensorflow as tf

from ada_tf.augment.pipeline import apply
from ada_tf.augment.policy import AugmentPolicy
from ada_tf.augment.random_params import sample_params
from ada_tf.ops import random

# -- LeCam: the output on each kind of image stays near the usual output on the other ----------

# Aggregation of values that replicas assign: Keras 2 takes a value, Keras 3 a word, since about 3.6.
_MEAN = "mean" if hasattr(tf.keras, "ops") else tf.VariableAggregation.MEAN
_TAKEN = "aggregation" in inspect.signature(tf.keras.layers.Layer.add_weight).parameters
_OF_REPLICAS = {"aggregation": _MEAN} if _TAKEN else {}
DECAY = 0.99


def moved_anchors(real_output, fake_output, real_mean, fake_mean, share, lecam_decay=DECAY):
    """Move the running means of the output on real and on generated images.

    Args:
        real_output: D(x), [N, ...].
        fake_output: D(G(z)), [N, ...].
        real_mean: running mean of D(x); it begins at 0.
        fake_mean: running mean of D(G(z)).
        share: running mean of 1; dividing both means by it removes their bias towards 0.
        lecam_decay: share of the old means that is kept.

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

    One-sided as in the published weights: an output on the right side of the anchor costs nothing,
    max(0, D(x) - a_F)^2 and max(0, a_R - D(G(z)))^2.

    Returns:
        Distances of real images and of generated ones, in the shapes of the outputs.
    """
    # The means include this batch, so share is above 0 and the quotients are finite.
    real = tf.square(tf.nn.relu(real_output - fake_mean / share))
    return real, tf.square(tf.nn.relu(real_mean / share - fake_output))


def lecam(real_output, fake_output, real_mean, fake_mean, share, lecam_decay=DECAY):
    """Return the LeCam penalty of pairs, [N, ...], and the three new means of `moved_anchors`."""
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
        """Move the running means by a batch, and return its penalty.

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
        """Return the shape of a scalar."""
        return ()

    def get_config(self):
        """Return the arguments that build this layer again."""
        return {**super().get_config(), "decay": self.decay}


# -- consistency: the output does not change under moves that mean nothing ---------------------

# Mirror images, and shifts by up to an eighth (arXiv:2002.04724, Section 3.1).
MOVES = AugmentPolicy(xflip=1.0, shift=1.0)


def squared_difference(output, other):
    """Penalty of bCR and zCR, one for each output (arXiv:2002.04724, Algorithms 1 and 2)."""
    return tf.square(output - other)


def moved(images, seed, policy=MOVES):
    """Apply all transforms of a policy to every image: T(x), [N, H, W, C]."""
    count, size = images.shape[0] or tf.shape(images)[0], tuple(images.shape[1:3])
    return apply(images, sample_params(seed, count, 1.0, policy, size=size))  # p = 1: always moved


def consistency(discriminator, images, output, seed, policy=MOVES):
    """(D(x) - D(T(x)))^2, balanced if it is taken of real and of generated images (bCR, Algorithm 1).

        d_loss += 10 * consistency(discriminator, real_images, real_output, seed)
        d_loss += 10 * consistency(discriminator, fake_images, fake_output, other_seed)

    Args:
        discriminator: images -> output.
        images: float [N, H, W, C] with black and white at -1 and 1, as D saw them: with ADA, x is
            the augmented image.
        output: D(x), [N, ...].
        seed: int32 [2]; another at each call.
        policy: of T.

    Returns:
        float32 scalar, the mean, to be weighted and added to the discriminator's loss.
    """
    again = discriminator(moved(images, seed, policy))
    return tf.reduce_mean(squared_difference(output, again))


# -- pseudo reals: generated images among those that are shown as real --------------------------


def pseudo_reals(reals, fakes, p, seed):
    """Replace real images by generated ones with a probability p (APA, arXiv:2111.06849, Section 3.2).

    The discriminator is told that they are real, so it cannot be as sure of the images that it knows
    by heart (equation 4). p moves as in ADA, by the same statistic. At p = 1 no real image would be
    left: keep p below the cap of ADA.

    Args:
        reals: [N, H, W, C], before any augmentation, or a nest of tensors [N, ...], such as images
            and their labels; a row is replaced as a whole.
        fakes: the same of generated images; no gradient flows into them.
        p: float scalar.
        seed: int32 [2] (see `ada_tf.ops.random`).

    Returns:
        Images to show as real, in the structure of `reals`.
    """
    first = tf.convert_to_tensor(tf.nest.flatten(reals)[0])
    count = first.shape[0] or tf.shape(first)[0]
    # [N], the same for all parts of the nest
    replaced = random.uniform(seed, [count]) < tf.cast(p, tf.float32)

    def shown(real, fake):
        rows = tf.reshape(replaced, [-1] + [1] * (len(real.shape) - 1))  # [N, 1, ..., 1]
        return tf.where(rows, tf.stop_gradient(tf.cast(fake, real.dtype)), real)

    return tf.nest.map_structure(shown, reals, fakes)
