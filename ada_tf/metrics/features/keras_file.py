"""A .keras file of a stranger: read only if it consists of layers that do nothing but compute.

Its config.json names the classes that Keras would make. Those of the list below are functions of
tensors; layers that hold code (Lambda), other models (TFSMLayer) or read files (StringLookup) are
not among them, nor is anything outside of Keras. Its arrays must lie in it.
"""

import json
import zipfile

import h5py
import keras

from ada_tf.errors import UserError
from ada_tf.files import cause, open_regular, printable, reading

LAYERS = frozenset(
    [
        "InputLayer",
        "Dense",
        "EinsumDense",
        "Conv1D",
        "Conv2D",
        "Conv3D",
        "DepthwiseConv1D",
        "DepthwiseConv2D",
        "SeparableConv1D",
        "SeparableConv2D",
        "Conv1DTranspose",
        "Conv2DTranspose",
        "Embedding",
        "Activation",
        "ReLU",
        "LeakyReLU",
        "PReLU",
        "ELU",
        "Softmax",
        "BatchNormalization",
        "LayerNormalization",
        "GroupNormalization",
        "UnitNormalization",
        "RMSNormalization",
        "Normalization",
        "Rescaling",
        "Resizing",
        "CenterCrop",
        "MaxPooling1D",
        "MaxPooling2D",
        "AveragePooling1D",
        "AveragePooling2D",
        "GlobalMaxPooling1D",
        "GlobalMaxPooling2D",
        "GlobalAveragePooling1D",
        "GlobalAveragePooling2D",
        "Add",
        "Subtract",
        "Multiply",
        "Average",
        "Maximum",
        "Minimum",
        "Concatenate",
        "Dot",
        "Flatten",
        "Reshape",
        "Permute",
        "RepeatVector",
        "Cropping1D",
        "Cropping2D",
        "ZeroPadding1D",
        "ZeroPadding2D",
        "UpSampling1D",
        "UpSampling2D",
        "Identity",
        "Masking",
        "Attention",
        "AdditiveAttention",
        "MultiHeadAttention",
        "GroupQueryAttention",
        "Dropout",
        "SpatialDropout1D",
        "SpatialDropout2D",
        "AlphaDropout",
        "GaussianDropout",
        "GaussianNoise",
        "ActivityRegularization",
    ]
)
# Whole modules of which every class is a function of tensors or a setting of one.
MODULES = (
    "keras.initializers", "keras.regularizers", "keras.constraints", "keras.dtype_policies",
    "keras.src.ops.numpy", "keras.src.ops.nn", "keras.src.ops.math",
)  # fmt: skip
# (module, class): models within models, the type of all numbers, and places in the graph.
ALSO = {
    ("keras", "Functional"), ("keras", "Sequential"), ("keras.models", "Sequential"),
    ("keras", "Model"), ("keras.models", "Functional"), ("keras.models", "Model"),
    ("keras.src.models.functional", "Functional"), ("keras", "DTypePolicy"),
    ("keras.src.models.sequential", "Sequential"), (None, "__keras_tensor__"),
}  # fmt: skip
CONFIG, ARRAYS, METADATA = "config.json", "model.weights.h5", "metadata.json"
MAX_CONFIG, MAX_ARRAYS, MAX_ITEMS, MAX_DEPTH = 2**25, 2**33, 2**16, 60


class Refused(Exception):
    """The file asks for something that no feature network needs; the message says what."""


def load_keras(path) -> keras.Model:
    """The model of a .keras file, unless it could do more than compute.

    Raises:
        UserError: naming the first thing that is refused, or why it cannot be read.
    """
    with reading(path, "a .keras file", also=(RecursionError, NotImplementedError)):
        try:
            with open_regular(path) as stream, zipfile.ZipFile(stream) as archive:
                check_archive(archive)
        except Refused as refused:
            raise UserError(
                f"{printable(path)} asks for {printable(str(refused))}, which no feature network"
                " needs; it was not loaded."
            ) from refused
    try:
        return keras.saving.load_model(str(path), compile=False, safe_mode=True)
    except Exception as error:  # of a damaged file; nobody says which there are
        raise UserError(f"{printable(path)} cannot be loaded by Keras ({cause(error)}).") from error


def check_archive(archive: zipfile.ZipFile) -> None:
    """Refuse other members than a model has, classes that are not listed, and arrays elsewhere.

    Raises:
        Refused: naming the first such thing.
        OSError, ValueError: it cannot be read.
    """
    names = archive.namelist()
    for name in names:
        if name not in (CONFIG, ARRAYS, METADATA) or names.count(name) > 1:
            raise Refused(f"the member {name[:60]}")
    if sum(member.file_size for member in archive.infolist()) > MAX_ARRAYS:
        raise Refused(f"more than {MAX_ARRAYS} bytes")
    with archive.open(CONFIG) as file:
        config = file.read(MAX_CONFIG + 1)
    if len(config) > MAX_CONFIG:
        raise Refused(f"a configuration of more than {MAX_CONFIG} bytes")
    check_config(json.loads(config))
    with archive.open(ARRAYS) as stream, h5py.File(stream, "r") as file:
        check_arrays(file)


def check_config(value) -> None:
    """Refuse classes that are not listed, wherever in a configuration they are."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        if not isinstance(value, dict):
            continue
        # How the model was trained is not loaded, so that it is not looked at.
        waiting += [part for key, part in value.items() if key != "compile_config"]
        if "class_name" in value:
            _check_class(value)


def _check_class(value: dict) -> None:
    module, name, registered = (
        value.get(key) for key in ("module", "class_name", "registered_name")
    )
    wanted = f"{str(module)[:60]}.{str(name)[:60]}"
    if not all(v is None or isinstance(v, str) for v in (module, name, registered)) or not name:
        raise Refused(f"the class {wanted}")
    if registered not in (None, "", name):
        raise Refused(f"the registered class {registered[:60]}")
    if (module, name) in ALSO or (module == "keras.layers" and name in LAYERS):
        return
    # A capital letter begins a class; functions of these modules are not to be called by a file.
    if module not in MODULES or not name.isidentifier() or not name[0].isupper():
        raise Refused(f"the class {wanted}")


def check_arrays(file: h5py.File) -> None:
    """Refuse links, and arrays that lie in other files."""
    waiting, count = [(file, 0)], 0
    while waiting:
        group, depth = waiting.pop()
        for name in group:
            count += 1
            if count > MAX_ITEMS or depth > MAX_DEPTH:
                raise Refused(f"more than {MAX_ITEMS} arrays")
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise Refused(f"the link {name[:60]}")
            item = group[name]
            if isinstance(item, h5py.Group):
                waiting.append((item, depth + 1))
            elif item.external is not None or item.is_virtual:
                raise Refused(f"the array {name[:60]}, which lies elsewhere")
