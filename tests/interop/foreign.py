"""SavedModels as strangers write them: honest generators, and attacks."""

import keras
import tensorflow as tf
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

L = keras.layers
Z = tf.TensorSpec([None, 4], tf.float32, name="z")


def save_function(path, function, **attributes):
    """A SavedModel whose serving_default is z -> images, after `function` has had its say."""
    module = tf.Module()
    module.weight = tf.Variable(tf.ones([4, 12]))
    for name, value in attributes.items():
        setattr(module, name, value)

    @tf.function(input_signature=[Z], autograph=False)
    def serve(z):
        images = tf.tanh(tf.reshape(z @ module.weight, [-1, 2, 2, 3]))
        said = function(images)
        if isinstance(said, tf.Operation):
            with tf.control_dependencies([said]):
                return {"images": tf.identity(images)}
        return {"images": images if said is None else images + tf.cast(tf.size(said), tf.float32)}

    tf.saved_model.save(module, str(path), signatures=serve)
    return path


def edit(path, change):
    """Change the graph of a SavedModel in place."""
    model, file = SavedModel(), path / "saved_model.pb"
    model.ParseFromString(file.read_bytes())
    change(model.meta_graphs[0])
    file.write_bytes(model.SerializeToString())
    return path


def dcgan():
    """Transposed convolutions and batch normalisation."""
    z = keras.Input([4], name="z")
    x = L.LeakyReLU()(L.BatchNormalization()(L.Dense(4 * 4 * 8, use_bias=False)(z)))
    x = L.Conv2DTranspose(8, 5, strides=2, padding="same", use_bias=False)(L.Reshape([4, 4, 8])(x))
    x = L.Conv2DTranspose(3, 5, padding="same", activation="tanh")(L.BatchNormalization()(x))
    return keras.Model(z, x)


def upsampling():
    """Resizing, noise and every normalisation there is."""
    z = keras.Input([4], name="z")
    x = L.Reshape([2, 2, 8])(L.Dense(32, activation="swish")(z))
    for kind in ("nearest", "bilinear", "bicubic"):
        x = L.UpSampling2D(interpolation=kind)(x)
        x = L.GroupNormalization(4)(L.SeparableConv2D(8, 3, padding="same", activation="gelu")(x))
        x = L.LayerNormalization()(L.GaussianNoise(0.1)(L.Dropout(0.1)(x)))
    x = L.AveragePooling2D(2)(L.PReLU(shared_axes=[1, 2])(L.DepthwiseConv2D(3, padding="same")(x)))
    return keras.Model(z, L.Conv2D(1, 1, activation="tanh")(L.Resizing(8, 8)(x)))


def conditional():
    """Embedded labels and attention."""
    z, label = keras.Input([4], name="z"), keras.Input([], name="label", dtype="int32")
    x = L.Concatenate()([z, L.Embedding(10, 4)(label)])
    x = L.Reshape([4, 16])(L.Dense(64, activation="selu")(x))
    x = L.Flatten()(L.Add()([x, L.MultiHeadAttention(2, 8)(x, x)]))
    return keras.Model({"z": z, "label": label}, L.Reshape([8, 8, 1])(L.Dense(64, "tanh")(x)))


class Module(tf.Module):
    """No Keras: loops, conditions, Fourier transforms, random numbers of all kinds, constants."""

    def __init__(self):
        self.weight = tf.Variable(tf.random.stateless_normal([4, 12], [1, 2]))
        self.generator = tf.random.Generator.from_seed(1)
        self.captured = tf.constant([[1.0, 2.0, 3.0]])

    @tf.function(input_signature=[Z])
    def serve(self, z):
        x = tf.reshape(z @ self.weight, [-1, 2, 2, 3]) * self.captured
        x = tf.image.resize(x, [8, 8], method="bicubic")
        x += self.generator.normal(tf.shape(x)) + tf.random.normal(tf.shape(x))
        x += tf.random.stateless_uniform(tf.shape(x), [1, 2])
        for _ in tf.range(3):
            x = tf.gather(x, [1, 0, 2], axis=3)
        if tf.reduce_mean(x) > 0:
            x = tf.reverse(x, [2])
        x = tf.map_fn(tf.image.flip_left_right, x)
        x = tf.math.real(tf.signal.ifft2d(tf.signal.fft2d(tf.cast(x, tf.complex64))))
        return {"images": tf.tanh(tf.einsum("nhwc,cd->nhwd", x, tf.eye(3)))}
