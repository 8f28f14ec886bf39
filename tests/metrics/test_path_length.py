import keras
import numpy as np
import pytest
import tensorflow as tf

from ada_tf.metrics import path_length
from ada_tf.metrics.measures.estimate import Estimate
from ada_tf.metrics.metric_names import Path
from ada_tf.metrics.path_length import (
    EPSILON,
    crop_face,
    lerp,
    path_distances,
    shrink,
    slerp,
    trimmed_mean,
    trimmed_mean_error,
)
from ada_tf.models import Generator
from ada_tf.ops import random
from tests.metrics.spread import ratio_to_spread


def generator(**synthesis):
    synthesis = {
        "shape": (8, 8, 1),
        "channel_base": 32,
        "channel_max": 4,
    } | synthesis
    return Generator(4, 0, 4, mapping={"num_layers": 1}, synthesis=synthesis)


def flat(images):
    return tf.reshape(images, [images.shape[0], -1])


def lengths(g, count=6, **arguments):
    return np.concatenate(list(path_distances(g, flat, count, batch=4, **arguments)))


def test_every_path_is_another_one_and_the_seed_decides():
    g = generator()
    found = lengths(g)
    assert found.shape == (6,)
    assert (found > 0).all()
    assert len(set(found)) == 6
    np.testing.assert_array_equal(found, lengths(g))
    assert (found != lengths(g, seed=1)).all()


class Fixed:
    """In the place of `ops.random`: ends of paths and points on them that a test knows."""

    def __init__(self, z, t):
        self.z, self.t = z, t

    def __getattr__(self, name):
        return getattr(random, name)

    def normal(self, seed, shape):
        assert self.z.shape == tuple(shape)
        return tf.constant(self.z)

    def uniform(self, seed, shape):
        assert self.t.shape == tuple(shape)
        return tf.constant(self.t)


def along_a_great_circle(a, b, t):
    """By the formula with sines, which needs no vector across."""
    a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b))
    angle = np.arccos(np.sum(a * b, axis=1, keepdims=True))
    return (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)


@pytest.mark.parametrize(("crop", "channels"), [(False, 3), (True, 1)])
@pytest.mark.parametrize("ends", [True, False])
@pytest.mark.parametrize("space", ["w", "z"])
def test_value(space, ends, crop, channels, monkeypatch):
    """The squared speed of the embedding, from the derivative at t instead of a difference.

    The embedding is a projection of squared values, so the range of the images matters.
    """
    draw, side, count = np.random.RandomState(3), 8, 5
    z = draw.normal(size=[2, count, 4]).astype(np.float32)
    t = draw.uniform(size=[count, 1]).astype(np.float32)
    monkeypatch.setattr(path_length, "random", Fixed(z, t))
    rows, columns = (slice(3, 7), slice(2, 6)) if crop else (slice(None), slice(None))
    pixels = len(range(side)[rows]) * len(range(side)[columns])
    projection = draw.normal(size=[pixels * 3, 6]).astype(np.float32) / pixels
    smooth = {"activation": "swish"}  # a kink between two points is not in the derivative
    sizes = dict(shape=(side, side, channels), channel_base=32, channel_max=4)
    keras.utils.set_random_seed(0)
    g = Generator(4, 2, 4, mapping={"num_layers": 1} | smooth, synthesis=sizes | smooth)
    labels = tf.one_hot([0, 1, 1, 0, 1], 2)
    (found,) = path_distances(
        g,
        lambda images: tf.matmul(tf.square(flat(images)), projection),
        count,
        Path(space, ends, crop),
        labels=lambda seed, n: labels[:n],
        batch=count,
    )

    t = np.zeros_like(t) if ends else t
    if space == "w":
        a, b = (g.map(x, labels).numpy() for x in z)
        ws, speed = a + t[:, :, None] * (b - a), b - a
    else:
        point, step = along_a_great_circle(*z, t), 1e-3
        around = [along_a_great_circle(*z.astype(np.float64), t + s) for s in (-step, step)]
        point = tf.constant(point, tf.float32)
        speed = tf.constant((around[1] - around[0]) / (2 * step), tf.float32)
        with tf.autodiff.ForwardAccumulator(point, speed) as forward:
            ws = g.map(point, labels)
        speed = forward.jvp(ws)
    ws = tf.constant(ws)
    with tf.autodiff.ForwardAccumulator(ws, tf.constant(speed)) as forward:
        images = g.synthesis(ws, noise_mode="none")
    shown = (images.numpy()[:, rows, columns] + 1) * 127.5
    moved = 2 * shown * 127.5 * forward.jvp(images).numpy()[:, rows, columns]
    moved = np.repeat(moved, 3, axis=-1) if channels == 1 else moved
    expected = np.square(moved.reshape(count, -1) @ projection).sum(axis=1)
    # As speeds, which float32 knows to a few per cent: a step of EPSILON is small.
    found, expected = np.sqrt(found), np.sqrt(expected)
    np.testing.assert_allclose(found, expected, rtol=0.02, atol=0.01 * expected.max())


def test_noise_is_the_same_at_both_ends():
    g = generator()
    for variable in g.variables:
        if "noise_strength" in variable.path:
            variable.assign(variable + 1.0)
    ws = g.map(tf.ones([1, 4]))
    a, b = (g.synthesis(ws, noise_mode="random", seed=random.make_seed(i)) for i in (0, 1))
    assert np.abs(127.5 * (a - b)).mean() > 10
    # Other noise would change the 64 pixels by more than a level each.
    assert lengths(g).max() < 64 / EPSILON**2


def test_a_finer_step_gives_the_same_rate():
    """The rate of a linear path through a linear generator does not depend on where it starts."""
    a, b = np.ones([1, 3]), np.array([[3.0, 1, 1]])
    for t in (0.0, 0.3):
        moved = lerp(a, b, t + EPSILON) - lerp(a, b, t)
        np.testing.assert_allclose((moved**2).sum() / EPSILON**2, 4, rtol=1e-6)


def test_slerp_keeps_to_the_circle():
    a, b = tf.constant([[2.0, 0]]), tf.constant([[0, 3.0]])
    angles = [0.0, 0.25, 1.0]
    found = np.concatenate([slerp(a, b, tf.constant([[t]])) for t in angles])
    expected = [[np.cos(t * np.pi / 2), np.sin(t * np.pi / 2)] for t in angles]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_crop_and_shrink():
    x = tf.reshape(tf.range(512 * 512, dtype=tf.float32), [1, 512, 512, 1])
    cropped = crop_face(x)
    assert cropped.shape == (1, 256, 256, 1)
    assert cropped[0, 0, 0, 0] == 3 * 64 * 512 + 2 * 64
    small = shrink(x)
    assert small.shape == (1, 256, 256, 1)
    assert small[0, 0, 0, 0] == (0 + 1 + 512 + 513) / 4
    assert shrink(cropped) is cropped


def test_trimmed_mean_drops_outliers():
    distances = np.concatenate([[-1e9], np.arange(200.0), [1e9]])
    np.testing.assert_allclose(trimmed_mean(distances), 99.5)


def test_float32_copy():
    g = generator(num_low_precision=2, precision="float16")
    copy = g.in_float32()
    assert copy.get_config()["synthesis"]["num_low_precision"] == 0
    for ours, theirs in zip(copy.variables, g.variables, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert copy.in_float32() is copy


@pytest.mark.parametrize("tail", [0.3, 1.5])
def test_error_of_the_trimmed_mean_is_the_spread_of_independent_samples(tail):
    def compare(rng):
        distances = np.exp(tail * rng.standard_normal(200))
        return Estimate(trimmed_mean(distances), trimmed_mean_error(distances))

    assert 0.8 < ratio_to_spread(compare, 300) < 1.25


def test_error_of_one_path_is_not_known():
    assert trimmed_mean_error(np.array([3.0])) is None
    assert trimmed_mean_error(np.array([3.0, 3.0])) == 0
