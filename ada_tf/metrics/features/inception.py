"""The Inception network of 2015-12-05, whose features define FID, KID and IS.

Inception v3 (arXiv 1512.00567) as TensorFlow's classification graph of that date: average pools
leave padding out, the last mixed block pools by maximum, 1008 classes, batch normalisation without
scale. Batch normalisation is folded into the convolutions.
"""

import keras
import tensorflow as tf

from ada_tf.metrics.features import resizing

SIDE = 299  # pixels the graph resizes to
CLASSES = 1008


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

# Those that halve the resolution, without padding; of the others only the first two do not pad.
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
    logits = keras.layers.Dense(CLASSES, use_bias=False, name="fc")(features)
    probabilities = keras.layers.Softmax(name="probabilities")(logits)
    return keras.Model(image, {"features": features, "probabilities": probabilities})


class Resize(keras.layers.Layer):
    """To 299 x 299 in the given way, then (x - 128) / 128."""

    def __init__(self, resize=resizing.tf1_bilinear, **options):
        super().__init__(**options)
        self._resize = resize

    def call(self, x):
        return (self._resize(tf.cast(x, tf.float32), SIDE) - 128) / 128
