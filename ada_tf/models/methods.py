"""Discriminators with another method for limited data: the comparison in arXiv 2006.06676, section 4.3.

| method | class | in addition |
|---|---|---|
| spectralnorm | `SpectralNormalization` | 3x3 kernels divided by their largest singular value |
| auxrot | `AuxiliaryRotations` | a second output: the orientation of an image |
| pagan | `ProgressiveAugmentation` | random bits that the discriminator has to take into account |
| adropout | `AdaptiveDropout` | noise on the feature maps |

The functions serve any Keras GAN. A discriminator with `adaptive = True` is called with `p` and
`seed` in training; without a seed it is the plain one. One with a method `advance` has it called
after each of its training steps.
"""

import contextlib
import contextvars
import itertools

import keras
import tensorflow as tf

from ada_tf.models.discriminator import Discriminator, LayerKinds
from ada_tf.models.layers import Conv2D, Dense
from ada_tf.models.sizes import channels_at
from ada_tf.ops import random

_TURNS = 4  # orientations of an image
BITS = 16  # of PA-GAN as p goes from 0 to 1 (arXiv 2006.06676, section 4.3)


# Spectral normalisation


def inverse_norm(kernel, u):
    """Compute 1 / sigma of a kernel by one power iteration (arXiv 1802.05957, algorithm 1).

        inverse, u = inverse_norm(kernel, u)
        y = tf.nn.conv2d(x, kernel * inverse, 1, "SAME")

    Kernels move little in a step of the optimizer, so that one iteration after each step follows
    them. The gradient of the division flows into the kernel.

    Args:
        kernel: [..., outputs], read as the matrix [inputs, outputs].
        u: [1, outputs], the result of the last iteration; N(0, 1) at first.

    Returns:
        1 / sigma, a scalar, and the next u.
    """
    w = tf.reshape(kernel, [-1, kernel.shape[-1]])  # [k k in, outputs]
    v = tf.matmul(u, w, transpose_b=True)  # [1, inputs]
    v = v * tf.math.rsqrt(tf.reduce_sum(tf.square(v)) + 1e-8)  # so that 0 stays 0
    # |u| is sigma now: v has length 1 and points along the largest singular vector.
    u = tf.matmul(v, w)
    inverse = tf.math.rsqrt(tf.reduce_sum(tf.square(u)) + 1e-8)
    return inverse, u * inverse


class _SpectralConv2D(Conv2D):
    """A `Conv2D` whose 3x3 kernel has the largest singular value 1; 1x1 kernels stay."""

    def __init__(self, inputs, outputs, kernel_size, **more):
        super().__init__(inputs, outputs, kernel_size, **more)
        self.u = None
        if kernel_size > 1:
            # A seed of its own leaves the initial values of all other weights as they are.
            start = keras.initializers.RandomNormal(stddev=1.0, seed=0)
            self.u = self.weight("u", (1, outputs), start, trainable=False)

    def scaled_kernel(self, gain):
        w = super().scaled_kernel(gain)
        return w if self.u is None else w * self._iterate()[0]

    def advance(self):
        """Move u by one power iteration."""
        if self.u is not None:
            self.u.assign(self._iterate()[1])

    def _iterate(self):
        """Return 1 / sigma of the kernel without the activation's gain, and the next u."""
        return inverse_norm(super().scaled_kernel(1.0), tf.convert_to_tensor(self.u))


@keras.saving.register_keras_serializable("ada_tf")
class SpectralNormalization(Discriminator):
    """A discriminator whose 3x3 kernels are divided by their largest singular value."""

    layer_kinds = LayerKinds(conv=_SpectralConv2D)

    def advance(self):
        """Move the singular vectors of all kernels by one power iteration.

        A call moves nothing: the result for a batch does not depend on the parts that it is split
        into.
        """
        for block in self.blocks:
            block.conv0.advance()
            block.conv1.advance()
        self.epilogue.conv.advance()


# Auxiliary rotations


def rotations(images):
    """Turn every image into its four orientations (SS-GAN, arXiv 1811.11212).

    Args:
        images: [N, H, H, C].

    Returns:
        [4 N, H, H, C]: row 4 n + k is image n after k quarter turns counterclockwise.
    """
    turned = tf.stack([tf.image.rot90(images, k) for k in range(_TURNS)], axis=1)  # [N, 4, H, H, C]
    return tf.reshape(turned, [-1, *images.shape[1:]])


def rotation_loss(logits):
    """Compute the cross-entropy of the orientation, of reals for D, of fakes for G (SS-GAN).

        d_loss += 5 * tf.reduce_mean(rotation_loss(orientation_of(rotations(real_images))))
        g_loss += 10 * tf.reduce_mean(rotation_loss(orientation_of(rotations(fake_images))))

    Args:
        logits: [4 N, 4], a second output of the discriminator for `rotations(images)`.

    Returns:
        [N, 4].
    """
    # Row 4 n + k of `rotations` was turned k times, so the right answers are the diagonal.
    logits = tf.reshape(logits, [-1, _TURNS, _TURNS])  # [N, turned by, said]
    return tf.reduce_logsumexp(logits, axis=2) - tf.linalg.diag_part(logits)


@keras.saving.register_keras_serializable("ada_tf")
class AuxiliaryRotations(Discriminator):
    """A discriminator with a second output, `rotation_logits`."""

    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        self.rotation = Dense(self.epilogue.fc.kernel.shape[1], _TURNS, name="rotation")

    def rotation_logits(self, images):
        """Logits over four rotations: [4 N, H, H, C] of `rotations` -> [4 N, 4]."""
        return self.rotation(self.epilogue.features(*self.through_blocks(images)))


# Layers that a method changes in a call

# (layer, x) -> x while an adaptive discriminator is being called. Keras calls layers with tensors;
# a function has no other way to them that leaves their signatures alone.
_CHANGE = contextvars.ContextVar("change", default=None)


@contextlib.contextmanager
def _changed_by(change):
    token = _CHANGE.set(change)
    try:
        yield
    finally:
        _CHANGE.reset(token)


class _ChangedDense(Dense):
    """A `Dense` whose product with the kernel is changed before the bias."""

    def multiply(self, x):
        change, y = _CHANGE.get(), super().multiply(x)
        return y if change is None else change(self, y)


class _ChangedConv2D(Conv2D):
    """A `Conv2D` whose convolution is changed before all gains and the bias."""

    def convolve(self, x, gain):
        change = _CHANGE.get()
        if change is None:
            return super().convolve(x, gain)
        # A shift belongs before the gains, which other layers fold into the kernel.
        x = change(self, super().convolve(x, 1.0))
        return x * tf.cast(gain, x.dtype)


class _ChangedDiscriminator(Discriminator):
    layer_kinds = LayerKinds(_ChangedConv2D, _ChangedDense)
    adaptive = True


# Progressive augmentation


def progressive_bits(seed, count, p):
    """Draw the bits of each image (PA-GAN, arXiv 1901.10422).

    The right answer depends on the checksum of the bits, too: a discriminator that knows its images
    by heart has a new task with each bit. A bit that is not yet in use is 0, one in use 0 or 1
    alike; bit i comes into use between p = (i + 1/2) / 16 and (i + 1) / 16.

        bits = progressive_bits(seed, 32, p)
        output = discriminator([images, bits]) * checksum_sign(bits)

    Args:
        seed: int32 [2] (see `ada_tf.ops.random`).
        count: N, the number of images.
        p: float scalar.

    Returns:
        float32 [N, 16] of 0 and 1.
    """
    numbers = tf.range(BITS, dtype=tf.float32)
    # Rises from 0 to 1 in the second half of the bit's sixteenth of p.
    in_use = tf.clip_by_value((tf.cast(p, tf.float32) * BITS - numbers - 0.5) / 0.5, 0.0, 1.0)
    return tf.cast(random.uniform(seed, [count, BITS]) < 0.5 * in_use, tf.float32)


def checksum_sign(bits):
    """Return 1 where an even number of bits is set, -1 where an odd one is: [N, K] -> [N, 1].

    The product with it turns the logit of an image and its bits into the logit of the image.
    """
    return tf.reduce_prod(1.0 - 2.0 * bits, axis=1, keepdims=True)


@keras.saving.register_keras_serializable("ada_tf")
class ProgressiveAugmentation(_ChangedDiscriminator):
    """A discriminator with `progressive_bits` as a further input of its first layer."""

    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        first = channels_at(self.shape.top, self.config["channel_base"], self.config["channel_max"])
        self.bits = Dense(BITS, first, bias=False, name="bits")

    def call(self, image, labels=None, p=None, seed=None):
        """Logits [N, 1]; `p` and `seed`, int32 [2], draw the bits, seed None leaves them out."""
        if seed is None:
            return super().call(image, labels)
        bits = progressive_bits(seed, image.shape[0] or tf.shape(image)[0], p)
        shift = self.bits(bits)[:, tf.newaxis, tf.newaxis]  # [N, 1, 1, C]
        first = self.blocks[0].fromrgb

        def change(layer, x):
            return x + tf.cast(shift, x.dtype) if layer is first else x

        with _changed_by(change):
            return super().call(image, labels) * checksum_sign(bits)


# Adaptive dropout


def adaptive_dropout(x, p, seed):
    """Multiply every feature map of every image by exp(p N(0, 1)) (arXiv 2006.06676, appendix).

    The multiplicative noise of Gaussian dropout, as strong as the discriminator overfits. It belongs
    after each convolution and product of D, before the bias, with the p of an
    `AdaptiveAugmentation("none")`.

    Args:
        x: [N, ..., C].
        p: float scalar, the strength.
        seed: int32 [2] (see `ada_tf.ops.random`); another one in each layer.

    Returns:
        Tensor of the shape and dtype of x.
    """
    count = x.shape[0] or tf.shape(x)[0]
    # [N, 1, ..., 1, C]
    noise = random.normal(seed, [count, *[1] * (len(x.shape) - 2), x.shape[-1]])
    return x * tf.cast(tf.exp(tf.cast(p, tf.float32) * noise), x.dtype)


@keras.saving.register_keras_serializable("ada_tf")
class AdaptiveDropout(_ChangedDiscriminator):
    """A discriminator with `adaptive_dropout` in every layer."""

    def call(self, image, labels=None, p=None, seed=None):
        """Logits [N, 1]; `p` and `seed`, int32 [2], draw the noise, seed None leaves it out."""
        if seed is None:
            return super().call(image, labels)
        # Tracing calls the layers in one order, so each gets the same stream in every call.
        numbers = itertools.count()  # of the layers, in the order of their calls

        def change(layer, x):
            return adaptive_dropout(x, p, random.fold_in(seed, next(numbers)))

        with _changed_by(change):
            return super().call(image, labels)


# Value of `network.discriminator_method` -> class.
METHODS = {
    "none": Discriminator,
    "spectralnorm": SpectralNormalization,
    "auxrot": AuxiliaryRotations,
    "pagan": ProgressiveAugmentation,
    "adropout": AdaptiveDropout,
}
Discriminator.by_method = METHODS
