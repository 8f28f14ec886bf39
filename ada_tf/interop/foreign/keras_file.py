"""Reader of .keras files of strangers: checked before Keras makes anything of them."""

import io
import json
import math
import os
import zipfile

import h5py
import keras
import tensorflow as tf

from ada_tf.errors import UserError
from ada_tf.files import open_regular, printable, quoted, reading

# Classes that a .keras file of a stranger may consist of: built-in ones that compute.
#
# Left out on purpose: layers that hold Python (Lambda), other programs (TFSMLayer,
# TorchModuleWrapper), that open files (StringLookup, TextVectorization), and functions by name, such
# as keras.utils.get_file. Names are those of `keras.layers` and so on.

_LAYERS = """
Activation ActivityRegularization AdaptiveAveragePooling1D AdaptiveAveragePooling2D
AdaptiveMaxPooling1D AdaptiveMaxPooling2D Add AdditiveAttention AlphaDropout Attention Average
AveragePooling1D AveragePooling2D AveragePooling3D BatchNormalization CenterCrop Concatenate Conv1D
Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose Cropping1D Cropping2D Cropping3D Dense
DepthwiseConv1D DepthwiseConv2D Dot Dropout ELU EinsumDense Embedding Flatten GaussianDropout
GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D
GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D GroupNormalization GroupQueryAttention
Identity InputLayer LayerNormalization LeakyReLU MaxPooling1D MaxPooling2D MaxPooling3D Maximum
Minimum MultiHeadAttention Multiply Normalization PReLU Permute RMSNormalization ReLU RepeatVector
Rescaling Reshape Resizing SeparableConv1D SeparableConv2D Softmax SpatialDropout1D SpatialDropout2D
SpatialDropout3D SpectralNormalization Subtract UnitNormalization UpSampling1D UpSampling2D
UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D
"""

_INITIALIZERS = """
Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity LecunNormal LecunUniform Ones
Orthogonal OrthogonalInitializer RandomNormal RandomUniform TruncatedNormal VarianceScaling Zeros
"""

_OF_ARRAYS = """
Abs Absolute Add AddN Arctan Arctan2 BroadcastTo Ceil Clip Concatenate Cos Divide Dot Einsum Exp
Expm1 ExpandDims Flip Floor GetItem Linspace Log Log1p Matmul Max Maximum Mean Min Minimum Moveaxis
Multiply Negative Pad Power Prod Ravel Reciprocal Repeat Reshape Roll Round Sign Sin Split Sqrt
Square Squeeze Stack Std Subtract Sum Swapaxes Take Tan Tanh Tensordot Tile Transpose TrueDivide Var
Where
"""

_OF_NETWORKS = """
AveragePool BatchNorm Celu Conv ConvTranspose DepthwiseConv Elu Gelu Glu HardSigmoid HardSilu
HardTanh LayerNorm LeakyRelu LogSigmoid LogSoftmax MaxPool Moments Normalize OneHot RMSNorm Relu
Relu6 Selu SeparableConv Sigmoid Silu Softmax Softplus Softsign
"""

# Module -> its classes. Models and operations are stored by where they are, not by their public names.
_ALLOWED = {
    "keras": {"Sequential", "DTypePolicy"},
    "keras.constraints": {"MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"},
    "keras.initializers": set(_INITIALIZERS.split()),
    "keras.layers": set(_LAYERS.split()),
    "keras.regularizers": {"L1", "L1L2", "L2", "OrthogonalRegularizer"},
    "keras.src.models.functional": {"Functional"},
    "keras.src.ops.core": {"Cast"},
    "keras.src.ops.image": {"Resize"},
    "keras.src.ops.math": {"Logsumexp", "Rsqrt"},
    "keras.src.ops.nn": set(_OF_NETWORKS.split()),
    "keras.src.ops.numpy": set(_OF_ARRAYS.split()),
}

# Values in the configuration that are no objects: connections of layers, a slice of an array.
_VALUES = {"__keras_tensor__", "__slice__", "__ellipsis__"}


# A .keras file is a zip of a configuration, which names the classes a model is made of, and of weights.
# A model is made only if all of them are `_ALLOWED`, and no larger than its weights. It can then only
# compute, for as long and in as much memory as it likes.

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
_MEMBERS = {CONFIG, WEIGHTS, "metadata.json"}  # what a model without vocabularies consists of
# EfficientNetV2L, 1,028 layers, has a configuration of 1.2 MB that names 4,700 objects.
_MAX_CONFIG, _MAX_OBJECTS, _MAX_ARRAYS = 2**24, 2**15, 2**16
# Weights hardly shrink when they are compressed, so that more is a bomb.
_MAX_EXPANSION = 16


class _Refused(Exception):
    """The file asks for something that no network of images needs; the message says what."""


def read_keras_file(path, name: str = "network") -> keras.Model:
    """The model of a .keras file, unless the file could do more than compute.

    Args:
        path: of the file, as `model.save("generator.keras")` writes it.
        name: of the argument, for messages.

    Returns:
        The model with its weights, not compiled.

    Raises:
        UserError: naming the first thing that is refused, or why the file cannot be read.
    """
    # Nobody says what Keras raises for a configuration that it cannot follow.
    with reading(path, "a .keras file", "give a complete one of model.save", also=(Exception,)):
        try:
            config, elements = _checked(path)
            text = json.dumps(config)
            with tf.Graph().as_default():  # nothing is computed, nor any room made for weights
                _check_size(_made_of(text), elements)
        except _Refused as refused:
            raise UserError(
                f"{name}={printable(path)!r} asks for {printable(str(refused))}; only models of"
                " built-in layers are read from files: load it yourself and give the model."
            ) from refused
        model = _made_of(text)
        model.load_weights(os.fspath(path))
    return model


def _checked(path) -> tuple[dict, int]:
    """The configuration without what concerns training, and how many numbers the weights have."""
    with open_regular(path) as stream, zipfile.ZipFile(stream) as archive:
        members = archive.infolist()
        _check_members(members, os.fstat(stream.fileno()).st_size)
        config = json.loads(archive.read(CONFIG))
        elements = _elements(archive.read(WEIGHTS))
    config = _without_training(config)
    _check_classes(config)
    return config, elements


def _made_of(text: str):
    """The model of a configuration in JSON, which Keras takes apart while it reads."""
    model = keras.saving.deserialize_keras_object(json.loads(text), safe_mode=True)
    if not isinstance(model, keras.Model):
        raise _Refused(f"a {type(model).__name__}, which is no model")
    return model


def _check_members(members: list[zipfile.ZipInfo], size: int) -> None:
    """Refuse what Keras would unpack onto the disk, and what unpacks to more than weights do."""
    names = [member.filename for member in members]
    for name in names:
        if name not in _MEMBERS:
            raise _Refused(f"the file {name[:60]} inside of it")
    if sorted(names) != sorted(_MEMBERS):
        raise ValueError(f"it must hold {', '.join(sorted(_MEMBERS))}, each once")
    if any(m.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for m in members):
        raise ValueError("it is packed in another way than deflate")
    if sum(member.file_size for member in members) > _MAX_CONFIG + _MAX_EXPANSION * size:
        raise ValueError(f"it unpacks to more than {_MAX_EXPANSION} times its size")
    for member in members:
        if member.filename != WEIGHTS and member.file_size > _MAX_CONFIG:
            raise ValueError(f"its {member.filename} is larger than {_MAX_CONFIG} bytes")


def _without_training(node):
    """The configuration without losses and optimizers, which may be anybody's and are not needed."""
    if isinstance(node, dict):
        return {k: _without_training(v) for k, v in node.items() if k != "compile_config"}
    return [_without_training(item) for item in node] if isinstance(node, list) else node


def _check_classes(config) -> None:
    """Refuse classes that are not listed.

    Raises:
        Refused: naming the first of them.
    """
    waiting, count = [config], 0
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting.extend(node.values())
            if "class_name" in node:
                count += 1
                _check_class(node)
        elif isinstance(node, list):
            waiting.extend(node)
    if count > _MAX_OBJECTS:
        raise _Refused(f"{count} objects, more than {_MAX_OBJECTS}")


def _check_class(node: dict) -> None:
    module, name = node.get("module"), node["class_name"]
    if not isinstance(name, str) or not isinstance(module, str | None):
        raise _Refused(f"the class {quoted(name)} of {quoted(module)}")
    known = name in _VALUES if module is None else name in _ALLOWED.get(module, ())
    # A name under which a program has registered a class of its own goes before the built-in one.
    if not known or node.get("registered_name") not in (None, name):
        raise _Refused(f"the class {quoted(name)} of {quoted(module)}")


def _elements(content: bytes) -> int:
    """Count the numbers of all arrays of an .h5 file.

    Raises:
        Refused: something in it leads elsewhere.
        ValueError: its arrays claim more bytes than it has.
    """
    elements = claimed = count = 0
    with h5py.File(io.BytesIO(content), "r") as file:
        waiting = [file]
        while waiting:
            group = waiting.pop()
            for name in group:
                count += 1
                if count > _MAX_ARRAYS:
                    raise ValueError(f"its weights are more than {_MAX_ARRAYS} arrays")
                if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                    raise _Refused(f"a link, {name[:60]}, among its weights")
                item = group[name]
                if isinstance(item, h5py.Group):
                    waiting.append(item)
                    continue
                _check_array(item, name)
                elements += math.prod(item.shape)
                claimed += math.prod(item.shape) * item.dtype.itemsize
    if claimed > len(content):
        raise ValueError("its weights claim more bytes than there are")
    return elements


def _check_array(item, name: str) -> None:
    if not isinstance(item, h5py.Dataset) or item.dtype.kind not in "fiub" or item.shape is None:
        raise ValueError(f"{name} among its weights is no array of numbers")
    if item.external is not None or item.is_virtual:
        raise _Refused(f"another file as the array {name[:60]} of its weights")


def _check_size(model, elements: int) -> None:
    """Refuse a model that needs more room than its weights take."""
    needed = sum(math.prod(variable.shape) for variable in model.weights)
    if needed > elements:
        raise ValueError(f"its layers have {needed} weights, but it holds {elements}")
