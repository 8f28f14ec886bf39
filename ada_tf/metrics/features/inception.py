"""The Inception network of 2015-12-05, whose features define FID, KID and IS.

Inception v3 (arXiv 1512.00567) as TensorFlow's classification graph of that date: average pools
leave padding out, the last mixed block pools by maximum, 1008 classes, batch normalisation without
scale. Batch normalisation is folded into the convolutions.
"""

import pathlib

import keras
import numpy as np
import tensorflow as tf

from ada_tf import wire
from ada_tf.errors import UserError
from ada_tf.files import open_regular, printable, reading
from ada_tf.interop.published.torch_file import read_tensors
from ada_tf.metrics.features import resizing
from ada_tf.metrics.features.weight_files import checked_weights
from ada_tf.npz_file import read_arrays

SIDE = 299  # pixels the graph resizes to
_CLASSES = 1008


def _mixed_a(name, tf_name, inputs, pool):
    return [
        (f"{name}.branch1x1", f"{tf_name}/conv", (1, 1, inputs, 64)),
        (f"{name}.branch5x5_1", f"{tf_name}/tower/conv", (1, 1, inputs, 48)),
        (f"{name}.branch5x5_2", f"{tf_name}/tower/conv_1", (5, 5, 48, 64)),
        (f"{name}.branch3x3dbl_1", f"{tf_name}/tower_1/conv", (1, 1, inputs, 64)),
        (f"{name}.branch3x3dbl_2", f"{tf_name}/tower_1/conv_1", (3, 3, 64, 96)),
        (f"{name}.branch3x3dbl_3", f"{tf_name}/tower_1/conv_2", (3, 3, 96, 96)),
        (f"{name}.branch_pool", f"{tf_name}/tower_2/conv", (1, 1, inputs, pool)),
    ]


def _mixed_c(name, tf_name, c):
    return [
        (f"{name}.branch1x1", f"{tf_name}/conv", (1, 1, 768, 192)),
        (f"{name}.branch7x7_1", f"{tf_name}/tower/conv", (1, 1, 768, c)),
        (f"{name}.branch7x7_2", f"{tf_name}/tower/conv_1", (1, 7, c, c)),
        (f"{name}.branch7x7_3", f"{tf_name}/tower/conv_2", (7, 1, c, 192)),
        (f"{name}.branch7x7dbl_1", f"{tf_name}/tower_1/conv", (1, 1, 768, c)),
        (f"{name}.branch7x7dbl_2", f"{tf_name}/tower_1/conv_1", (7, 1, c, c)),
        (f"{name}.branch7x7dbl_3", f"{tf_name}/tower_1/conv_2", (1, 7, c, c)),
        (f"{name}.branch7x7dbl_4", f"{tf_name}/tower_1/conv_3", (7, 1, c, c)),
        (f"{name}.branch7x7dbl_5", f"{tf_name}/tower_1/conv_4", (1, 7, c, 192)),
        (f"{name}.branch_pool", f"{tf_name}/tower_2/conv", (1, 1, 768, 192)),
    ]


def _mixed_e(name, tf_name, inputs):
    return [
        (f"{name}.branch1x1", f"{tf_name}/conv", (1, 1, inputs, 320)),
        (f"{name}.branch3x3_1", f"{tf_name}/tower/conv", (1, 1, inputs, 384)),
        (f"{name}.branch3x3_2a", f"{tf_name}/tower/mixed/conv", (1, 3, 384, 384)),
        (f"{name}.branch3x3_2b", f"{tf_name}/tower/mixed/conv_1", (3, 1, 384, 384)),
        (f"{name}.branch3x3dbl_1", f"{tf_name}/tower_1/conv", (1, 1, inputs, 448)),
        (f"{name}.branch3x3dbl_2", f"{tf_name}/tower_1/conv_1", (3, 3, 448, 384)),
        (f"{name}.branch3x3dbl_3a", f"{tf_name}/tower_1/mixed/conv", (1, 3, 384, 384)),
        (f"{name}.branch3x3dbl_3b", f"{tf_name}/tower_1/mixed/conv_1", (3, 1, 384, 384)),
        (f"{name}.branch_pool", f"{tf_name}/tower_2/conv", (1, 1, inputs, 192)),
    ]


# Convolutions in the order of the graph: (name in PyTorch conversions, name in the graph, kernel).
CONVOLUTIONS = [
    ("Conv2d_1a_3x3", "conv", (3, 3, 3, 32)),
    ("Conv2d_2a_3x3", "conv_1", (3, 3, 32, 32)),
    ("Conv2d_2b_3x3", "conv_2", (3, 3, 32, 64)),
    ("Conv2d_3b_1x1", "conv_3", (1, 1, 64, 80)),
    ("Conv2d_4a_3x3", "conv_4", (3, 3, 80, 192)),
    *_mixed_a("Mixed_5b", "mixed", 192, 32),
    *_mixed_a("Mixed_5c", "mixed_1", 256, 64),
    *_mixed_a("Mixed_5d", "mixed_2", 288, 64),
    ("Mixed_6a.branch3x3", "mixed_3/conv", (3, 3, 288, 384)),
    ("Mixed_6a.branch3x3dbl_1", "mixed_3/tower/conv", (1, 1, 288, 64)),
    ("Mixed_6a.branch3x3dbl_2", "mixed_3/tower/conv_1", (3, 3, 64, 96)),
    ("Mixed_6a.branch3x3dbl_3", "mixed_3/tower/conv_2", (3, 3, 96, 96)),
    *_mixed_c("Mixed_6b", "mixed_4", 128),
    *_mixed_c("Mixed_6c", "mixed_5", 160),
    *_mixed_c("Mixed_6d", "mixed_6", 160),
    *_mixed_c("Mixed_6e", "mixed_7", 192),
    ("Mixed_7a.branch3x3_1", "mixed_8/tower/conv", (1, 1, 768, 192)),
    ("Mixed_7a.branch3x3_2", "mixed_8/tower/conv_1", (3, 3, 192, 320)),
    ("Mixed_7a.branch7x7x3_1", "mixed_8/tower_1/conv", (1, 1, 768, 192)),
    ("Mixed_7a.branch7x7x3_2", "mixed_8/tower_1/conv_1", (1, 7, 192, 192)),
    ("Mixed_7a.branch7x7x3_3", "mixed_8/tower_1/conv_2", (7, 1, 192, 192)),
    ("Mixed_7a.branch7x7x3_4", "mixed_8/tower_1/conv_3", (3, 3, 192, 192)),
    *_mixed_e("Mixed_7b", "mixed_9", 1280),
    *_mixed_e("Mixed_7c", "mixed_10", 2048),
]

# Convolutions that halve the resolution, without padding; of the others only two do not pad.
_STRIDED = {
    "Conv2d_1a_3x3", "Mixed_6a.branch3x3", "Mixed_6a.branch3x3dbl_3", "Mixed_7a.branch3x3_2",
    "Mixed_7a.branch7x7x3_4",
}  # fmt: skip
_UNPADDED = _STRIDED | {"Conv2d_2a_3x3", "Conv2d_4a_3x3"}


def build_inception(resize=resizing.tf1_bilinear) -> keras.Model:
    """The graph, with random weights.

    Args:
        resize: function of `resizing`; published numbers are of the default, or of `clean_bicubic`
            where they say so.

    Returns:
        Model: uint8 or float [N, H, W, 3] of 0 to 255 -> {"features": float32 [N, 2048],
        "probabilities": float32 [N, 1008], softmax of the logits without their bias}.
    """
    kernels = {name: kernel for name, _, kernel in CONVOLUTIONS}

    def conv(x, name):
        h, w, _, outputs = kernels[name]
        return keras.layers.Conv2D(
            outputs, (h, w), strides=2 if name in _STRIDED else 1,
            padding="valid" if name in _UNPADDED else "same", activation="relu",
            name=name.replace(".", "-"),
        )(x)  # fmt: skip

    def chain(x, block, *names):
        for name in names:
            x = conv(x, f"{block}.{name}")
        return x

    def mixed_a(x, b):
        return [
            chain(x, b, "branch1x1"),
            chain(x, b, "branch5x5_1", "branch5x5_2"),
            chain(x, b, "branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"),
            chain(average(x), b, "branch_pool"),
        ]

    def mixed_c(x, b):
        return [
            chain(x, b, "branch1x1"),
            chain(x, b, *(f"branch7x7_{i}" for i in (1, 2, 3))),
            chain(x, b, *(f"branch7x7dbl_{i}" for i in (1, 2, 3, 4, 5))),
            chain(average(x), b, "branch_pool"),
        ]

    def mixed_e(x, b, pool):
        once = chain(x, b, "branch3x3_1")
        twice = chain(x, b, "branch3x3dbl_1", "branch3x3dbl_2")
        return [
            chain(x, b, "branch1x1"),
            chain(once, b, "branch3x3_2a"),
            chain(once, b, "branch3x3_2b"),
            chain(twice, b, "branch3x3dbl_3a"),
            chain(twice, b, "branch3x3dbl_3b"),
            chain(pool(x), b, "branch_pool"),
        ]

    # TensorFlow's average pool counts pixels only, not the padding, as the graph did.
    average = keras.layers.AveragePooling2D(3, 1, padding="same")
    largest = keras.layers.MaxPooling2D(3, 1, padding="same")
    halve = keras.layers.MaxPooling2D(3, 2)
    join = keras.layers.Concatenate

    image = keras.Input([None, None, 3])
    x = Resize(resize, name="resize")(image)
    for name in ("Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3"):
        x = conv(x, name)
    x = conv(halve(x), "Conv2d_3b_1x1")
    x = halve(conv(x, "Conv2d_4a_3x3"))
    for b in ("Mixed_5b", "Mixed_5c", "Mixed_5d"):
        x = join()(mixed_a(x, b))
    b = "Mixed_6a"
    double = chain(x, b, *(f"branch3x3dbl_{i}" for i in (1, 2, 3)))
    x = join()([chain(x, b, "branch3x3"), double, halve(x)])
    for b in ("Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"):
        x = join()(mixed_c(x, b))
    b = "Mixed_7a"
    seven = chain(x, b, *(f"branch7x7x3_{i}" for i in (1, 2, 3, 4)))
    x = join()([chain(x, b, "branch3x3_1", "branch3x3_2"), seven, halve(x)])
    x = join()(mixed_e(x, "Mixed_7b", average))
    x = join()(mixed_e(x, "Mixed_7c", largest))
    features = keras.layers.GlobalAveragePooling2D(name="features")(x)
    logits = keras.layers.Dense(_CLASSES, use_bias=False, name="fc")(features)
    probabilities = keras.layers.Softmax(name="probabilities")(logits)
    return keras.Model(image, {"features": features, "probabilities": probabilities})


class Resize(keras.layers.Layer):
    """Resize to 299 x 299 in the given way, and scale by (x - 128) / 128."""

    def __init__(self, resize=resizing.tf1_bilinear, **options):
        super().__init__(**options)
        self._resize = resize

    def call(self, x):
        return (self._resize(tf.cast(x, tf.float32), SIDE) - 128) / 128


_EPSILON = 1e-3  # of the batch normalisation
_CLASSIFIER = "fc.kernel"
_MAX_GRAPH = 2**27  # bytes; the published graph has 96 million


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
    return checked_weights(weights, _shapes(), path, "the Inception network of 2015-12-05")


def save_inception(path, weights: dict) -> None:
    """Write weights as .npz, a tenth of a second to read and independent of PyTorch."""
    np.savez(path, **weights)


def _shapes() -> dict[str, tuple]:
    """Name to shape of all weights."""
    expected = {}
    for name, _, kernel in CONVOLUTIONS:
        expected[f"{name}.kernel"], expected[f"{name}.bias"] = kernel, kernel[-1:]
    expected[_CLASSIFIER] = (2048, _CLASSES)
    return expected


def _fold(kernel, beta, mean, variance, gamma=1.0) -> tuple[np.ndarray, np.ndarray]:
    """Convolution and batch normalisation as one convolution: kernel [h, w, in, out], bias [out]."""
    with np.errstate(all="ignore"):  # what is not finite is refused at the end
        scale = gamma / np.sqrt(np.asarray(variance, np.float64) + _EPSILON)
        return (kernel * scale).astype(np.float32), (beta - mean * scale).astype(np.float32)


def _from_graph(path) -> dict:
    """The frozen TensorFlow graph (classify_image_graph_def.pb)."""
    advice = "give the whole classify_image_graph_def.pb"
    with reading(path, "a frozen graph", advice), open_regular(path, _MAX_GRAPH) as file:
        graph = wire.parse(tf.compat.v1.GraphDef(), file.read())
        constants = {n.name: n.attr["value"].tensor for n in graph.node if n.op == "Const"}

        def get(name, shape):
            if name not in constants:
                raise UserError(
                    f"{printable(path)} is not the Inception network of 2015-12-05: it has no {name}."
                )
            return _constant(constants[name], shape, name)

        weights = {_CLASSIFIER: get("softmax/weights", _shapes()[_CLASSIFIER])}
        for name, tf_name, kernel in CONVOLUTIONS:
            normal = [
                get(f"{tf_name}/batchnorm/{part}", kernel[-1:])
                for part in ("beta", "moving_mean", "moving_variance")
            ]
            kernel = get(f"{tf_name}/conv2d_params", kernel)
            weights[f"{name}.kernel"], weights[f"{name}.bias"] = _fold(kernel, *normal)
    return weights


def _constant(tensor, shape: tuple, name: str) -> np.ndarray:
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
        if tensor.shape in ((_CLASSES, 2048), (2048, _CLASSES)):
            weights[_CLASSIFIER] = tensor.T if tensor.shape[0] == _CLASSES else tensor
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
    kernel, bias = _fold(kernel.transpose(2, 3, 1, 0), **normal)
    return {f"{name}.kernel": kernel, f"{name}.bias": bias}
