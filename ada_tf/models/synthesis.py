"""The synthesis network: from intermediate latents to an image (arXiv 1912.04958, sections 2 to 4)."""

import math

import keras
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.models.layers import (
    RESAMPLE_TAPS,
    Conv2D,
    Layer,
    StyledConv,
    ToRGB,
    check_network,
    styles_of,
)
from ada_tf.models.precision import block_precision
from ada_tf.models.sizes import channels_at
from ada_tf.ops import make_filter, random, upsample2d
from ada_tf.shape import Shape

NOISE_MODES = ("random", "const", "none")


class SynthesisBlock(Layer):  # .keras files hold the name of this class
    """A block of one size, (height, width): doubles the activations, two 3x3 layers, an image.

    The first block (`inputs` 0) begins with a constant in place of the first layer.
    """

    def __init__(
        self, inputs, outputs, w_dim, size, img_channels, *, architecture, is_last, precision,
        activation, use_noise, taps, clamp, name=None,
    ):  # fmt: skip
        super().__init__(name)
        self.architecture = architecture
        self.compute = precision.activations
        self.filter = make_filter(taps)
        shared = dict(
            noise=use_noise,
            activation=activation,
            taps=taps,
            clamp=clamp,
            products=precision.products,
        )
        self.const = self.conv0 = self.skip = self.torgb = None
        if inputs == 0:
            # The input of the network: all that differs between images comes in by styles and
            # noise.
            self.const = self.weight("const", (*size, outputs))
        else:
            self.conv0 = StyledConv(inputs, outputs, w_dim, size, up=2, name="conv0", **shared)
        self.conv1 = StyledConv(outputs, outputs, w_dim, size, name="conv1", **shared)
        if inputs and architecture == "resnet":
            self.skip = Conv2D(inputs, outputs, 1, bias=False, up=2, taps=taps, name="skip")
        if is_last or architecture == "skip":
            self.torgb = ToRGB(outputs, img_channels, w_dim, clamp=clamp, name="torgb")
        self.num_conv = 1 if self.const is not None else 2

    @property
    def convs(self):
        return [layer for layer in (self.conv0, self.conv1) if layer is not None]

    @property
    def styled(self):
        """Layers that take styles: the convolutions, then the image layer if there is one."""
        return [*self.convs, *([] if self.torgb is None else [self.torgb])]

    def call(self, x, image, styles, noises):
        """Run the block.

        Args:
            x: [N, H/2, W/2, inputs]; the first block ignores it.
            image: the image so far, float32 [N, H/2, W/2, channels], or None.
            styles: float32 [N, width] for each layer of `styled`.
            noises: [N or 1, H, W, 1] or None, for each layer of `convs`.

        Returns:
            x [N, H, W, outputs] and the image so far, float32 [N, H, W, channels] or None.
        """
        if self.const is not None:
            x = tf.convert_to_tensor(self.const)[tf.newaxis]
            # [N, h, w, outputs]
            x = tf.tile(tf.cast(x, self.compute), [tf.shape(styles[0])[0], 1, 1, 1])
            x = self.conv1(x, styles[0], noises[0])
        elif self.architecture == "resnet":
            x = tf.cast(x, self.compute)
            # Each branch times sqrt(1/2) keeps the variance of their sum at 1.
            shortcut = self.skip(x, gain=math.sqrt(0.5))
            x = self.conv0(x, styles[0], noises[0])
            x = shortcut + self.conv1(x, styles[1], noises[1], gain=math.sqrt(0.5))
        else:
            x = self.conv0(tf.cast(x, self.compute), styles[0], noises[0])
            x = self.conv1(x, styles[1], noises[1])
        if image is not None:
            # Always float32: images of all sizes are summed without rounding.
            image = upsample2d(image, self.filter)
        if self.torgb is not None:
            rgb = self.torgb(x, styles[-1])
            image = rgb if image is None else image + rgb
        return x, image


@keras.saving.register_keras_serializable("ada_tf")
class SynthesisNetwork(keras.Model):
    """ws [N, num_ws, w_dim] -> image float32 [N, H, W, channels], nominally in [-1, 1].

    Args:
        w_dim: width of the intermediate latents.
        shape: shape of the images, `Shape` or (height, width, channels).
        channel_base: feature maps of block r of `Shape.blocks` are min(channel_base / r, channel_max).
        channel_max: see channel_base.
        architecture: "skip" (sums images of every size), "resnet" or "orig".
        num_low_precision: the top N blocks run in `precision`.
        precision: "float32", "float16" or "bfloat16".
        conv_clamp: limit of activation magnitudes, or None; keeps float16 finite.
        activation: name for `bias_act`.
        use_noise: whether 3x3 layers have noise inputs.
        resample_taps: FIR filter of the resampling.

    Raises:
        UserError: `architecture` or `precision` is none of these.
    """

    def __init__(
        self, w_dim=512, shape=(256, 256, 3), channel_base=32768, channel_max=512,
        architecture="skip", num_low_precision=0, precision="float16", conv_clamp=None,
        activation="lrelu", use_noise=True, resample_taps=RESAMPLE_TAPS, name=None,
    ):  # fmt: skip
        shape = Shape.of(shape)
        check_network(architecture, precision)
        super().__init__(name=name, dtype="float32")
        self.config = dict(
            w_dim=w_dim, shape=shape.hwc, channel_base=channel_base,
            channel_max=channel_max, architecture=architecture, num_low_precision=num_low_precision,
            precision=precision, conv_clamp=conv_clamp, activation=activation, use_noise=use_noise,
            resample_taps=tuple(resample_taps),
        )  # fmt: skip
        self.w_dim, self.shape = w_dim, shape
        # Two a block, less one in the first, plus one for the last image layer.
        self.num_ws = 2 * len(shape.blocks)
        self.use_noise = use_noise
        self.blocks = []
        for r in shape.blocks:
            self.blocks.append(
                SynthesisBlock(
                    # 0 marks the first block, which has a constant instead.
                    channels_at(r // 2, channel_base, channel_max) if r > 4 else 0,
                    channels_at(r, channel_base, channel_max),
                    w_dim,
                    shape.at(r),
                    shape.channels,
                    architecture=architecture,
                    is_last=r == shape.top,
                    precision=block_precision(r, shape.top, num_low_precision, precision),
                    activation=activation,
                    use_noise=use_noise,
                    taps=resample_taps,
                    clamp=conv_clamp,
                    name=f"b{r}",
                )
            )
        self.built = True

    @property
    def noise_sizes(self) -> list[tuple[int, int]]:
        """(height, width) of the noise image of each 3x3 layer; [] without noise inputs."""
        layers = [layer for block in self.blocks for layer in block.convs]
        return [layer.size for layer in layers] if self.use_noise else []

    def call(self, ws, noise_mode="random", seed=None, noises=None, noise_gain=None):
        """Make images.

        Args:
            ws: [N, num_ws, w_dim].
            noise_mode: "random" (fresh for each image, from `seed`), "const" or "none".
            seed: int32 [2].
            noises: replaces `noise_mode`: [N or 1, height, width, 1] for each of `noise_sizes`.
            noise_gain: number or scalar tensor that multiplies the noise of "const"; None is 1. An
                exported graph turns noise on and off by it.

        Returns:
            float32 [N, H, W, channels].
        """
        x = image = None
        noises = iter(noises or self._noises(tf.shape(ws)[0], noise_mode, seed, noise_gain))
        styles = iter(self._styles(ws))
        for block in self.blocks:
            # Styles of the image layer come last, behind those of the convolutions.
            mine = [next(styles) for _ in block.styled]
            x, image = block(x, image, mine, [next(noises) for _ in block.convs])
        return image

    @property
    def styled(self):
        """All layers that take styles in their order, each with the index of its w.

        An image layer shares the w of the next block's first layer.
        """
        found, start = [], 0
        for block in self.blocks:
            found += enumerate(block.styled, start)
            # By convolutions alone: the image layer's w is that of the next convolution.
            start += block.num_conv
        return found

    def _styles(self, ws):
        """Compute the styles of all layers, in the order of `styled`."""
        ws = tf.unstack(ws, self.num_ws, axis=1)  # [N, w_dim] each
        return styles_of([layer for _, layer in self.styled], [ws[n] for n, _ in self.styled])

    def _noises(self, batch, noise_mode, seed, noise_gain=None):
        """Return a noise image for each 3x3 layer: [N or 1, h, w, 1] or None."""
        if noise_mode not in NOISE_MODES:
            raise UserError(f"noise_mode={noise_mode!r} must be one of {', '.join(NOISE_MODES)}.")
        layers = [layer for block in self.blocks for layer in block.convs]
        if not self.use_noise or noise_mode == "none":
            return [None] * len(layers)
        if noise_mode == "const":
            gain = 1.0 if noise_gain is None else noise_gain
            return [
                gain * tf.convert_to_tensor(layer.noise_const)[tf.newaxis, :, :, tf.newaxis]
                for layer in layers
            ]
        if seed is None:
            raise UserError(
                "seed=None does not go with noise_mode='random'; give an int32 [2] seed."
            )
        # One draw for all layers: on a GPU each draw starts three kernels.
        sizes = [math.prod(layer.size) for layer in layers]
        parts = tf.split(random.normal(seed, [batch, sum(sizes)]), sizes, axis=1)
        return [
            tf.reshape(part, [-1, *layer.size, 1])
            for part, layer in zip(parts, layers, strict=True)
        ]

    def get_config(self):
        return {**self.config, "name": self.name}
