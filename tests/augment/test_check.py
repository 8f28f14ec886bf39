"""Which discriminators are refused for a gradient penalty."""

import pytest
import tensorflow as tf

from ada_tf.augment import AdaptiveAugmentation, check_discriminator
from tests.sentences import refused

layers = tf.keras.layers


def convolutional(*more):
    """A discriminator of 8x8 images with further layers in front."""
    return tf.keras.Sequential(
        [
            tf.keras.Input([8, 8, 3]),
            *more,
            layers.Conv2D(4, 3, strides=2, padding="same"),
            layers.AveragePooling2D(2),
            layers.Conv2DTranspose(4, 3, strides=2),
            layers.Flatten(),
            layers.Dense(1),
        ],
        name="critic",
    )


class Subclassed(tf.keras.Model):
    """Keeps its layers in a dictionary, and may resize without a layer."""

    def __init__(self, inner=None, resizes=False):
        super().__init__(name="critic")
        self.parts = {"a": [inner or layers.Dense(1)]}
        self.resizes = resizes

    def call(self, x):
        return self.parts["a"][0](tf.image.resize(x, [4, 4]) if self.resizes else x)


class Enlarging(layers.Layer):
    """A layer that holds another one, as Keras does not list it."""

    def __init__(self):
        super().__init__()
        self.inner = {"up": layers.UpSampling2D(interpolation="bilinear")}

    def call(self, x):
        return self.inner["up"](x)


def test_convolutions_pooling_and_our_own_layer_are_fine():
    check_discriminator(convolutional())
    check_discriminator(convolutional(AdaptiveAugmentation(p=0.5)))
    check_discriminator(Subclassed(), tf.zeros([2, 8, 8, 3]))
    check_discriminator(lambda x: tf.repeat(x, 2, axis=1), tf.TensorSpec([2, 8, 8, 3]))


@pytest.mark.parametrize(
    ("discriminator", "found"),
    [
        (
            lambda: convolutional(layers.UpSampling2D(interpolation="bilinear", name="up")),
            "UpSampling2D 'up' (bilinear)",
        ),
        (lambda: convolutional(layers.Resizing(6, 6, name="fit")), "Resizing 'fit'"),
        (
            lambda: Subclassed(convolutional(layers.UpSampling2D(interpolation="bilinear"))),
            "UpSampling2D",
        ),
        (lambda: Subclassed(Enlarging()), "UpSampling2D"),
        (
            lambda: convolutional(
                layers.Lambda(lambda x: tf.image.resize(x, [4, 4]), output_shape=(4, 4, 3))
            ),
            "operation ResizeBilinear",
        ),
    ],
    ids=["upsampling", "resizing", "nested", "held", "lambda"],
)
def test_resizing_is_refused(discriminator, found):
    with refused(found):
        check_discriminator(discriminator())


def test_code_in_call_is_seen_with_inputs():
    check_discriminator(Subclassed(resizes=True))  # of unknown inputs, hence not traced
    with refused("discriminator='critic'", "ResizeBilinear"):
        check_discriminator(Subclassed(resizes=True), tf.TensorSpec([2, 8, 8, 3]))
    resize = tf.function(lambda x: tf.image.resize(x, [4, 4], "bicubic"))
    with refused("discriminator='<lambda>'", "ResizeBicubic"):
        check_discriminator(tf.function(lambda x: resize(x)), tf.zeros([2, 8, 8, 3]))


def test_what_is_refused_is_wrong():
    """The penalty |d(wx)^2 / dx|^2 has a gradient in w, that bilinear resizing loses."""
    w = tf.Variable(3.0)

    def gradient_of_penalty(enlarge):
        x = tf.ones([1, 2, 2, 1])
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.reduce_sum(tf.square(enlarge(w * x)))
            penalty = tf.reduce_sum(tf.square(inner.gradient(y, x)))
        try:
            return outer.gradient(penalty, w, unconnected_gradients="zero").numpy()
        except LookupError:  # older versions say so
            return 0.0

    wrong = gradient_of_penalty(lambda v: tf.image.resize(v, [4, 4]))
    right = gradient_of_penalty(lambda v: tf.repeat(tf.repeat(v, 2, axis=1), 2, axis=2))
    assert right == pytest.approx(4 * 4 * (2 * 4) ** 2 * 3.0**3)
    assert abs(wrong - right) > 0.1 * right
