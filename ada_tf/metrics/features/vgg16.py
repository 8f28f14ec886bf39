"""VGG16 (arXiv 1409.1556): features for precision and recall, and the LPIPS distance.

Precision and recall use the second fully connected layer at 224 x 224 (arXiv 1904.06991). LPIPS
(arXiv 1801.03924, version 0.1) weighs normalised differences after five of the convolutions.
"""

import pathlib

import keras
import numpy as np
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.interop.published.torch_file import read_tensors
from ada_tf.metrics.features import resizing
from ada_tf.metrics.features.weight_files import checked_weights
from ada_tf.npz_file import read_arrays

SIDE = 224
# Output channels of the convolutions of each block; blocks are separated by 2x2 maximum pools.
BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
FULL = 4096  # width of both fully connected layers

# Mean and deviation of ImageNet pixels in [0, 1], as torchvision's weights expect.
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# LPIPS' own, of pixels in [-1, 1].
_LPIPS_MEAN, _LPIPS_DEVIATION = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
LPIPS_EPSILON = 1e-10


def build_vgg16() -> keras.Model:
    """The network for precision and recall, with random weights.

    Returns:
        Model: uint8 or float [N, H, W, 3] of 0 to 255 -> {"features": float32 [N, 4096]}.
    """
    image = keras.Input([None, None, 3])
    x = VggInput(name="input")(image)
    for name, outputs, last in _convolutions():
        x = _convolution(name, outputs)(x)
        if last:
            x = keras.layers.MaxPooling2D(2)(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(FULL, activation="relu", name="fc1")(x)
    return keras.Model(image, {"features": keras.layers.Dense(FULL, "relu", name="fc2")(x)})


def build_lpips() -> keras.Model:
    """LPIPS as an embedding, with random weights: squared distances of embeddings are LPIPS.

    Returns:
        Model: float [N, H, W, 3] of 0 to 255, sides from 16 -> float32 [N, D], D by the size.
    """
    image = keras.Input([None, None, 3])
    x = _LpipsInput(name="input")(image)
    parts = []
    for name, outputs, last in _convolutions():
        x = _convolution(name, outputs)(x)
        if last:
            parts.append(_LpipsHead(name=f"lin{len(parts)}")(x))
            x = keras.layers.MaxPooling2D(2)(x)
    return keras.Model(image, keras.layers.Concatenate()(parts))


class _LpipsHead(keras.layers.Layer):
    """sqrt(weight / (H W)) times activations of unit length: [N, H, W, C] -> [N, H W C]."""

    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), initializer="ones", trainable=False)

    def call(self, x):
        norm = tf.sqrt(tf.reduce_sum(tf.square(x), axis=-1, keepdims=True))
        x = x / (norm + LPIPS_EPSILON) * tf.sqrt(tf.convert_to_tensor(self.scale))
        pixels = tf.cast(tf.shape(x)[1] * tf.shape(x)[2], x.dtype)
        return tf.reshape(x * tf.math.rsqrt(pixels), [tf.shape(x)[0], -1])

    def compute_output_shape(self, shape):
        return (shape[0], None)


class VggInput(keras.layers.Layer):
    """Resize to 224 x 224 as TensorFlow 1 did, and normalise by the mean and deviation of ImageNet."""

    def call(self, x):
        x = resizing.tf1_bilinear(tf.cast(x, tf.float32), SIDE) / 255
        return (x - tf.constant(MEAN)) / tf.constant(DEVIATION)


class _LpipsInput(keras.layers.Layer):
    """LPIPS' own normalisation of pixels of 0 to 255."""

    def call(self, x):
        x = tf.cast(x, tf.float32) / 127.5 - 1
        return (x - tf.constant(_LPIPS_MEAN)) / tf.constant(_LPIPS_DEVIATION)


def read_vgg16(path) -> dict[str, np.ndarray]:
    """Weights of torchvision's vgg16 (.pth), or an .npz of the names below.

    Returns:
        "conv<block>_<index>.kernel" [3, 3, in, out], "fc1.kernel" [25088, 4096] for height, width,
        channel order, "fc2.kernel", and a ".bias" for each; float32.

    Raises:
        UserError: the file is damaged or holds another network.
    """
    path = pathlib.Path(path)
    weights = read_arrays(path) if path.suffix.lower() == ".npz" else _in_order(read_tensors(path))
    return checked_weights(weights, _vgg16_shapes(), path, "VGG16")


def read_lpips(path) -> dict[str, np.ndarray]:
    """Channel weights of LPIPS 0.1 for VGG16 (vgg.pth of the lpips package): "lin<i>" [C].

    Raises:
        UserError: the file is damaged or holds another network.
    """
    tensors = [np.squeeze(t) for t in read_tensors(path).values() if t.ndim == 4 and len(t) == 1]
    weights = {f"lin{i}": tensor for i, tensor in enumerate(tensors)}
    shapes = {f"lin{i}": (block[-1],) for i, block in enumerate(BLOCKS)}
    weights = checked_weights(weights, shapes, path, "LPIPS of VGG16")
    if min(w.min() for w in weights.values()) < 0:
        raise UserError(f"{path} is not LPIPS of VGG16: weights of version 0.1 are not negative.")
    return weights


def load(path):
    """(model of `build_vgg16`, weights of `read_vgg16`), for the table of networks."""
    weights, model = read_vgg16(path), build_vgg16()
    _load_vgg16(model, weights)
    return model, weights


def _load_vgg16(model: keras.Model, weights: dict) -> None:
    """Put weights of `read_vgg16` into the layers a model has."""
    for layer in model.layers:
        if f"{layer.name}.kernel" in weights:
            layer.kernel.assign(weights[f"{layer.name}.kernel"])
            layer.bias.assign(weights[f"{layer.name}.bias"])


def load_lpips(model: keras.Model, vgg: dict, linear: dict) -> None:
    """Put weights of `read_vgg16` and `read_lpips` into a model of `build_lpips`."""
    _load_vgg16(model, vgg)
    for name, value in linear.items():
        model.get_layer(name).scale.assign(value)


def _vgg16_shapes() -> dict[str, tuple]:
    """Name to shape of all weights up to the second fully connected layer."""
    shapes, inputs = {}, 3
    for name, outputs, _ in _convolutions():
        shapes[f"{name}.kernel"], shapes[f"{name}.bias"] = (3, 3, inputs, outputs), (outputs,)
        inputs = outputs
    flat = (SIDE // 2 ** len(BLOCKS)) ** 2 * inputs
    shapes |= {"fc1.kernel": (flat, FULL), "fc1.bias": (FULL,)}
    return {**shapes, "fc2.kernel": (FULL, FULL), "fc2.bias": (FULL,)}


def _convolutions():
    for i, block in enumerate(BLOCKS, start=1):
        for j, outputs in enumerate(block, start=1):
            yield f"conv{i}_{j}", outputs, j == len(block)


def _convolution(name, outputs):
    return keras.layers.Conv2D(outputs, 3, padding="same", activation="relu", name=name)


def _in_order(tensors) -> dict:
    """Kernels in the order of the network, each followed by its bias."""
    names = iter([*(name for name, _, _ in _convolutions()), "fc1", "fc2"])
    weights, name = {}, None
    for tensor in tensors.values():
        if tensor.ndim == 4 and tensor.shape[2:] == (3, 3):
            name = next(names, None)
            weights[f"{name}.kernel"] = tensor.transpose(2, 3, 1, 0)
        elif tensor.ndim == 2:
            name = next(names, None)
            weights[f"{name}.kernel"] = _dense(tensor, name)
        elif tensor.ndim == 1 and name:
            weights.setdefault(f"{name}.bias", tensor)
    return weights


def _dense(tensor, name):
    """[out, in] -> [in, out]; the first layer sees channels last here, channels first there."""
    side = SIDE // 2 ** len(BLOCKS)
    if name == "fc1" and tensor.shape[1] % side**2 == 0:
        tensor = tensor.reshape(len(tensor), -1, side, side).transpose(0, 2, 3, 1)
        tensor = tensor.reshape(len(tensor), -1)
    return tensor.T
