"""Inception weights from the files people have: PyTorch conversions, TorchScript, .pb, .npz."""

import pathlib

import numpy as np
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.interop.torch_file import read_tensors
from ada_tf.metrics.cache import read_arrays
from ada_tf.metrics.features.inception import CLASSES, CONVOLUTIONS
from ada_tf.metrics.features.sources import checked_weights

EPSILON = 1e-3  # of the batch normalisation
CLASSIFIER = "fc.kernel"


def read_inception(path) -> dict[str, np.ndarray]:
    """Weights of the 2015-12-05 graph, batch normalisation folded in.

    Args:
        path: a PyTorch state dictionary of torch-fidelity or pytorch-fid (.pth), a TorchScript
            file (.pt), the frozen graph (.pb), or an .npz of `save_inception`.

    Returns:
        "<convolution>.kernel" [h, w, in, out] and "<convolution>.bias" [out] for all of
        `CONVOLUTIONS`, "fc.kernel" [2048, 1008]; float32.

    Raises:
        UserError: the file is damaged or holds another network.
    """
    path = pathlib.Path(path)
    readers = {".pb": _from_graph, ".npz": _from_npz}
    weights = readers.get(path.suffix.lower(), _from_torch)(path)
    return checked_weights(weights, shapes(), path, "the Inception network of 2015-12-05")


def save_inception(path, weights: dict) -> None:
    """Write weights as .npz, a tenth of a second to read and independent of PyTorch."""
    np.savez(path, **weights)


def shapes() -> dict[str, tuple]:
    """Name to shape of all weights."""
    expected = {}
    for name, _, kernel in CONVOLUTIONS:
        expected[f"{name}.kernel"], expected[f"{name}.bias"] = kernel, kernel[-1:]
    expected[CLASSIFIER] = (2048, CLASSES)
    return expected


def fold(kernel, beta, mean, variance, gamma=1.0) -> tuple[np.ndarray, np.ndarray]:
    """Convolution and batch normalisation as one convolution: kernel [h, w, in, out], bias [out]."""
    scale = gamma / np.sqrt(np.asarray(variance, np.float64) + EPSILON)
    return (kernel * scale).astype(np.float32), (beta - mean * scale).astype(np.float32)


def _from_npz(path) -> dict:
    try:
        return read_arrays(path)
    except (OSError, ValueError) as error:
        raise UserError(f"{path} is not complete, or not an .npz file.") from error


def _from_graph(path) -> dict:
    """The frozen TensorFlow graph (classify_image_graph_def.pb)."""
    graph = tf.compat.v1.GraphDef()
    try:
        graph.ParseFromString(pathlib.Path(path).read_bytes())
    except Exception as error:  # protobuf's own exceptions differ between its implementations
        raise UserError(f"{path} is not complete, or not a frozen graph.") from error
    constants = {n.name: n.attr["value"].tensor for n in graph.node if n.op == "Const"}
    get = lambda name: tf.make_ndarray(constants[name])  # noqa: E731
    weights = {}
    try:
        for name, tf_name, _ in CONVOLUTIONS:
            normal = f"{tf_name}/batchnorm"
            weights[f"{name}.kernel"], weights[f"{name}.bias"] = fold(
                get(f"{tf_name}/conv2d_params"),
                get(f"{normal}/beta"),
                get(f"{normal}/moving_mean"),
                get(f"{normal}/moving_variance"),
            )
        weights[CLASSIFIER] = get("softmax/weights")
    except KeyError as error:
        raise UserError(
            f"{path} is not the Inception network of 2015-12-05: it has no {error.args[0]}."
        ) from error
    return weights


def _from_torch(path) -> dict:
    tensors = read_tensors(path)
    named = f"{CONVOLUTIONS[0][0]}.conv.weight" in tensors
    weights = _by_name(tensors) if named else _by_order(tensors)
    for tensor in tensors.values():
        if tensor.shape in ((CLASSES, 2048), (2048, CLASSES)):
            weights[CLASSIFIER] = tensor.T if tensor.shape[0] == CLASSES else tensor
    return weights


def _by_name(tensors) -> dict:
    """State dictionaries of torch-fidelity and pytorch-fid."""
    weights = {}
    for name, _, _ in CONVOLUTIONS:
        parts = [
            tensors.get(f"{name}.{part}")
            for part in ("conv.weight", "bn.bias", "bn.running_mean", "bn.running_var", "bn.weight")
        ]
        if all(part is not None for part in parts):
            kernel, *normal = parts
            weights[f"{name}.kernel"], weights[f"{name}.bias"] = fold(
                kernel.transpose(2, 3, 1, 0), *normal
            )
    return weights


def _by_order(tensors) -> dict:
    """Files with names of their own: each kernel, then the vectors of its normalisation.

    The order is that of the graph; the shapes of all kernels must agree with it.
    """
    roles = {"beta": "beta", "bias": "beta", "mean": "mean", "var": "variance", "gamma": "gamma"}
    groups = []
    for name, tensor in tensors.items():
        last = name.rsplit(".", 1)[-1]
        role = next((r for part, r in roles.items() if part in last), None)
        if tensor.ndim == 4:
            groups.append({"kernel": tensor.transpose(2, 3, 1, 0)})
        elif tensor.ndim == 1 and role and groups:
            groups[-1].setdefault(role, tensor)
    weights = {}
    for (name, _, _), group in zip(CONVOLUTIONS, groups, strict=False):
        if {"beta", "mean", "variance"} <= group.keys():
            weights[f"{name}.kernel"], weights[f"{name}.bias"] = fold(**group)
    return weights if len(groups) == len(CONVOLUTIONS) else {}
