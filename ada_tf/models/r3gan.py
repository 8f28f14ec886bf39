"""The networks of R3GAN (arXiv 2501.05441), written from the paper: plain residual networks.

    generator       basis, blocks, transition, blocks, ..., 1x1 convolution to the picture
    discriminator   1x1 convolution, blocks, transition, ..., blocks, basis, linear layer

No normalisation, mapping network, styles, noise or statistics of the batch. What the paper says, by
section, and what it leaves open:

| part | here | from |
|---|---|---|
| residual block | 1x1, LeakyReLU, grouped 3x3, LeakyReLU, 1x1 | 3.4 |
| its width inside, maps of a group | twice the width outside, 16 | 3.5 |
| blocks of each resolution | 2 | 3.4 |
| transition | bilinear resampling; a 1x1 convolution where the width changes | 3.4 |
| first layer of the generator | 4x4 feature maps, modulated by a linear function of z | 3.4 |
| last of the discriminator | a depthwise convolution of all its 4x4 pixels, a linear layer | 3.4 |
| biases | before nonlinearities alone | 3.4, of a block; ours for all other layers |
| initial weights | last of a block 0, its others times L^(-1/4) of L blocks | 3.3 |
| of all others | He (arXiv 1502.01852) by what follows: LeakyReLU or nothing | ours |
| slope of LeakyReLU | 0.2, as in StyleGAN2 | ours |
| pixels beyond a border | 0, as in `ada_tf.ops.fir` | ours |
| labels | a linear function of them, scaled to mean square 1 | ours, as StyleGAN2 |
| of the generator | as wide as z, beside z | ours |
| of the discriminator | product of features and embedded label (arXiv 1802.05637) | ours |
"""

import math

import keras
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.models.latent_generator import LatentGenerator
from ada_tf.models.layers import RESAMPLE_TAPS, Dense, Layer, check_network
from ada_tf.models.mapping import normalize_second_moment, standardiser
from ada_tf.models.precision import computed_in
from ada_tf.models.sizes import channels_at, group_of
from ada_tf.ops import bias_act, choice, downsample2d, grouped_conv2d, make_filter, upsample2d
from ada_tf.shape import Shape

_SLOPE = 0.2
# Variance that LeakyReLU leaves of N(0, 1) is (1 + slope^2) / 2 (arXiv 1502.01852, section 2.2).
_GAIN = math.sqrt(2 / (1 + _SLOPE**2))
# By whole factors of 2, interpolation and its antialiased counterpart read these two pixels a side.
_BILINEAR = make_filter(RESAMPLE_TAPS)


def _normal(stddev: float):
    return keras.initializers.RandomNormal(stddev=stddev) if stddev else 0.0


class _Conv(Layer):
    """A convolution, perhaps with bias and activation: [N, H, W, inputs] -> [N, H, W, outputs].

    Args:
        inputs: input channels.
        outputs: output channels.
        kernel_size: 1 or 3.
        group: input channels that an output reads.
        activation: name for `bias_act`, behind a bias; None has neither.
        scale: factor of the initial weights.
    """

    def __init__(
        self, inputs, outputs, kernel_size=1, *, group=None, activation=None, scale=1.0, name=None
    ):
        super().__init__(name)
        self.activation = activation
        group = group or inputs
        stddev = scale * (_GAIN if activation else 1.0) / math.sqrt(group * kernel_size**2)
        shape = (kernel_size, kernel_size, group, outputs)
        self.kernel = self.weight("kernel", shape, _normal(stddev))
        self.bias = self.weight("bias", (outputs,), 0.0) if activation else None

    def call(self, x):
        x = grouped_conv2d(x, tf.convert_to_tensor(self.kernel))
        if self.bias is None:
            return x
        bias = tf.convert_to_tensor(self.bias)
        # Without the gain of equalised learning rates, which is in the initial weights here.
        return bias_act(x, bias, act=self.activation, alpha=_SLOPE, gain=1.0)


class _Embedding(Layer):
    """Labels [N, c_dim] -> [N, width], of mean square 1; see `R3GANGenerator` for `label_scales`."""

    def __init__(self, c_dim, width, label_scales, name=None):
        super().__init__(name)
        self._standardised = standardiser(label_scales)
        self.dense = Dense(c_dim, width, bias=False, name="dense")

    def call(self, labels):
        return normalize_second_moment(self.dense(self._standardised(labels)))


class ResidualBlock(Layer):
    """x + conv2(conv1(conv0(x))), each of the first two with bias and LeakyReLU: [N, H, W, width].

    Args:
        width: feature maps.
        inside: feature maps between its layers.
        group_size: maps that an output of the 3x3 convolution reads, see `group_of`.
        count: residual blocks of the network.
        products: dtype in which it multiplies; None is that of x.
        activation: name for `bias_act`.
    """

    def __init__(
        self, width, inside, group_size, count, products=None, activation="lrelu", name=None
    ):
        super().__init__(name)
        self.products = products
        # Fix-up (arXiv 1901.09321): with m layers in a branch, L^(-1 / (2 m - 2)).
        scale = count**-0.25
        group = group_of(inside, group_size)
        shared = dict(activation=activation, scale=scale)
        self.conv0 = _Conv(width, inside, name="conv0", **shared)
        self.conv1 = _Conv(inside, inside, 3, group=group, name="conv1", **shared)
        self.conv2 = _Conv(inside, width, scale=0.0, name="conv2")

    def call(self, x):
        y = x if self.products is None else tf.cast(x, self.products)
        return x + tf.cast(self.conv2(self.conv1(self.conv0(y))), x.dtype)


class Stage(Layer):
    """The residual blocks of a resolution, and the transition to the next one.

    A 1x1 convolution and resampling commute, so the narrower maps are resampled.

    Args:
        blocks: list of `ResidualBlock`.
        inputs: feature maps that come in.
        outputs: feature maps that go out.
        up: whether the size doubles before the blocks, in a generator.
        down: whether it halves behind them, in a discriminator.
        compute: dtype between blocks.
    """

    def __init__(self, blocks, inputs, outputs, *, up=False, down=False, compute, name=None):
        super().__init__(name)
        self.residual, self.up, self.down, self.compute = blocks, up, down, compute
        self.narrows = outputs < inputs
        self.change = _Conv(inputs, outputs, name="change") if inputs != outputs else None

    def call(self, x):
        x = tf.cast(x, self.compute)
        if self.up:
            x = self._transition(x, upsample2d)
        for block in self.residual:
            x = block(x)
        return self._transition(x, downsample2d) if self.down else x

    def _transition(self, x, resample):
        if self.change is None:
            return resample(x, _BILINEAR)
        if self.narrows:
            return resample(self.change(x), _BILINEAR)
        return self.change(resample(x, _BILINEAR))


class _Plan:
    """Widths, number formats and blocks that both networks share."""

    def __init__(self, shape, channel_base, channel_max, blocks, expansion, group_size, precision):
        self.shape = Shape.of(shape)
        check_network("resnet", precision)
        self.width = {r: channels_at(r, channel_base, channel_max) for r in self.shape.blocks}
        self._blocks, self._expansion, self._group_size = blocks, expansion, group_size
        self._precision = precision

    def stage(self, r: int, before: int, after: int, **direction) -> Stage:
        """The stage of block r, between widths of its neighbours."""
        low = self._precision != "float32" and r > 4
        width = self.width[r]
        blocks = [
            ResidualBlock(
                width,
                width * self._expansion,
                self._group_size,
                count=self._blocks * len(self.shape.blocks),
                products=self._precision if low else None,
                name=f"block{i}",
            )
            for i in range(self._blocks)
        ]
        compute = choice.activations_of(self._precision) if low else "float32"
        return Stage(blocks, before, after, compute=compute, name=f"b{r}", **direction)


@keras.saving.register_keras_serializable("ada_tf")
class R3GANGenerator(LatentGenerator):
    """z [N, z_dim] (and labels [N, c_dim]) -> image float32 [N, H, W, channels], nominally [-1, 1].

    w is z, with the embedded label behind it; all layers share it.

    Args:
        z_dim: width of the latents.
        c_dim: width of the label vectors; 0 is unconditional.
        shape: of the images, `Shape` or (height, width, channels).
        channel_base: feature maps of block r of `Shape.blocks` are min(channel_base / r, channel_max).
        channel_max: see channel_base.
        blocks: residual blocks of each resolution.
        expansion: feature maps inside of a block, per map outside.
        group_size: maps of a group of its 3x3 convolution, at least.
        precision: "float32" or "bfloat16"; block 4 and the picture are float32 in any case.
        label_scales: (mean, deviation) of each number of a label, by which labels are standardised;
            None takes them as they are.
    """

    num_ws = 1

    def __init__(
        self, z_dim=64, c_dim=0, shape=(256, 256, 3), channel_base=24576, channel_max=768, blocks=2,
        expansion=2, group_size=16, precision="float32", label_scales=None, name=None,
    ):  # fmt: skip
        super().__init__(name=name, dtype="float32")
        plan = _Plan(shape, channel_base, channel_max, blocks, expansion, group_size, precision)
        self.config = dict(
            z_dim=z_dim, c_dim=c_dim, shape=plan.shape.hwc, channel_base=channel_base,
            channel_max=channel_max, blocks=blocks, expansion=expansion, group_size=group_size,
            precision=precision, label_scales=label_scales,
        )  # fmt: skip
        self.z_dim, self.c_dim, self.w_dim = z_dim, c_dim, z_dim * (2 if c_dim else 1)
        self.embed = _Embedding(c_dim, z_dim, label_scales, name="embed") if c_dim else None
        self.w_avg = self.add_weight(
            name="w_avg", shape=(self.w_dim,), initializer="zeros", trainable=False
        )
        width = plan.width[4]
        self.basis = _weight(self, "basis", (*plan.shape.base, width), 1.0)
        # Of w, whose numbers are N(0, 1), it makes factors that are N(0, 1).
        self.modulation = _weight(self, "modulation", (self.w_dim, width), self.w_dim**-0.5)
        self.stages = []
        for r in plan.shape.blocks:
            before = plan.width.get(r // 2, plan.width[r])
            self.stages.append(plan.stage(r, before, plan.width[r], up=r > 4))
        self.torgb = _Conv(plan.width[plan.shape.top], plan.shape.channels, name="torgb")
        self.built = True

    def mapping(self, z, labels=None):
        if self.embed is None:
            return z
        return tf.concat([z, self.embed(labels)], axis=1)

    def synthesis(self, ws, noise_mode="const", seed=None):
        factors = tf.matmul(ws[:, 0], tf.convert_to_tensor(self.modulation))  # [N, C]
        x = tf.convert_to_tensor(self.basis) * factors[:, tf.newaxis, tf.newaxis, :]
        for stage in self.stages:
            x = stage(x)
        return self.torgb(tf.cast(x, tf.float32))

    def in_float32(self):
        """Return itself, or a copy in float32 if this one computes in low precision."""
        if self.config["precision"] == "float32":
            return self
        copy = type(self).from_config({**self.get_config(), "precision": "float32"})
        # Precision changes no variable, so both lists are in one order.
        for ours, theirs in zip(copy.variables, self.variables, strict=True):
            ours.assign(theirs)
        return copy

    def get_config(self):
        return {**self.config, "name": self.name}


@keras.saving.register_keras_serializable("ada_tf")
class R3GANDiscriminator(keras.Model):
    """image [N, H, W, channels] (and labels [N, c_dim]) -> logits float32 [N, 1].

    Args:
        c_dim: width of the label vectors; 0 is unconditional.
        shape: see `R3GANGenerator`, as all that follow.
        channel_base: likewise.
        channel_max: likewise.
        blocks: likewise.
        expansion: likewise.
        group_size: likewise.
        precision: likewise.
        label_scales: likewise.
    """

    def __init__(
        self, c_dim=0, shape=(256, 256, 3), channel_base=24576, channel_max=768, blocks=2, expansion=2,
        group_size=16, precision="float32", label_scales=None, name=None,
    ):  # fmt: skip
        super().__init__(name=name, dtype="float32")
        plan = _Plan(shape, channel_base, channel_max, blocks, expansion, group_size, precision)
        self.config = dict(
            c_dim=c_dim, shape=plan.shape.hwc, channel_base=channel_base, channel_max=channel_max,
            blocks=blocks, expansion=expansion, group_size=group_size, precision=precision,
            label_scales=label_scales,
        )  # fmt: skip
        self.c_dim = c_dim
        self.fromrgb = _Conv(plan.shape.channels, plan.width[plan.shape.top], name="fromrgb")
        self.stages = []
        for r in reversed(plan.shape.blocks):
            after = plan.width.get(r // 2, plan.width[r])
            self.stages.append(plan.stage(r, plan.width[r], after, down=r > 4))
        base, width = plan.shape.base, plan.width[4]
        self.basis = _weight(self, "basis", (*base, width), math.prod(base) ** -0.5)
        # With labels as many features as there are maps, without them one: the logit.
        self.head = _weight(self, "head", (width, width if c_dim else 1), width**-0.5)
        self.embed = _Embedding(c_dim, width, label_scales, name="embed") if c_dim else None
        self.built = True

    def call(self, image, labels=None):
        if self.c_dim and labels is None:
            raise UserError(
                f"labels=None for a conditional discriminator; give label vectors [N, {self.c_dim}]."
            )
        x = self.fromrgb(tf.cast(image, tf.float32))
        for stage in self.stages:
            x = stage(x)
        # A depthwise convolution of all pixels: each map is weighed by a map of its own.
        x = tf.reduce_sum(x * tf.convert_to_tensor(self.basis), axis=[1, 2])  # [N, C]
        x = tf.matmul(x, tf.convert_to_tensor(self.head))
        if self.embed is None:
            return x
        # The root keeps the variance of the sum of products near 1.
        return tf.reduce_sum(x * self.embed(labels), axis=1, keepdims=True) / math.sqrt(x.shape[1])

    def get_config(self):
        return {**self.config, "name": self.name}


def _weight(network, name: str, shape, stddev: float):
    return network.add_weight(name=name, shape=shape, initializer=_normal(stddev))


def make_generator(
    config, shape: Shape, label_dim: int, name: str, label_scales=None
) -> R3GANGenerator:
    """The generator of an `R3GANConfig`."""
    return R3GANGenerator(
        config.z_dim, label_dim, **_shared(config, shape), label_scales=label_scales, name=name
    )


def make_discriminator(
    config, shape: Shape, label_dim: int, name: str, label_scales=None
) -> R3GANDiscriminator:
    """The discriminator of an `R3GANConfig`."""
    return R3GANDiscriminator(
        label_dim, **_shared(config, shape), label_scales=label_scales, name=name
    )


def _shared(config, shape: Shape) -> dict:
    names = ("channel_base", "channel_max", "blocks", "expansion", "group_size")
    found = {name: getattr(config, name) for name in names}
    return dict(shape=shape.hwc, precision=computed_in(config).precision, **found)
