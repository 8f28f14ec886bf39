"""The supersampled warp: against a plain NumPy version of its definition, and its gradients."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.ops.supersampling import FILTER
from ada_tf.ops.warp import warp
from tests.sentences import refused


def affine(angle=0.0, scale=(1.0, 1.0), shift=(0.0, 0.0)):
    """Inverse map [2, 3]."""
    cos, sin = np.cos(angle), np.sin(angle)
    linear = np.array([[cos, -sin], [sin, cos]]) @ np.diag(scale)
    return np.concatenate([linear, np.array(shift)[:, None]], axis=1).astype(np.float32)


BATCHES = {
    "identity": [affine(), affine()],
    "turned": [affine(0.4, (1.1, 0.8), (0.7, -2.3)), affine(-1.9, (0.9, 1.2), (-1.5, 0.4))],
    "zoomed in": [affine(0.1, (0.3, 0.3)), affine(0.0, (0.5, 0.2), (1.0, 1.0))],
    "zoomed out until zeros show": [affine(0.3, (4.0, 3.5)), affine(2.0, (1.0, 1.0), (30.0, -9.0))],
    "one axis out of sight": [affine(shift=(200.0, 0.0)), affine(shift=(0.0, 0.0))],
    "mirrored, moved": [affine(0.0, (-1.0, 1.0), (2.0, -1.0)), affine(np.pi, (1.1, 0.7))],
    "quarter turns": [affine(np.pi / 2, (1.0, 1.0), (2.0, -1.3)), affine(-np.pi / 2, (-1.2, 0.8))],
    "each its own way": [
        affine(),
        affine(0.6, (0.9, 1.0)),
        affine(np.pi / 2),
        affine(0.0, (2.0, 0.6)),
    ],
}


def numpy_warp(image, matrix, margin):
    """One image [H, W] by the definition: pad, upsample, look up, downsample."""
    height, width = image.shape
    (y0, y1), (x0, x1) = margin
    padded = np.pad(image, ((y0, y1), (x0, x1)), mode="reflect")

    def upsample(rows):
        sparse = np.zeros([2 * rows.shape[0], rows.shape[1]])
        sparse[::2] = rows
        full = np.stack([np.convolve(column, 2.0 * FILTER) for column in sparse.T], axis=1)
        return full[5 : 5 + len(sparse)]

    def downsample(rows):
        full = np.stack([np.convolve(c, FILTER[::-1]) for c in rows.T], axis=1)
        return full[12 : len(rows) : 2][: len(rows) // 2 - 6]

    big = upsample(upsample(padded).T).T
    v, u = np.mgrid[: 2 * (height + 6), : 2 * (width + 6)]
    q = np.stack([u / 2 - (width - 1) / 2 - 3, v / 2 - (height - 1) / 2 - 3, np.ones(u.shape)])
    x, y = np.tensordot(matrix.astype(np.float64), q, 1)
    x, y = 2 * (x + (width - 1) / 2 + x0), 2 * (y + (height - 1) / 2 + y0)
    out = np.zeros(u.shape)
    for dy in (0, 1):
        for dx in (0, 1):
            i, j = np.floor(y).astype(int) + dy, np.floor(x).astype(int) + dx
            inside = (i >= 0) & (i < big.shape[0]) & (j >= 0) & (j < big.shape[1])
            value = np.where(inside, big[i % big.shape[0], j % big.shape[1]], 0.0)
            out += value * (1 - np.abs(y - i)) * (1 - np.abs(x - j))
    return downsample(downsample(out).T).T


def numpy_margins(matrices, height, width):
    half = np.array([(width - 1) / 2, (height - 1) / 2])
    corners = np.array([[a, b, 1] for a in (-half[0], half[0]) for b in (-half[1], half[1])])
    xy = np.stack([corners @ m.T for m in matrices.astype(np.float64)]).reshape(-1, 2)
    raw = np.stack([-xy.min(0), xy.max(0)], axis=1) + 6 - half[:, None]
    whole = np.ceil(np.clip(raw, 0, 2 * half[:, None])).astype(int)
    return whole[1], whole[0]


@pytest.mark.parametrize("size", [(9, 14), (4, 5)])
@pytest.mark.parametrize("name", BATCHES)
def test_follows_the_definition(name, size):
    matrices = np.stack(BATCHES[name])
    x = np.random.default_rng(0).normal(size=[len(matrices), *size, 2])
    out = warp(x, matrices).numpy()
    margin = numpy_margins(matrices, *size)
    for n in range(len(matrices)):
        for c in range(2):
            expected = numpy_warp(x[n, :, :, c], matrices[n], margin)
            # Coordinates are float32: 1e-6 pixels of images with slopes of about 10.
            np.testing.assert_allclose(out[n, :, :, c], expected, atol=1e-4)


def test_identity_and_whole_shifts_are_lossless():
    x = np.random.default_rng(1).normal(size=[2, 12, 10, 3]).astype(np.float32)
    out = warp(x, np.stack([affine(), affine(shift=(-2.0, 3.0))])).numpy()
    np.testing.assert_allclose(out[0], x[0], atol=1e-5)
    np.testing.assert_allclose(out[1, :-3, 2:], x[1, 3:, :-2], atol=1e-5)
    np.testing.assert_allclose(out[1, -3:, 2:], x[1, -2:-5:-1, :-2], atol=1e-5)  # reflected


def test_what_stays_comes_back_as_it_is():
    """And nothing else is warped for it: sorted by what each image needs."""
    x = np.random.default_rng(1).normal(size=[3, 12, 10, 3]).astype(np.float32)
    out = warp(x, np.stack([affine(), affine(0.5), affine()])).numpy()
    np.testing.assert_array_equal(out[[0, 2]], x[[0, 2]])
    assert np.abs(out[1] - x[1]).max() > 0.1


def test_no_images():
    assert warp(tf.zeros([0, 8, 9, 2]), tf.zeros([0, 2, 3])).shape == [0, 8, 9, 2]


@pytest.mark.parametrize("jit_compile", [False, True])
def test_compiled_equals_eager(jit_compile):
    x = tf.constant(np.random.default_rng(2).normal(size=[4, 8, 10, 3]).astype(np.float32))
    matrices = tf.constant(np.stack(BATCHES["each its own way"]))
    compiled = tf.function(warp, jit_compile=jit_compile)
    np.testing.assert_allclose(compiled(x, matrices), warp(x, matrices), atol=1e-4)


@pytest.mark.parametrize("name", BATCHES)
def test_gradient_is_the_adjoint(name):
    """<warp(x), v> = <x, gradient(v)>; the warp is linear, so this is the whole gradient."""
    rng = np.random.default_rng(3)
    size = [len(BATCHES[name]), 7, 9, 2]
    x, v = (tf.constant(rng.normal(size=size)) for _ in range(2))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = warp(x, np.stack(BATCHES[name]))
    gradient = tape.gradient(y, x, output_gradients=v)
    left, right = tf.reduce_sum(y * v), tf.reduce_sum(x * gradient)
    np.testing.assert_allclose(left, right, rtol=1e-10)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_second_derivative(jit_compile):
    """d/dx |grad sum(y^3)|^2 along a direction, against a central difference."""
    rng = np.random.default_rng(4)
    x, d = (tf.constant(rng.normal(size=[4, 6, 7, 1])) for _ in range(2))
    matrices = tf.constant(np.stack(BATCHES["each its own way"]))

    @tf.function(jit_compile=jit_compile)
    def penalty_and_gradient(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                score = tf.reduce_sum(warp(x, matrices) ** 3)
            penalty = tf.reduce_sum(tf.square(inner.gradient(score, x)))
        return penalty, outer.gradient(penalty, x)

    step = 1e-4
    numeric = (penalty_and_gradient(x + step * d)[0] - penalty_and_gradient(x - step * d)[0]) / (
        2 * step
    )
    np.testing.assert_allclose(tf.reduce_sum(penalty_and_gradient(x)[1] * d), numeric, rtol=1e-6)


def test_refuses():
    with refused("3x8"):
        warp(tf.zeros([1, 3, 8, 1]), affine()[None])
