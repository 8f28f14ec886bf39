"""The discriminator: images to logits (arXiv 1912.04958, section 4.1; labels by projection)."""

import itertools
import math

import keras
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.models.config import DISCRIMINATOR_METHODS
from ada_tf.models.layers import RESAMPLE_TAPS, Conv2D, Dense, Layer
from ada_tf.models.mapping import MappingNetwork
from ada_tf.models.sizes import block_precision, channels_at, check_network
from ada_tf.ops import at_least_float32, downsample2d, make_filter, random
from ada_tf.ops.dropout import adaptive_dropout
from ada_tf.ops.orientation import TURNS
from ada_tf.ops.progressive import BITS, checksum_sign, progressive_bits
from ada_tf.shape import Shape


def minibatch_std(x, group_size=4, num_channels=1):
    """Append the standard deviation over groups of images as feature maps (arXiv 1710.10196, section 3).

    Args:
        x: [N, H, W, C]; N a multiple of the group size.
        group_size: images per group, at most N; None is the whole batch. Image n belongs to group
            n mod (N / group_size): members are strided, not adjacent.
        num_channels: feature maps to add; C must be a multiple.

    Returns:
        [N, H, W, C + num_channels] in the dtype of x; computed in float32.

    Raises:
        UserError: N does not divide into groups.
    """
    n, height, width, channels = x.shape
    if n is None:
        n = tf.shape(x)[0]
        group = n if group_size is None else tf.minimum(group_size, n)
    else:
        group = n if group_size is None else min(group_size, n)
        if n % group:
            raise UserError(
                f"batch of {n} images does not divide into minibatch-std groups of {group}."
            )
    f, c = num_channels, channels // num_channels
    y = tf.reshape(
        at_least_float32(x), [group, n // group, height, width, f, c]
    )  # [G, M, H, W, F, c]
    y = y - tf.reduce_mean(y, axis=0, keepdims=True)
    y = tf.sqrt(tf.reduce_mean(tf.square(y), axis=0) + 1e-8)  # [M, H, W, F, c]
    y = tf.reduce_mean(y, axis=[1, 2, 4])  # [M, F]
    y = tf.reshape(tf.tile(y, [group, 1]), [n, 1, 1, f])  # row n holds group n mod M
    y = tf.cast(tf.tile(y, [1, height, width, 1]), x.dtype)
    return tf.concat([x, y], axis=3)


class DiscriminatorBlock(Layer):
    """One size: 3x3, then 3x3 to half the size; reads the image if first, or in "skip"."""

    def __init__(
        self,
        inputs,
        outputs,
        img_channels,
        *,
        architecture,
        is_first,
        precision,
        activation,
        taps,
        clamp,
        spectral=False,
        name=None,
    ):
        super().__init__(name)
        self.architecture, self.compute = architecture, precision.activations
        self.filter = make_filter(taps)
        shared = dict(activation=activation, taps=taps, clamp=clamp, products=precision.products)
        self.fromrgb = self.skip = None
        if is_first or architecture == "skip":
            self.fromrgb = Conv2D(img_channels, inputs, 1, name="fromrgb", **shared)
        self.conv0 = Conv2D(inputs, inputs, 3, spectral=spectral, name="conv0", **shared)
        self.conv1 = Conv2D(inputs, outputs, 3, down=2, spectral=spectral, name="conv1", **shared)
        if architecture == "resnet":
            self.skip = Conv2D(inputs, outputs, 1, bias=False, down=2, taps=taps, name="skip")

    def call(self, x, image, change=None):
        """X [N, H, W, in] or None, image float32 [N, H, W, channels] or None, both at half the size after.

        `change` is that of the layers.
        """
        x = None if x is None else tf.cast(x, self.compute)
        if self.fromrgb is not None:
            y = self.fromrgb(tf.cast(image, self.compute), change=change)
            x = y if x is None else x + y
            image = downsample2d(image, self.filter) if self.architecture == "skip" else None
        if self.architecture != "resnet":
            x = self.conv1(self.conv0(x, change=change), change=change)
            return tf.cast(x, self.compute), image
        shortcut = self.skip(x, gain=math.sqrt(0.5), change=change)
        x = self.conv1(self.conv0(x, change=change), gain=math.sqrt(0.5), change=change)
        return shortcut + tf.cast(x, self.compute), image


class DiscriminatorEpilogue(Layer):
    """The end, activations in float32: [N, h, w, C] of `size` -> [N, cmap_dim or 1]."""

    def __init__(
        self, channels, outputs, size, img_channels, *, architecture, activation, clamp, mbstd_group_size,
        mbstd_num_channels, products=None, spectral=False, name=None,
    ):  # fmt: skip
        super().__init__(name)
        self.mbstd_group_size, self.mbstd_num_channels = mbstd_group_size, mbstd_num_channels
        self.fromrgb = None
        if architecture == "skip":
            self.fromrgb = Conv2D(img_channels, channels, 1, activation=activation, name="fromrgb")
        self.conv = Conv2D(
            channels + mbstd_num_channels,
            channels,
            3,
            activation=activation,
            clamp=clamp,
            products=products,
            spectral=spectral,
            name="conv",
        )
        self.size = size
        self.fc = Dense(math.prod(size) * channels, channels, activation=activation, name="fc")
        self.out = Dense(channels, outputs, name="out")

    def call(self, x, image, change=None):
        return self.out(self.features(x, image, change), change=change)

    def features(self, x, image, change=None):
        """What the output is a product of: [N, C]."""
        x = tf.cast(x, tf.float32)
        if self.fromrgb is not None:
            x = x + self.fromrgb(image, change=change)
        if self.mbstd_num_channels:
            x = minibatch_std(x, self.mbstd_group_size, self.mbstd_num_channels)
        x = tf.cast(self.conv(x, change=change), tf.float32)
        return self.fc(tf.reshape(x, [-1, self.fc.kernel.shape[0]]), change=change)


@keras.saving.register_keras_serializable("ada_tf")
class Discriminator(keras.Model):
    """image [N, H, W, channels] (and labels [N, c_dim]) -> logits float32 [N, 1].

    Args:
        c_dim: number of label features; 0 is unconditional.
        shape: of the images, `Shape` or (height, width, channels).
        channel_base: feature maps of block r of `Shape.blocks` are min(channel_base / r, channel_max).
        channel_max: see channel_base.
        architecture: "resnet", "skip" or "orig".
        num_low_precision: the top N blocks run in `precision`; the end never does.
        precision: "float32", "float16" or "bfloat16".
        conv_clamp: limit of activation magnitudes, or None.
        activation: name for `bias_act`.
        resample_taps: FIR filter of the resampling.
        mbstd_group_size: see `minibatch_std`.
        mbstd_num_channels: see `minibatch_std`; 0 leaves it out.
        cmap_dim: width of the projected label, default the feature maps of the end.
        mapping: further arguments of the label's `MappingNetwork`.
        method: of `DISCRIMINATOR_METHODS`: "spectralnorm" normalises the 3x3 kernels, "auxrot" gives
            `rotation_logits`, "pagan" and "adropout" take `p` and `seed` in a call.

    Raises:
        UserError: an argument is outside of what is listed.
    """

    def __init__(
        self, c_dim=0, shape=(256, 256, 3), channel_base=32768, channel_max=512,
        architecture="resnet", num_low_precision=0, precision="float16", conv_clamp=None, activation="lrelu",
        resample_taps=RESAMPLE_TAPS, mbstd_group_size=4, mbstd_num_channels=1, cmap_dim=None, mapping=None,
        method="none", name=None,
    ):  # fmt: skip
        shape = Shape.of(shape)
        check_network(architecture, precision)
        if method not in DISCRIMINATOR_METHODS:
            raise UserError(f"method={method!r} must be one of {', '.join(DISCRIMINATOR_METHODS)}.")
        super().__init__(name=name, dtype="float32")
        self.config = dict(
            c_dim=c_dim, shape=shape.hwc, channel_base=channel_base,
            channel_max=channel_max, architecture=architecture, num_low_precision=num_low_precision,
            precision=precision, conv_clamp=conv_clamp, activation=activation,
            resample_taps=tuple(resample_taps), mbstd_group_size=mbstd_group_size,
            mbstd_num_channels=mbstd_num_channels, cmap_dim=cmap_dim, mapping=dict(mapping or {}),
            method=method,
        )  # fmt: skip
        self.c_dim, self.shape, self.method = c_dim, shape, method
        spectral = method == "spectralnorm"
        self.blocks = [
            DiscriminatorBlock(
                channels_at(r, channel_base, channel_max),
                channels_at(r // 2, channel_base, channel_max),
                shape.channels,
                architecture=architecture,
                is_first=r == shape.top,
                precision=block_precision(r, shape.top, num_low_precision, precision),
                activation=activation,
                taps=resample_taps,
                clamp=conv_clamp,
                spectral=spectral,
                name=f"b{r}",
            )
            for r in reversed(shape.blocks[1:])
        ]
        width = channels_at(4, channel_base, channel_max)
        self.cmap_dim = (cmap_dim or width) if c_dim else 0
        self.mapping = None
        if c_dim:
            arguments = {"track_average": False, **(mapping or {})}
            self.mapping = MappingNetwork(0, c_dim, self.cmap_dim, name="mapping", **arguments)
        self.epilogue = DiscriminatorEpilogue(
            width,
            self.cmap_dim or 1,
            shape.base,
            shape.channels,
            architecture=architecture,
            activation=activation,
            clamp=conv_clamp,
            mbstd_group_size=mbstd_group_size,
            mbstd_num_channels=mbstd_num_channels,
            products=block_precision(4, shape.top, num_low_precision, precision).products,
            spectral=spectral,
            name="b4",
        )
        # After all others, whose initial weights are those of a discriminator without.
        self.rotation = Dense(width, TURNS, name="rotation") if method == "auxrot" else None
        self.bits = None
        if method == "pagan":
            first = channels_at(shape.top, channel_base, channel_max)
            self.bits = Dense(BITS, first, bias=False, name="bits")
        self.built = True

    def call(self, image, labels=None, p=None, seed=None):
        """Logits of images.

        Args:
            image: [N, H, W, channels].
            labels: [N, c_dim], or None.
            p: float scalar, the strength of the methods "pagan" and "adropout".
            seed: int32 [2], of their draws; None disturbs nothing, as p = 0 does.
        """
        if self.c_dim and labels is None:
            raise UserError(
                f"labels=None for a conditional discriminator; give label vectors [N, {self.c_dim}]."
            )
        change, sign = None, None
        if seed is not None and self.method == "adropout":
            change = _dropout(p, seed)
        if seed is not None and self.method == "pagan":
            bits = progressive_bits(seed, image.shape[0] or tf.shape(image)[0], p)
            change, sign = _shift(self.blocks[0].fromrgb, self.bits(bits)), checksum_sign(bits)
        x = self.epilogue(*self._before_the_end(image, change), change=change)
        if self.mapping is not None:
            cmap = self.mapping(None, labels)
            x = tf.reduce_sum(x * cmap, axis=1, keepdims=True) / math.sqrt(self.cmap_dim)
        return x if sign is None else x * sign

    def _before_the_end(self, image, change=None):
        x, image = None, tf.cast(image, tf.float32)
        for block in self.blocks:
            x, image = block(x, image, change=change)
        return x, image

    def rotation_logits(self, images):
        """Of which way up images are, [4 N, ...] of `rotations` -> [4 N, 4]; with "auxrot" alone."""
        return self.rotation(self.epilogue.features(*self._before_the_end(images)))

    def advance(self):
        """Move what "spectralnorm" keeps by a step of its power iteration."""
        for block in self.blocks:
            block.conv0.advance()
            block.conv1.advance()
        self.epilogue.conv.advance()

    def get_config(self):
        return {**self.config, "name": self.name}


def _dropout(p, seed):
    """The change of every layer by adaptive dropout; they are numbered as they are met."""
    numbers = itertools.count()
    return lambda layer, x: adaptive_dropout(x, p, random.fold_in(seed, next(numbers)))


def _shift(first, shift):
    """The change of one layer, to which bits [N, C] are a further input."""
    shift = shift[:, tf.newaxis, tf.newaxis]
    return lambda layer, x: x + tf.cast(shift, x.dtype) if layer is first else x
