"""The discriminator: from images to logits (arXiv 1912.04958, section 4.1; labels by projection)."""

import math
from typing import ClassVar, NamedTuple

import keras
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.files import quoted
from ada_tf.models.layers import RESAMPLE_TAPS, Conv2D, Dense, Layer, check_network
from ada_tf.models.mapping import MappingNetwork
from ada_tf.models.precision import block_precision
from ada_tf.models.sizes import channels_at
from ada_tf.ops import at_least_float32, downsample2d, make_filter
from ada_tf.shape import Shape


def minibatch_std(x, group_size=4, num_channels=1):
    """Append the standard deviation over groups of images as feature maps (arXiv 1710.10196, section 3).

    Args:
        x: [N, H, W, C]; N a multiple of the group size.
        group_size: images in a group, at most N; None is the whole batch. Image n belongs to group
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
        # A graph for any N cannot check that it divides; the settings of a run are checked for it.
        group = n if group_size is None else tf.minimum(group_size, n)
    else:
        group = n if group_size is None else min(group_size, n)
        if n % group:
            raise UserError(
                f"batch of {n} images does not divide into minibatch-std groups of {group}."
            )
    # F statistics, each of c = C / F feature maps.
    f, c = num_channels, channels // num_channels
    y = tf.reshape(
        at_least_float32(x), [group, n // group, height, width, f, c]
    )  # [G, M, H, W, F, c]
    # The biased variance, as published: groups of one image have 0, not NaN.
    y = y - tf.reduce_mean(y, axis=0, keepdims=True)
    # 1e-8: the root has no finite gradient at 0, where all images of a group are alike.
    y = tf.sqrt(tf.reduce_mean(tf.square(y), axis=0) + 1e-8)  # [M, H, W, F, c]
    y = tf.reduce_mean(y, axis=[1, 2, 4])  # [M, F]
    y = tf.reshape(tf.tile(y, [group, 1]), [n, 1, 1, f])  # row n holds group n mod M
    y = tf.cast(tf.tile(y, [1, height, width, 1]), x.dtype)
    return tf.concat([x, y], axis=3)


class LayerKinds(NamedTuple):
    """The classes of the layers that a discriminator is made of."""

    conv: type = Conv2D
    dense: type = Dense


class DiscriminatorBlock(Layer):  # .keras files hold the name of this class
    """A block of one size: 3x3, then 3x3 to half the size; the first one reads the image."""

    def __init__(
        self, inputs, outputs, img_channels, *, architecture, is_first, precision, activation, taps,
        clamp, kinds, name=None,
    ):  # fmt: skip
        super().__init__(name)
        conv = kinds.conv
        self.architecture, self.compute = architecture, precision.activations
        self.filter = make_filter(taps)
        shared = dict(activation=activation, taps=taps, clamp=clamp, products=precision.products)
        # Names as in published weights; see `names`.
        self.fromrgb = self.skip = None
        if is_first or architecture == "skip":
            self.fromrgb = conv(img_channels, inputs, 1, name="fromrgb", **shared)
        self.conv0 = conv(inputs, inputs, 3, name="conv0", **shared)
        self.conv1 = conv(inputs, outputs, 3, down=2, name="conv1", **shared)
        if architecture == "resnet":
            self.skip = conv(inputs, outputs, 1, bias=False, down=2, taps=taps, name="skip")

    def call(self, x, image):
        """Halve x and the image.

        Args:
            x: [N, H, W, inputs], or None in the first block.
            image: float32 [N, H, W, channels], or None where only the first block reads it.

        Returns:
            x [N, H/2, W/2, outputs], and the image at half its size or None.
        """
        # Each block in its own format: float16 near the picture, float32 near the logits.
        x = None if x is None else tf.cast(x, self.compute)
        if self.fromrgb is not None:
            y = self.fromrgb(tf.cast(image, self.compute))
            x = y if x is None else x + y
            # Only "skip" shows the image to every block.
            image = downsample2d(image, self.filter) if self.architecture == "skip" else None
        if self.architecture != "resnet":
            return tf.cast(self.conv1(self.conv0(x)), self.compute), image
        # Each branch times sqrt(1/2) keeps the variance of their sum at 1.
        shortcut = self.skip(x, gain=math.sqrt(0.5))
        # The gain scales the clamp as well; see `Conv2D.call`.
        x = self.conv1(self.conv0(x), gain=math.sqrt(0.5))
        return shortcut + tf.cast(x, self.compute), image


class _Epilogue(Layer):
    """The smallest block and the output, in float32: [N, h, w, C] of `size` -> [N, outputs]."""

    def __init__(
        self, channels, outputs, size, img_channels, *, architecture, activation, clamp, mbstd_group_size,
        mbstd_num_channels, products=None, kinds, name=None,
    ):  # fmt: skip
        super().__init__(name)
        conv, dense = kinds
        self.mbstd_group_size, self.mbstd_num_channels = mbstd_group_size, mbstd_num_channels
        self.fromrgb = None
        if architecture == "skip":
            self.fromrgb = conv(img_channels, channels, 1, activation=activation, name="fromrgb")
        self.conv = conv(
            channels + mbstd_num_channels,
            channels,
            3,
            activation=activation,
            clamp=clamp,
            products=products,
            name="conv",
        )
        # [h, w, C] is flattened in this order; published weights have (C, h, w), see `names.flat`.
        self.size = size
        self.fc = dense(math.prod(size) * channels, channels, activation=activation, name="fc")
        self.out = dense(channels, outputs, name="out")

    def call(self, x, image):
        return self.out(self.features(x, image))

    def features(self, x, image):
        """Features before the output layer: [N, h, w, C] -> [N, C]."""
        x = tf.cast(x, tf.float32)
        if self.fromrgb is not None:
            # In float32, so this one needs no clamp.
            x = x + self.fromrgb(image)
        if self.mbstd_num_channels:
            x = minibatch_std(x, self.mbstd_group_size, self.mbstd_num_channels)
        x = tf.cast(self.conv(x), tf.float32)
        return self.fc(tf.reshape(x, [-1, self.fc.kernel.shape[0]]))  # [N, h * w * C] -> [N, C]


@keras.saving.register_keras_serializable("ada_tf")
class Discriminator(keras.Model):
    """image [N, H, W, channels] (and labels [N, c_dim]) -> logits float32 [N, 1].

    Args:
        c_dim: width of the label vectors; 0 is unconditional.
        shape: shape of the images, `Shape` or (height, width, channels).
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

    Attributes:
        layer_kinds: classes of its layers, for a subclass to change; see `ada_tf.models.methods`.
        adaptive: whether training calls it with `p` and `seed`, too.
        by_method: method for limited data -> its class, of `ada_tf.models.methods` once it is imported.

    Raises:
        UserError: `architecture` or `precision` is none of these.
    """

    layer_kinds = LayerKinds()
    adaptive = False
    by_method: ClassVar[dict] = {}

    def __init__(
        self, c_dim=0, shape=(256, 256, 3), channel_base=32768, channel_max=512,
        architecture="resnet", num_low_precision=0, precision="float16", conv_clamp=None, activation="lrelu",
        resample_taps=RESAMPLE_TAPS, mbstd_group_size=4, mbstd_num_channels=1, cmap_dim=None, mapping=None,
        name=None,
    ):  # fmt: skip
        shape = Shape.of(shape)
        check_network(architecture, precision)
        super().__init__(name=name, dtype="float32")
        self.config = dict(
            c_dim=c_dim, shape=shape.hwc, channel_base=channel_base,
            channel_max=channel_max, architecture=architecture, num_low_precision=num_low_precision,
            precision=precision, conv_clamp=conv_clamp, activation=activation,
            resample_taps=tuple(resample_taps), mbstd_group_size=mbstd_group_size,
            mbstd_num_channels=mbstd_num_channels, cmap_dim=cmap_dim, mapping=dict(mapping or {}),
        )  # fmt: skip
        self.c_dim, self.shape = c_dim, shape
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
                kinds=self.layer_kinds,
                name=f"b{r}",
            )
            # From the picture down to block 8; block 4 is the epilogue.
            for r in reversed(shape.blocks[1:])
        ]
        width = channels_at(4, channel_base, channel_max)
        # 0 without labels: the output layer then has one unit, the logit.
        self.cmap_dim = (cmap_dim or width) if c_dim else 0
        self.mapping = None
        if c_dim:
            # Nobody truncates in the discriminator.
            arguments = {"track_average": False, **(mapping or {})}
            self.mapping = MappingNetwork(0, c_dim, self.cmap_dim, name="mapping", **arguments)
        self.epilogue = _Epilogue(
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
            kinds=self.layer_kinds,
            name="b4",
        )
        self.built = True

    def call(self, image, labels=None):
        if self.c_dim and labels is None:
            raise UserError(
                f"labels=None for a conditional discriminator; give label vectors [N, {self.c_dim}]."
            )
        x = self.epilogue(*self.through_blocks(image))  # [N, cmap_dim or 1]
        if self.mapping is None:
            return x
        # Projection: the product with the embedded label (arXiv 1802.05637).
        cmap = self.mapping(None, labels)  # [N, cmap_dim]
        # The root keeps the variance of the sum of products near 1.
        return tf.reduce_sum(x * cmap, axis=1, keepdims=True) / math.sqrt(self.cmap_dim)

    def through_blocks(self, image):
        """Run all blocks but the epilogue; return its two inputs."""
        x, image = None, tf.cast(image, tf.float32)
        for block in self.blocks:
            x, image = block(x, image)
        return x, image

    def get_config(self):
        return {**self.config, "name": self.name}

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        method = config.pop("method", "none")  # of ada_tf 0.2, which had one class for all
        kind = cls if method == "none" else cls.by_method.get(str(method))
        if kind is None:
            raise UserError(
                f"this discriminator was saved with method={quoted(method)} of ada_tf 0.2; import"
                " ada_tf.models.methods before it is loaded."
            )
        return kind(**config)
