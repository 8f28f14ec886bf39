"""Filters through a table against their definition, with gradients of both orders, and under XLA."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.ops import fir, graph, make_filter
from tests.ops.gradients import assert_equal, derivatives
from tests.sentences import refused

RNG = np.random.default_rng(0)
X = tf.constant(RNG.normal(size=[2, 8, 6, 5]), tf.float32)
UNEVEN = make_filter([1, 4, 2, 1])
NO_PRODUCT = make_filter(RNG.uniform(size=[3, 4]))


def definition(x, f, up=(1, 1), down=(1, 1), padding=(0, 0, 0, 0)):
    """Zeros between and around the pixels, one multiplication a tap, every n-th result."""
    (ux, uy), (dx, dy), (left, right, top, bottom) = up, down, padding
    n, height, width, channels = x.shape
    x = tf.reshape(x, [n, height, 1, width, 1, channels])
    x = tf.pad(x, [[0, 0], [0, 0], [0, uy - 1], [0, 0], [0, ux - 1], [0, 0]])
    x = tf.reshape(x, [n, height * uy, width * ux, channels])
    # Cropping is padding with less than enough.
    x = tf.pad(x, [[0, 0], [9, 9], [9, 9], [0, 0]])
    x = x[:, 9 - top : x.shape[1] - 9 + bottom, 9 - left : x.shape[2] - 9 + right]
    fh, fw = f.shape
    height, width = x.shape[1] - fh + 1, x.shape[2] - fw + 1
    taps = np.flip(f)
    y = tf.add_n(
        [taps[i, j] * x[:, i : i + height, j : j + width] for i in range(fh) for j in range(fw)]
    )
    return y[:, ::dy, ::dx]


@pytest.mark.parametrize("implementation", ["auto", "matrix", "compiled"])
@pytest.mark.parametrize("f", [UNEVEN, NO_PRODUCT], ids=["uneven", "no product"])
@pytest.mark.parametrize(
    "settings",
    [
        {"up": (2, 2), "padding": (2, 1, 2, 1)},
        {"down": (2, 2), "padding": (1, 1, 1, 1)},
        {"padding": (2, 2, 1, 1)},
        {"up": (3, 1), "down": (2, 3), "padding": (4, 3, -1, 2)},
    ],
    ids=str,
)
def test_follows_the_definition(settings, f, implementation):
    jit, way = implementation == "compiled", implementation.replace("compiled", "auto")
    resample = derivatives(lambda x: fir.upfirdn2d(x, f, **settings, implementation=way))
    ours = graph(resample, jit)(X)
    assert_equal(ours, derivatives(lambda x: definition(x, f, **settings))(X))


@pytest.mark.parametrize("f", [UNEVEN, NO_PRODUCT], ids=["uneven", "no product"])
@pytest.mark.parametrize("down", [(1, 1), (2, 2), (3, 2)], ids=str)
def test_table_and_depthwise_convolutions_agree(down, f):
    def results(implementation):
        def resample(x):
            padding = (2, -1, 3, 1)
            return fir.upfirdn2d(x, f, down=down, padding=padding, implementation=implementation)

        return derivatives(resample)(X)

    assert_equal(results("table"), results("depthwise"))


def test_a_single_tap_of_1_is_no_work():
    assert fir.upfirdn2d(X, None) is X


@pytest.mark.parametrize(("implementation", "up"), [("depthwise", 2), ("fast", 1)])
def test_an_implementation_that_cannot_is_refused(implementation, up):
    with refused(f"implementation='{implementation}'"):
        fir.upfirdn2d(X, UNEVEN, up=up, padding=3, implementation=implementation)
