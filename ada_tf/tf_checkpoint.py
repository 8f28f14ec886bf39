"""The files of a TensorFlow checkpoint as data of a stranger: sizes are checked before they are believed.

TensorFlow makes room for a tensor of whatever shape the index claims, and waits for a pipe.
"""

import glob
import math
import os
import pathlib

import tensorflow as tf
from tensorflow.core.protobuf.trackable_object_graph_pb2 import TrackableObjectGraph

from ada_tf import wire
from ada_tf.files import open_regular

# An index has some hundred bytes a tensor.
_MAX_INDEX = 2**26
# Where TensorFlow keeps which variable belongs to which object.
_OBJECTS = "_CHECKPOINTABLE_OBJECT_GRAPH"


def open_checkpoint(checkpoint: str):
    """A reader of a checkpoint whose tensors are no larger than its files.

    Args:
        checkpoint: path without extension.

    Returns:
        A `tf.train.CheckpointReader`: has_tensor, get_tensor, get_variable_to_shape_map, ...

    Raises:
        OSError, ValueError, RuntimeError, tf.errors.OpError: it cannot be read.
    """
    open_regular(f"{checkpoint}.index", _MAX_INDEX).close()
    if os.path.isdir(checkpoint):  # where TensorFlow would look instead
        raise ValueError("a folder of the same name is in the way")
    folder, name = os.path.split(checkpoint)
    size = 0
    for path in pathlib.Path(folder).glob(f"{glob.escape(name)}.data-*"):
        with open_regular(path) as file:
            size += os.fstat(file.fileno()).st_size
    reader = tf.train.load_checkpoint(checkpoint)
    types = reader.get_variable_to_dtype_map()
    claimed = sum(
        math.prod(shape) * (1 if types[key] == tf.string else types[key].size)
        for key, shape in reader.get_variable_to_shape_map().items()
    )
    if claimed > size:
        raise ValueError(f"it claims {claimed} bytes of numbers and has {size}")
    return reader


def check_objects_of(reader) -> None:
    """Refuse a checkpoint whose description of its objects takes far more memory than it is long.

    Args:
        reader: of `open_checkpoint`.

    Raises:
        ValueError, IndexError: it does, or is damaged.
    """
    if reader.has_tensor(_OBJECTS):
        text = reader.get_tensor(_OBJECTS)
        wire.check_fields(text, TrackableObjectGraph.DESCRIPTOR, wire.MAX_FIELDS)
