"""EfficientNet-Lite0 (arXiv 1905.11946, without squeeze and excitation): the offline network.

17 MB under the Apache licence, trained on the thousand classes of ImageNet, and on PyPI, where
machines without the open internet can reach it. It has probabilities, hence an inception score of
its own. Its numbers have names of their own (`_lite0`): they rank generators trained on the same
data, and mean nothing beside published FIDs.
"""

import keras
import numpy as np
import tensorflow as tf

from ada_tf.interop.published.torch_file import read_tensors
from ada_tf.metrics.features import resizing
from ada_tf.metrics.features.weight_files import assign, checked_weights, variables_and_shapes

SIDE = 224  # pixels the weights were trained at
WIDTH, _CLASSES = 1280, 1000
_EPSILON = 1e-3  # of the batch normalisation
MEAN, _DEVIATION = 127, 128  # of pixels, as its authors have them

# (blocks, side of the kernel, stride of the first block, expansion, output channels)
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_STEM = 32  # channels


def load(path):
    """(model of `build_lite0`, weights of `_read_lite0`), for the table of networks."""
    model = build_lite0()
    variables, shapes = _variables(model)
    weights = _read_lite0(path, shapes)
    assign(variables, weights)
    return model, weights


def build_lite0() -> keras.Model:
    """Build the network with random weights.

    Returns:
        Model: uint8 or float [N, H, W, 3] of 0 to 255 -> {"features": float32 [N, 1280],
        "probabilities": float32 [N, 1000]}.
    """
    image = keras.Input([None, None, 3])
    x = _normal(_conv(_STEM, 3, "_conv_stem", strides=2)(Input(name="input")(image)), "_bn0")
    number = 0
    for blocks, side, stride, expansion, outputs in _STAGES:
        for i in range(blocks):
            first = stride if i == 0 else 1
            x = _block(x, f"_blocks.{number}", side, first, expansion, outputs)
            number += 1
    x = _normal(_conv(WIDTH, 1, "_conv_head")(x), "_bn1")
    features = keras.layers.GlobalAveragePooling2D(name="features")(x)
    probabilities = keras.layers.Dense(_CLASSES, "softmax", name="_fc")(features)
    return keras.Model(image, {"features": features, "probabilities": probabilities})


def _block(x, name, side, stride, expansion, outputs):
    """Build an inverted residual: expand, filter each channel, project; add the input if shapes agree."""
    inputs, start = x.shape[-1], x
    if expansion != 1:
        x = _normal(_conv(inputs * expansion, 1, f"{name}._expand_conv")(x), f"{name}._bn0")
    depthwise = keras.layers.DepthwiseConv2D(
        side, stride, "same", use_bias=False, name=_safe(f"{name}._depthwise_conv")
    )
    x = _normal(depthwise(x), f"{name}._bn1")
    x = _conv(outputs, 1, f"{name}._project_conv")(x)
    x = _normal(x, f"{name}._bn2", active=False)
    return keras.layers.Add()([x, start]) if stride == 1 and inputs == outputs else x


def _conv(outputs, side, name, strides=1):
    return keras.layers.Conv2D(outputs, side, strides, "same", use_bias=False, name=_safe(name))


def _normal(x, name, active=True):
    x = keras.layers.BatchNormalization(epsilon=_EPSILON, name=_safe(name))(x)
    return keras.layers.ReLU(max_value=6)(x) if active else x


class Input(keras.layers.Layer):
    """Resize to 224 x 224 (bicubic, antialiased), and normalise as the authors of the weights did."""

    def call(self, x):
        return (resizing.bicubic(tf.cast(x, tf.float32), SIDE) - MEAN) / _DEVIATION


def _read_lite0(path, shapes: dict[str, tuple]) -> dict[str, np.ndarray]:
    """Read the weights of efficientnet-lite0-57934424.pth, float32.

    Args:
        path: of the file.
        shapes: "<layer>/<variable>" -> shape in Keras.

    Raises:
        UserError: the file is damaged or holds another network.
    """
    tensors, weights = read_tensors(path), {}
    for name in shapes:
        layer, variable = name.split("/")
        tensor = tensors.get(f"{layer}.{_THEIRS[variable]}")
        if tensor is not None and variable == "kernel":
            # Depthwise kernels have one input channel here, their channels are the outputs.
            order = (2, 3, 0, 1) if layer.endswith("_depthwise_conv") else (2, 3, 1, 0)
            tensor = tensor.transpose(order) if tensor.ndim == 4 else tensor.T
        if tensor is not None:
            weights[name] = tensor
    return checked_weights(weights, shapes, path, "EfficientNet-Lite0")


# Keras' names of variables -> PyTorch's.
_THEIRS = {
    "kernel": "weight", "bias": "bias", "gamma": "weight", "beta": "bias",
    "moving_mean": "running_mean", "moving_variance": "running_var",
}  # fmt: skip


def _safe(name: str) -> str:
    """Name of a layer: dots, which Keras does not take, become dashes."""
    return name.replace(".", "-")


def _variables(model) -> tuple[dict, dict]:
    """(variables, shapes) under the names of the file, which are part of the hash of the weights."""
    found = variables_and_shapes(model.layers)
    return tuple({name.replace("-", "."): x for name, x in each.items()} for each in found)
