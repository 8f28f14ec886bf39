"""Inception weights from the files people have: PyTorch conversions, TorchScript, .pb, .npz."""

import pathlib

import numpy as np
import tensorflow as tf

from ada_tf import wire
from ada_tf.errors import UserError
from ada_tf.files import open_regular, printable, reading
from ada_tf.interop.published.torch_file import read_tensors
from ada_tf.metrics.features import resizing
from ada_tf.metrics.features.inception import CLASSES, CONVOLUTIONS, build_inception
from ada_tf.metrics.features.weight_files import checked_weights
from ada_tf.npz_file import read_arrays

EPSILON = 1e-3  # of the batch normalisation
CLASSIFIER = "fc.kernel"
MAX_GRAPH = 2**27  # bytes; the published graph has 96 million


def load(path, resize: str = "tf1_bilinear"):
    """(model of `build_inception`, weights of `read_inception`), for the table of networks.

    Args:
        path: see `read_inception`.
        resize: function of `resizing`.
    """
    weights, model = read_inception(path), build_inception(getattr(resizing, resize))
    for layer in model.layers:
        key = layer.name.replace("-", ".")
        if f"{key}.kernel" in weights:
            layer.kernel.assign(weights[f"{key}.kernel"])
        if f"{key}.bias" in weights:
            layer.bias.assign(weights[f"{key}.bias"])
    return model, weights


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
    readers = {".pb": _from_graph, ".npz": read_arrays}
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
    with np.errstate(all="ignore"):  # what is not finite is refused at the end
        scale = gamma / np.sqrt(np.asarray(variance, np.float64) + EPSILON)
        return (kernel * scale).astype(np.float32), (beta - mean * scale).astype(np.float32)


def _from_graph(path) -> dict:
    """The frozen TensorFlow graph (classify_image_graph_def.pb)."""
    advice = "give the whole classify_image_graph_def.pb"
    with reading(path, "a frozen graph", advice), open_regular(path, MAX_GRAPH) as file:
        graph = wire.parse(tf.compat.v1.GraphDef(), file.read())
        constants = {n.name: n.attr["value"].tensor for n in graph.node if n.op == "Const"}

        def get(name, shape):
            if name not in constants:
                raise UserError(
                    f"{printable(path)} is not the Inception network of 2015-12-05: it has no {name}."
                )
            return constant(constants[name], shape, name)

        weights = {CLASSIFIER: get("softmax/weights", shapes()[CLASSIFIER])}
        for name, tf_name, kernel in CONVOLUTIONS:
            normal = [
                get(f"{tf_name}/batchnorm/{part}", kernel[-1:])
                for part in ("beta", "moving_mean", "moving_variance")
            ]
            kernel = get(f"{tf_name}/conv2d_params", kernel)
            weights[f"{name}.kernel"], weights[f"{name}.bias"] = fold(kernel, *normal)
    return weights


def constant(tensor, shape: tuple, name: str) -> np.ndarray:
    """The numbers of a constant, of which size is checked before there is room made for it.

    Raises:
        ValueError: it is of another type or shape.
    """
    found = tuple(side.size for side in tensor.tensor_shape.dim)
    if tensor.dtype != tf.float32.as_datatype_enum or found != shape:
        raise ValueError(f"{name} is no float32 array of shape {list(shape)}")
    return tf.make_ndarray(tensor)


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
    names = {"kernel": "conv.weight", "beta": "bn.bias", "mean": "bn.running_mean",
             "variance": "bn.running_var", "gamma": "bn.weight"}  # fmt: skip
    weights = {}
    for name, _, shape in CONVOLUTIONS:
        parts = {role: tensors.get(f"{name}.{end}") for role, end in names.items()}
        if all(part is not None for part in parts.values()):
            weights |= _folded(name, shape, **parts)
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
            groups.append({"kernel": tensor})
        elif tensor.ndim == 1 and role and groups:
            groups[-1].setdefault(role, tensor)
    weights = {}
    for (name, _, shape), group in zip(CONVOLUTIONS, groups, strict=False):
        if {"beta", "mean", "variance"} <= group.keys():
            weights |= _folded(name, shape, **group)
    return weights if len(groups) == len(CONVOLUTIONS) else {}


def _folded(name, shape, kernel, **normal) -> dict:
    """Kernel and bias of one convolution from PyTorch's layout; nothing if shapes disagree."""
    h, w, inputs, outputs = shape
    wrong = kernel.shape != (outputs, inputs, h, w)
    if wrong or any(part.shape != (outputs,) for part in normal.values()):
        return {}
    kernel, bias = fold(kernel.transpose(2, 3, 1, 0), **normal)
    return {f"{name}.kernel": kernel, f"{name}.bias": bias}
