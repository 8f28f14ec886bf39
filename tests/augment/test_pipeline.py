"""The whole pipeline: a worked example, derivatives, compilation, types, refusals."""

import numpy as np
import pytest
import tensorflow as tf

from ada_tf.augment import AugmentParams, apply, sample_params
from tests.sentences import refused

ALL = "bgcfnc"


def test_worked_example():
    """Numbers of an independent float64 implementation of arXiv:2006.06676, Appendix B."""
    i = np.arange(2 * 3 * 16 * 16)
    x = np.sin(0.13 * i) + 0.3 * np.cos(0.041 * i)
    x = np.transpose(x.reshape(2, 3, 16, 16), [0, 2, 3, 1]).astype(np.float32)
    params = AugmentParams(
        xflip=tf.constant([1.0, 0.0]),
        rotate90=tf.constant([1.0, 3.0]),
        xint=tf.constant([[0.1, -0.075], [0.0, 0.0625]]),
        scale=2.0 ** tf.constant([0.1, -0.2]),
        pre_rotate=tf.constant([0.3, -1.0]),
        aniso=2.0 ** tf.constant([0.2, -0.1]),
        post_rotate=tf.constant([0.2, 0.7]),
        xfrac=tf.constant([[0.05, -0.0375], [-0.125, 0.0625]]),
    )
    y = apply(x, params).numpy()
    np.testing.assert_allclose(
        y[0, 0, :4, 0], [0.0332465, 0.6216607, 0.0118519, -1.1932774], atol=2e-5
    )
    np.testing.assert_allclose(y[0, 8, 8, 1], 0.6005007, atol=2e-5)
    np.testing.assert_allclose(
        y[1, 15, :4, 2], [-0.9880619, 0.3302923, -0.2202589, -0.8467799], atol=2e-5
    )
    np.testing.assert_allclose([y.mean(), y.std()], [-0.0028091, 0.6538560], atol=1e-5)

    params = AugmentParams(
        brightness=tf.constant([0.1, -0.2]),
        contrast=2.0 ** tf.constant([0.2, -0.4]),
        lumaflip=tf.constant([1.0, 0.0]),
        hue=tf.constant([0.5, -2.0]),
        saturation=2.0 ** tf.constant([0.3, -0.6]),
    )
    y = apply(x, params).numpy()
    np.testing.assert_allclose(y[0, 0, 0], [-0.6580949, 0.9756226, -1.1190733], atol=1e-5)
    np.testing.assert_allclose(y[1, 5, 7], [-0.2619402, 0.4933883, -0.7127294], atol=1e-5)

    bands = tf.constant([[0.5, 1.0, -0.7, 0.2], [-1.0, 0.2, 0.3, -1.5]])
    y = apply(np.tile(x, [1, 2, 2, 1]), AugmentParams(imgfilter=2.0**bands)).numpy()
    np.testing.assert_allclose(y[0, 0, :3, 0], [0.2237145, 0.2969937, 0.3784527], atol=1e-5)
    np.testing.assert_allclose(y[1, 20, 9:12, 2], [0.1641287, 0.3055014, 0.4766969], atol=1e-5)


def images(shape, dtype=np.float32, seed=0):
    return tf.constant(np.random.default_rng(seed).normal(size=shape).astype(dtype))


def test_p_zero_is_identity():
    x = images([3, 24, 22, 3])
    np.testing.assert_allclose(apply(x, sample_params([1, 2], 3, 0.0, ALL)), x, atol=2e-5)


def test_empty_policy_returns_the_images():
    x = images([2, 8, 8, 5])
    np.testing.assert_array_equal(apply(x, AugmentParams()), x)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_compiled_equals_eager(jit_compile):
    x, noise = images([2, 22, 24, 3]), images([2, 22, 24, 3], seed=1)
    params = sample_params([5, 6], 2, 0.9, ALL)  # drawn here: compiled draws are other numbers
    compiled = tf.function(apply, jit_compile=jit_compile)
    np.testing.assert_allclose(
        compiled(x, params, noise),
        apply(x, params, noise),
        atol=1e-4,
    )


def test_one_sample_does_not_depend_on_the_others_but_for_the_margin():
    params = sample_params([5, 6], 4, 0.9, "color")
    x = images([4, 6, 6, 3])
    y = tf.tensor_scatter_nd_update(x, [[2]], [x[2] * 3.0])
    np.testing.assert_array_equal(apply(x, params)[:2], apply(y, params)[:2])


@pytest.mark.parametrize("jit_compile", [False, True])
def test_r1_through_the_pipeline(jit_compile):
    """Gradient of R1 against a central difference: R1 = |d D(aug(x)) / dx|^2."""
    x = images([2, 22, 22, 3], np.float64)
    params = sample_params([3, 4], 2, 0.9, ALL)
    weights = images([22 * 22 * 3, 2], np.float64, 1) / 10.0
    direction = images(weights.shape, np.float64, 2)

    @tf.function(jit_compile=jit_compile)
    def r1_and_gradient(weights):
        with tf.GradientTape() as outer:
            outer.watch(weights)
            with tf.GradientTape() as inner:
                inner.watch(x)
                features = tf.reshape(apply(x, params), [2, -1]) @ weights
                score = tf.reduce_sum(tf.tanh(features))
            r1 = tf.reduce_sum(tf.square(inner.gradient(score, x)))
        return r1, outer.gradient(r1, weights)

    step = 3e-6
    above = r1_and_gradient(weights + step * direction)[0]
    below = r1_and_gradient(weights - step * direction)[0]
    analytic = tf.reduce_sum(r1_and_gradient(weights)[1] * direction)
    np.testing.assert_allclose(analytic, (above - below) / (2 * step), rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_low_precision_is_computed_in_float32(dtype):
    x, params = tf.cast(images([2, 24, 24, 3]), dtype), sample_params([1, 3], 2, 0.9, ALL)
    y = apply(x, params)
    assert y.dtype == dtype
    expected = tf.cast(apply(tf.cast(x, tf.float32), params), dtype)
    np.testing.assert_array_equal(tf.cast(y, tf.float32), tf.cast(expected, tf.float32))


def test_refusals():
    params = sample_params([1, 2], 2, 0.5, "bg")
    with refused("uint8"):
        apply(tf.zeros([2, 8, 8, 3], tf.uint8), params)
    with refused():
        apply(tf.zeros([8, 8, 3]), params)
    with refused():
        tf.function(lambda x: apply(x, params), autograph=False).get_concrete_function(
            tf.TensorSpec([2, None, 8, 3])
        )


@pytest.mark.parametrize("channels", [2, 4])
def test_where_there_is_no_image_it_is_transparent(channels):
    """Geometry moves alpha as it moves colours, and brings in what nobody sees."""
    x = images([2, 24, 24, channels])
    far = AugmentParams(xfrac=tf.constant([[3.0, 0.0], [0.0, 0.0]]))
    y = apply(x, far).numpy()
    np.testing.assert_allclose(y[0, ..., :-1], 0, atol=1e-5)
    np.testing.assert_allclose(y[0, ..., -1], -1, atol=1e-5)
    np.testing.assert_allclose(y[1], x[1], atol=2e-5)
    cut = AugmentParams(cutout_size=tf.constant([2.0, 0.0]), cutout_center=tf.fill([2, 2], 0.5))
    y = apply(x, cut).numpy()
    np.testing.assert_array_equal(y[0, ..., -1], -1)
    np.testing.assert_array_equal(y[0, ..., :-1], 0)
    np.testing.assert_allclose(y[1], x[1], atol=1e-6)


def test_opaque_pictures_are_moved_as_those_without_alpha():
    x, params = images([2, 24, 24, 3]), sample_params([5, 6], 2, 0.9, "bgc")
    opaque = tf.concat([x, tf.ones([2, 24, 24, 1])], axis=-1)
    y = apply(opaque, params).numpy()
    np.testing.assert_allclose(y[..., :3], apply(x, params), atol=1e-5)
