"""One table of checks over every op and layer of the registry."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ada_tf.ops import graph
from tests.conformance.registry import CASES, STATEFUL, numbers

ALL = list(CASES)


def make(name):
    """The function under test and its input."""
    keras.utils.set_random_seed(1)
    case = CASES[name]
    built = case.build()
    return (lambda x: case.call(built, x)), tf.constant(numbers(*case.shape)), built


@pytest.mark.parametrize("name", ALL)
def test_graph_equals_eager(name):
    f, x, _ = make(name)
    np.testing.assert_allclose(graph(f)(x), f(x), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", [n for n in ALL if n != "AdaptiveAugmentation"])
def test_xla_equals_eager(name):
    """AdaptiveAugmentation draws inside, where XLA numbers its random blocks differently."""
    f, x, _ = make(name)
    np.testing.assert_allclose(graph(f, jit_compile=True)(x), f(x), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", [n for n in ALL if CASES[n].dtypes])
def test_low_precision_keeps_its_type_and_value(name):
    f, x, _ = make(name)
    expected = f(x).numpy()
    scale = np.abs(expected).max()
    for dtype in CASES[name].dtypes:
        y = f(tf.cast(x, dtype))
        assert y.dtype == dtype
        # Warped and filtered coordinates stay float32; rounding of inputs and sums is what remains.
        assert np.abs(y.numpy().astype(np.float32) - expected).max() < scale * (
            0.01 if dtype == tf.float16 else 0.06
        )


def directions(f, x):
    """A smooth scalar of f, and a direction to differentiate along."""
    weights = np.sin(np.arange(f(x).shape.num_elements()) * 1.7 + 0.3).reshape(f(x).shape)
    direction = tf.cast(numbers(*x.shape[::-1]).T.reshape(x.shape), x.dtype)
    return (lambda x: tf.reduce_sum(f(x) * tf.cast(weights, x.dtype))), direction / tf.norm(
        direction
    )


def slope(g, x, direction):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = g(x)
    gradient = tape.gradient(y, x)
    return float(tf.reduce_sum(gradient * direction))


def difference(g, x, direction, step):
    return float(g(x + step * direction) - g(x - step * direction)) / (2 * step)


def precise(name, f, x):
    """Pure ops are differentiated in float64, layers hold float32 weights."""
    if name in STATEFUL:
        return x, 1e-2, 2e-2
    return tf.cast(x, tf.float64), 1e-5, 1e-4


@pytest.mark.parametrize("name", ALL)
def test_first_derivative_is_the_finite_difference(name):
    f, x, _ = make(name)
    x, step, tolerance = precise(name, f, x)
    g, direction = directions(f, x)
    assert slope(g, x, direction) == pytest.approx(
        difference(g, x, direction, step), rel=tolerance, abs=tolerance
    )


@pytest.mark.parametrize("name", ALL)
def test_second_derivative_is_the_finite_difference(name):
    """As in R1 and path length: the derivative of the squared gradient norm of a non-linear scalar."""
    f, x, _ = make(name)
    x, step, tolerance = precise(name, f, x)
    linear, direction = directions(f, x)
    g = linear if CASES[name].second else (lambda x: tf.square(linear(x)))

    def penalty(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = g(x)
        return tf.reduce_sum(tf.square(tape.gradient(y, x)))

    expected = difference(penalty, x, direction, step)
    assert abs(expected) > 1e-9
    scale = abs(float(penalty(x)))
    assert slope(penalty, x, direction) == pytest.approx(
        expected, rel=5 * tolerance, abs=tolerance * scale
    )


@pytest.mark.parametrize(
    "name",
    [
        "upsample2d",
        "downsample2d",
        *(f"conv-3x3-{d}" for d in ("up", "down")),
        "Conv2D",
        "grouped",
        "ResidualBlock",
        "warp",
    ],
)
def test_second_derivative_survives_xla(name):
    f, x, _ = make(name)
    g, _ = directions(f, x)

    def penalty(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.square(g(x))
        return tf.reduce_sum(tf.square(tape.gradient(y, x)))

    def derivative(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = penalty(x)
        return tape.gradient(y, x)

    expected = derivative(x)
    np.testing.assert_allclose(
        graph(derivative, jit_compile=True)(x),
        expected,
        rtol=1e-3,
        atol=1e-3 * np.abs(expected).max(),
    )


@pytest.mark.parametrize("name", STATEFUL)
def test_weights_survive_a_checkpoint(name, tmp_path):
    f, x, built = make(name)
    expected = f(x)
    path = tf.train.Checkpoint(
        weights={str(i): v.value for i, v in enumerate(built.variables)}
    ).save(str(tmp_path / "w"))
    keras.utils.set_random_seed(2)
    case = CASES[name]
    other = case.build()
    weights = {str(i): v.value for i, v in enumerate(other.variables)}
    tf.train.Checkpoint(weights=weights).restore(path).assert_existing_objects_matched()
    np.testing.assert_array_equal(case.call(other, x), expected)


@pytest.mark.parametrize("name", ["MappingNetwork", "SynthesisNetwork", "Discriminator-resnet"])
def test_networks_rebuild_from_their_configuration(name):
    _, _, built = make(name)
    rebuilt = type(built).from_config(built.get_config())
    assert [v.shape for v in rebuilt.variables] == [v.shape for v in built.variables]
    assert rebuilt.get_config() == built.get_config()


@pytest.mark.parametrize("name", ALL)
def test_replicas_compute_the_same(name):
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    with strategy.scope():
        f, x, _ = make(name)
    expected = f(x)
    for value in strategy.experimental_local_results(
        graph(lambda x: strategy.run(f, args=(x,)))(x)
    ):
        np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-5)
