import numpy as np
import pytest
import tensorflow as tf

from ada_tf.metrics.path_length import (
    EPSILON,
    Path,
    crop_face,
    in_float32,
    lerp,
    path_distances,
    shrink,
    slerp,
    trimmed_mean,
)
from ada_tf.models import Generator
from ada_tf.ops import random


def generator(**synthesis):
    synthesis = {
        "resolution": 8,
        "img_channels": 1,
        "channel_base": 32,
        "channel_max": 4,
    } | synthesis
    return Generator(4, 0, 4, mapping={"num_layers": 1}, synthesis=synthesis)


def flat(images):
    return tf.reshape(images, [images.shape[0], -1])


def lengths(g, count=6, **arguments):
    return np.concatenate(list(path_distances(g, flat, count, batch=4, **arguments)))


@pytest.mark.parametrize(
    "path", [Path("w"), Path("z"), Path("w", ends=False), Path("z", crop=True)]
)
def test_distances(path):
    g = generator()
    found = lengths(g, path=path)
    assert found.shape == (6,)
    assert (found > 0).all()
    np.testing.assert_array_equal(found, lengths(g, path=path))
    assert (found != lengths(g, path=path, seed=1)).any()


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
    copy = in_float32(g)
    assert copy.get_config()["synthesis"]["num_low_precision"] == 0
    for ours, theirs in zip(copy.variables, g.variables, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert in_float32(copy) is copy
