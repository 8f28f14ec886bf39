"""A network whose operators a format lacks is refused in a sentence, before anything is written."""

import keras
import tensorflow as tf

from ada_tf.interop.export import litert_file, onnx_file
from ada_tf.interop.export.functions import Function
from tests.sentences import refused


def test_onnx_names_the_operator_it_lacks():
    grouped = keras.layers.Conv2D(4, 3, groups=2)
    inputs = {"x": tf.TensorSpec([None, 8, 8, 4], name="x")}
    grouped(tf.zeros([1, 8, 8, 4]))
    with refused("PartitionedCall"):
        onnx_file.content_of(Function(lambda x: grouped(x), inputs, "images"))


def test_onnx_takes_what_it_has():
    plain = keras.layers.Conv2D(4, 3)
    inputs = {"x": tf.TensorSpec([None, 8, 8, 4], name="x")}
    plain(tf.zeros([1, 8, 8, 4]))
    assert onnx_file.content_of(Function(lambda x: plain(x), inputs, "images"))


def test_litert_names_the_operator_it_lacks():
    @tf.function(input_signature=[tf.TensorSpec([2, 3, 3])])
    def determinant(x):
        return tf.linalg.det(x)

    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [determinant.get_concrete_function()], determinant
    )
    with refused("LiteRT", "MatrixDeterminant"):
        litert_file._converted(converter)
