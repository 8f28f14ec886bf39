"""Layers of both networks, with equalised learning rates.

Weights are stored as N(0, 1) / lr_multiplier and scaled by a constant at every use (arXiv
1710.10196, section 4.1). Every variable is float32; a layer computes in the dtype of its input.
"""

import keras
import numpy as np
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.models.families import ARCHITECTURES, COMPUTED
from ada_tf.ops import (
    ACTIVATIONS,
    bias_act,
    conv2d_resample,
    make_filter,
    modulated_conv2d,
)

RESAMPLE_TAPS = (1, 3, 3, 1)


class Layer(keras.layers.Layer):
    """A layer whose constructor makes its variables, for activations of any float dtype."""

    def __init__(self, name=None):
        # Without autocast: Keras would cast float16 inputs to the dtype of the layer, float32.
        super().__init__(name=name, dtype="float32", autocast=False)
        self.built = True

    def weight(self, name, shape, initializer="normal", trainable=True):
        """Add a float32 variable; `initializer` is "normal", a constant or a Keras initializer."""
        if initializer == "normal":
            initializer = keras.initializers.RandomNormal(stddev=1.0)
        elif not isinstance(initializer, keras.initializers.Initializer):
            initializer = keras.initializers.Constant(initializer)
        return self.add_weight(name=name, shape=shape, initializer=initializer, trainable=trainable)


class Dense(Layer):
    """y = act(x W * lr_multiplier / sqrt(inputs) + b * lr_multiplier) * gain. [N, inputs] -> [N, units]."""

    def __init__(
        self, inputs, units, *, bias=True, activation="linear", lr_multiplier=1.0, bias_init=0.0,
        name=None,
    ):  # fmt: skip
        super().__init__(name)
        self.activation, self.lr_multiplier = activation, lr_multiplier
        # Adam moves every stored weight by about the learning rate, whatever its size. The factor at
        # each use makes that a learning rate relative to the other layers.
        self.gain = lr_multiplier / np.sqrt(inputs)
        normal = keras.initializers.RandomNormal(stddev=1.0 / lr_multiplier)
        self.kernel = self.weight("kernel", (inputs, units), normal)
        self.bias = self.weight("bias", (units,), bias_init) if bias else None

    def call(self, x):
        bias = _scaled(self.bias, self.lr_multiplier)
        return bias_act(self.multiply(x), bias, act=self.activation)

    def multiply(self, x):
        """Multiply by the kernel: the layer before its bias."""
        # The gain on the kernel: [inputs, units] is smaller than a batch of activations.
        return tf.matmul(x, tf.convert_to_tensor(self.kernel) * self.gain)


class Conv2D(Layer):
    """Convolution of the discriminator and of residual shortcuts: [N, H, W, in] -> [N, H', W', out].

    Args:
        inputs: input channels.
        outputs: output channels.
        kernel_size: 1 or 3.
        bias: whether the layer has a bias.
        activation: name for `bias_act`.
        up: 1 or 2.
        down: 1 or 2.
        taps: FIR filter of the resampling.
        clamp: limit of the output magnitude, or None.
        products: dtype in which a 3x3 kernel multiplies, and of the output; None is that of the
            input. The next convolution takes it as it is, and bias and activation cost less in it.
    """

    def __init__(
        self, inputs, outputs, kernel_size, *, bias=True, activation="linear", up=1, down=1,
        taps=RESAMPLE_TAPS, clamp=None, products=None, name=None,
    ):  # fmt: skip
        super().__init__(name)
        self.activation, self.up, self.down, self.clamp = activation, up, down, clamp
        self.products = products
        self.filter = make_filter(taps)
        self.weight_gain = 1 / np.sqrt(inputs * kernel_size**2)
        self.kernel = self.weight("kernel", (kernel_size, kernel_size, inputs, outputs))
        self.bias = self.weight("bias", (outputs,), 0.0) if bias else None

    def call(self, x, gain=1.0):
        """`gain` multiplies the activation's own gain and the clamp."""
        before, after = split_gain(self.activation, gain)
        x = self.convolve(x, before)
        # A branch of sqrt(1/2) saturates where the whole would.
        clamp = None if self.clamp is None else self.clamp * gain
        return bias_act(x, _scaled(self.bias, before), act=self.activation, gain=after, clamp=clamp)

    def convolve(self, x, gain):
        """Convolve and resample: the layer before its bias, times `gain`."""
        w = self.scaled_kernel(gain)
        # 1x1 kernels are too cheap to pay for a cast there and back.
        if self.products is not None and w.shape[0] > 1:
            x = tf.cast(x, self.products)
        return conv2d_resample(x, w, self.filter, up=self.up, down=self.down)

    def scaled_kernel(self, gain):
        """The kernel with its equalised learning rate, times `gain`."""
        return tf.convert_to_tensor(self.kernel) * (self.weight_gain * gain)


class StyledConv(Layer):
    """A 3x3 layer of the synthesis network: modulated convolution, noise, bias, activation.

    Args:
        inputs: input channels.
        outputs: output channels.
        w_dim: width of the intermediate latents.
        size: (height, width) of the output.
        up: 1 or 2.
        noise: whether the layer has a noise input.
        activation: name for `bias_act`.
        taps: FIR filter of the resampling.
        clamp: limit of the output magnitude, or None.
        products: dtype in which a 3x3 kernel multiplies; None is that of the input.
    """

    def __init__(
        self, inputs, outputs, w_dim, size, *, up=1, noise=True, activation="lrelu",
        taps=RESAMPLE_TAPS, clamp=None, products=None, name=None,
    ):  # fmt: skip
        super().__init__(name)
        self.size, self.up, self.activation, self.clamp = size, up, activation, clamp
        self.products = products
        self.filter = make_filter(taps)
        # Bias 1: styles scale feature maps, and begin around 1.
        self.affine = Dense(w_dim, inputs, bias_init=1.0, name="affine")
        # No gain of equalised learning rates: demodulation would divide it out again.
        self.kernel = self.weight("kernel", (3, 3, inputs, outputs))
        self.bias = self.weight("bias", (outputs,), 0.0)
        if noise:
            self.noise_const = self.weight("noise_const", size, trainable=False)
            # Noise begins at strength 0 and is learned.
            self.noise_strength = self.weight("noise_strength", (), 0.0)
        else:
            self.noise_const = self.noise_strength = None

    def call(self, x, styles, noise=None, gain=1.0):
        """Modulate, convolve, add noise.

        Args:
            x: [N, H, W, inputs].
            styles: float32 [N, inputs], see `styles_of`.
            noise: [N or 1, H', W', 1], or None.
            gain: multiplies the activation's own gain and the clamp.

        Returns:
            [N, H', W', outputs].
        """
        before, after = split_gain(self.activation, gain)
        if noise is not None:
            # The gain that went before the activation has to reach the noise, too.
            noise = noise * _scaled(self.noise_strength, before)
        x = modulated_conv2d(
            x, tf.convert_to_tensor(self.kernel), styles, self.filter, up=self.up,
            noise=noise, gain=before, products=self.products,
        )  # fmt: skip
        clamp = None if self.clamp is None else self.clamp * gain
        return bias_act(x, _scaled(self.bias, before), act=self.activation, gain=after, clamp=clamp)


class ToRGB(Layer):
    """A 1x1 modulated convolution without demodulation, from activations to an image."""

    def __init__(self, inputs, channels, w_dim, *, clamp=None, name=None):
        super().__init__(name)
        self.clamp = clamp
        # Without demodulation the equalised learning rate is needed; on the styles it costs least.
        self.style_gain = 1 / np.sqrt(inputs)
        self.affine = Dense(w_dim, inputs, bias_init=1.0, name="affine")
        self.kernel = self.weight("kernel", (1, 1, inputs, channels))
        self.bias = self.weight("bias", (channels,), 0.0)

    def call(self, x, styles):
        """Make an image float32 [N, H, W, channels] from x [N, H, W, in] and styles [N, in]."""
        kernel = tf.convert_to_tensor(self.kernel)
        x = modulated_conv2d(x, kernel, styles * self.style_gain, demodulate=False)
        # The sum of images of all sizes is float32 in any precision.
        x = bias_act(x, tf.convert_to_tensor(self.bias), act="linear", clamp=self.clamp)
        return tf.cast(x, tf.float32)


def styles_of(layers, ws) -> list:
    """Compute the styles of layers, A w + b (arXiv 1812.04948, section 2).

    Layers of one width share a product: on a GPU, fewer kernels start.

    Args:
        layers: list of `StyledConv` and `ToRGB`.
        ws: their intermediate latents, [N, w_dim] each.

    Returns:
        list of float32 [N, in], `layer.affine(w)` of each layer.
    """
    # Width of the styles -> numbers of the layers that have it.
    by_width, found = {}, [None] * len(layers)
    for i, layer in enumerate(layers):
        by_width.setdefault(layer.affine.kernel.shape[1], []).append(i)
    for numbers in by_width.values():
        affines = [layers[i].affine for i in numbers]
        # [L, w_dim, in]
        kernels = tf.stack([tf.convert_to_tensor(a.kernel) for a in affines]) * affines[0].gain
        # [L, 1, in]
        biases = tf.stack([tf.convert_to_tensor(a.bias) for a in affines])[:, tf.newaxis]
        styles = tf.matmul(tf.stack([ws[i] for i in numbers]), kernels) + biases  # [L, N, in]
        for i, s in zip(numbers, tf.unstack(styles), strict=True):
            found[i] = s
    return found


def split_gain(activation: str, gain: float) -> tuple[float, float]:
    """Return an activation's own gain times another one, as factors before and after it.

    Before the activation they go into weights and biases, which are few; after it they cost a pass
    over all activations, and another one for the gradient.
    """
    spec = ACTIVATIONS[activation]
    gain *= spec.gain
    return (gain, 1.0) if spec.homogeneous else (1.0, gain)


def _scaled(variable, factor: float):
    """Multiply a variable; None stays None."""
    return None if variable is None else tf.convert_to_tensor(variable) * factor


def count_weights(variables) -> int:
    """Count the numbers in a list of variables."""
    return sum(int(np.prod(v.shape)) for v in variables)


def check_network(architecture: str, precision: str) -> None:
    """Refuse an architecture or a precision that no network has.

    Raises:
        UserError: naming the argument, its value and what is accepted.
    """
    if architecture not in ARCHITECTURES:
        raise UserError(f"architecture={architecture!r} must be one of {', '.join(ARCHITECTURES)}.")
    if precision not in COMPUTED:
        raise UserError(f"precision={precision!r} must be one of {', '.join(COMPUTED)}.")
